"""Arranging observations, and who may come near them."""

from datetime import UTC, datetime

import pytest

from infra.errors import Conflict, Forbidden, Invalid, NotFound
from infra.session import Sessions
from observe import observation
from observe.observation import Observation
from observe.programme import Placement
from tests.support.world import Tenant, build_tenant


async def test_nobody_marks_their_own_trainee(tenant: Tenant) -> None:
    tenant.people["first"] = tenant.people["mentor"]
    with pytest.raises(Invalid) as refused:
        await tenant.arrange()
    assert "first_marker_id" in {problem.field for problem in refused.value.problems}


async def test_the_second_marker_must_be_somebody_else(tenant: Tenant) -> None:
    with pytest.raises(Invalid) as refused:
        await tenant.arrange(second="first")
    assert [problem.field for problem in refused.value.problems] == ["second_marker_id"]


async def test_a_lesson_is_not_filmed_where_the_school_has_not_agreed(tenant: Tenant) -> None:
    async with tenant.sessions.open(tenant.actor("administrator")) as session:
        placement = await session.get(Placement, tenant.placement_id)
        assert placement.agreement is not None
        placement.agreement.may_record = False
    with pytest.raises(Invalid) as refused:
        await tenant.arrange()
    assert [problem.field for problem in refused.value.problems] == ["mode"]


async def test_a_trainee_cannot_arrange_anything(tenant: Tenant) -> None:
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        with pytest.raises(Forbidden):
            await observation.schedule(
                session,
                placement_id=tenant.placement_id,
                title="Mine",
                mode="recorded",
                starts_at=datetime(2026, 11, 2, tzinfo=UTC),
                rubric_id=tenant.placement_id,
                first_marker_id=tenant.people["first"],
            )


@pytest.mark.parametrize(
    ("who", "is_seen"),
    [
        ("trainee", True),
        ("other_trainee", False),
        ("mentor", True),
        ("first", True),
        ("second", True),
        ("other_assessor", False),
        ("lead", True),
        ("examiner", True),
        ("administrator", True),
    ],
)
async def test_an_observation_is_seen_by_those_it_concerns(tenant: Tenant, who: str, is_seen: bool) -> None:
    arranged = await tenant.arrange()
    async with tenant.sessions.open(tenant.actor(who), write=False) as session:
        listed = [each.id for each in await observation.visible(session)]
        assert (arranged in listed) is is_seen
        if not is_seen:
            with pytest.raises(NotFound):
                await observation.load(session, arranged, to="observation.see")


async def test_what_one_may_see_but_not_do_is_forbidden_rather_than_missing(tenant: Tenant) -> None:
    arranged = await tenant.arrange()
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        with pytest.raises(Forbidden):
            await observation.load(session, arranged, to="comment.write")


async def test_another_provider_sees_nothing(tenant: Tenant, sessions: Sessions) -> None:
    arranged = await tenant.arrange()
    other = await build_tenant(sessions, "south")
    for who in other.people:
        async with sessions.open(other.actor(who), write=False) as session:
            assert await observation.visible(session) == []
            with pytest.raises(NotFound):
                await observation.load(session, arranged, to="observation.see")


async def test_a_second_marker_can_be_asked_after_the_first_has_submitted(tenant: Tenant) -> None:
    arranged = await tenant.arrange(second=None)
    await tenant.film(arranged)
    await tenant.mark("first", arranged)
    async with tenant.sessions.open(tenant.actor("lead")) as session:
        marked = await observation.load(session, arranged, to="moderation.see")
        assert marked.state == "marked"
        await observation.assign_second_marker(session, arranged, tenant.people["second"])
    async with tenant.sessions.open(tenant.actor("second"), write=False) as session:
        waiting = await session.get(Observation, arranged)
        assert (waiting.state, waiting.part_of(tenant.people["second"])) == ("ready", "second")


async def test_an_observation_is_not_cancelled_once_it_is_marked(tenant: Tenant) -> None:
    arranged = await tenant.arrange(second=None)
    await tenant.film(arranged)
    await tenant.mark("first", arranged)
    async with tenant.sessions.open(tenant.actor("administrator"), write=False) as session:
        with pytest.raises(Conflict):
            await observation.cancel(session, arranged)
