"""What has been played is written in the journal, once and as it was."""

from uuid import UUID

from sqlalchemy import select

from infra.journal import JournalEntry
from infra.session import Actor
from tests.support.world import Tenant
from tests.web.conftest import Service


async def played(service: Service, tenant: Tenant, *spans: tuple[int, int], who: str = "trainee") -> int:
    """Tell of spans; returns the status of the answer."""
    observation_id = await tenant.arrange()
    take = await service.film(tenant, observation_id)
    body = {"take": str(take.id), "spans": [{"from_ms": begin, "until_ms": end} for begin, end in spans]}
    headers = await service.cookie(tenant, who)
    answer = await service.client.post(f"/api/lessons/{take.lesson_id}/played", json=body, headers=headers)
    return answer.status


async def entries(service: Service, provider_id: UUID) -> list[JournalEntry]:
    """Return what the journal says of it."""
    async with service.sessions.open(Actor.system(provider_id), write=False) as session:
        return await session.all(select(JournalEntry).where(JournalEntry.action == "lesson.played"))


async def test_what_was_played_is_written_down(service: Service, tenant: Tenant) -> None:
    assert await played(service, tenant, (0, 4_000), (10_000, 60_500)) == 204
    [entry] = await entries(service, tenant.provider_id)
    assert entry.details == {"spans": [[0, 4_000], [10_000, 60_500]]}
    assert entry.actor_id == tenant.people["trainee"]


async def test_what_cannot_have_been_played_is_refused(service: Service, tenant: Tenant) -> None:
    for span in ((5_000, 5_000), (5_000, 4_000), (0, 90_000), (70_000, 71_000)):
        assert await played(service, tenant, (0, 1_000), span) == 422
    assert await played(service, tenant) == 422
    assert await entries(service, tenant.provider_id) == []


async def test_who_may_not_watch_has_not_played(service: Service, tenant: Tenant) -> None:
    assert await played(service, tenant, (0, 1_000), who="administrator") in (403, 404)
    assert await entries(service, tenant.provider_id) == []
