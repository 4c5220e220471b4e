"""Captions are added, replaced, shown to whoever may watch, and removed; others learn nothing of them."""

from typing import Any
from uuid import UUID

from aiohttp import FormData
from sqlalchemy import select

from infra.journal import JournalEntry
from infra.session import Actor
from media.take import Take
from tests.support.world import Tenant
from tests.web.conftest import Service

WORDS = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<b>Good</b> <script>morning</script>\n"


async def send(
    service: Service,
    tenant: Tenant,
    take: Take,
    content: bytes,
    *,
    language: str = "en",
    who: str = "trainee",
) -> Any:
    """Send captions as the page's form does."""
    form = FormData({"take": str(take.id), "language": language})
    form.add_field("captions", content, filename="lesson.vtt", content_type="text/vtt")
    return await service.client.post(
        f"/observations/{take.topic}/captions",
        data=form,
        headers=await service.cookie(tenant, who),
        allow_redirects=False,
    )


async def captions_of(
    service: Service, tenant: Tenant, take: Take, who: str = "trainee"
) -> list[dict[str, str]]:
    """Return what players are told of the captions."""
    headers = await service.cookie(tenant, who)
    answer = await service.client.get(f"/api/lessons/{take.lesson_id}", headers=headers)
    found: list[dict[str, str]] = (await answer.json())["captions"]
    return found


async def journaled(service: Service, provider_id: UUID) -> list[str]:
    """Return what the journal says was done to captions."""
    async with service.sessions.open(Actor.system(provider_id), write=False) as session:
        return await session.all(
            select(JournalEntry.action)
            .where(JournalEntry.action.startswith("caption."))
            .order_by(JournalEntry.at, JournalEntry.id)
        )


async def test_captions_are_added_replaced_and_removed(service: Service, tenant: Tenant) -> None:
    take = await service.film(tenant, await tenant.arrange())
    assert (await send(service, tenant, take, WORDS)).status == 303
    [caption] = await captions_of(service, tenant, take, "first")
    assert (caption["language"], caption["label"], caption["take"]) == ("en", "English", str(take.id))
    watching = await service.cookie(tenant, "first")
    answer = await service.client.get(caption["src"], headers=watching)
    assert answer.content_type == "text/vtt"
    assert "Good morning" in await answer.text()

    assert (await send(service, tenant, take, WORDS.replace(b"Good", b"Fine"))).status == 303
    [replaced] = await captions_of(service, tenant, take)
    assert "Fine morning" in await (await service.client.get(replaced["src"], headers=watching)).text()

    caption_id = replaced["src"].rsplit("/", 1)[1]
    address = f"/observations/{take.topic}/captions/{caption_id}/remove"
    headers = await service.cookie(tenant, "trainee")
    assert (await service.client.post(address, headers=headers, allow_redirects=False)).status == 303
    assert await captions_of(service, tenant, take) == []
    assert await journaled(service, tenant.provider_id) == [
        "caption.added",
        "caption.added",
        "caption.removed",
    ]


async def test_what_cannot_be_read_is_said_beside_the_field(service: Service, tenant: Tenant) -> None:
    take = await service.film(tenant, await tenant.arrange())
    for content, language, words in (
        (b"no captions at all", "en", "neither a WebVTT"),
        (b"", "en", "Choose a file"),
        (WORDS, "tlh-none", "Choose the language"),
    ):
        answer = await send(service, tenant, take, content, language=language)
        assert answer.status == 422
        assert words in await answer.text()
    assert await captions_of(service, tenant, take) == []


async def test_only_who_may_writes_captions(service: Service, tenant: Tenant) -> None:
    take = await service.film(tenant, await tenant.arrange())
    for who in ("first", "administrator", "mentor"):
        assert (await send(service, tenant, take, WORDS, who=who)).status in (403, 404)
    assert await captions_of(service, tenant, take) == []
