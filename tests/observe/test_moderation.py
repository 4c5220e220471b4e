"""Second marking, discrepancies, decisions, release."""

from uuid import UUID

import pytest
from sqlalchemy import select

from infra.errors import Conflict, Forbidden, Invalid, NotFound
from observe import release
from observe.moderation import decision
from observe.moderation.decision import Ruling
from observe.moderation.pair import agreement_figures, pair_of, pairs
from observe.observation import Observation
from observe.target import Target
from tests.support.world import Tenant

BEYOND = frozenset({"TS2"})


@pytest.fixture
async def marked(tenant: Tenant) -> UUID:
    """Two sheets that disagree on TS2."""
    arranged = await tenant.arrange()
    await tenant.film(arranged)
    await tenant.mark("first", arranged)
    await tenant.mark("second", arranged, worst_on=BEYOND)
    return arranged


async def decide(tenant: Tenant, marked: UUID, rulings: dict[str, Ruling], who: str = "lead") -> None:
    async with tenant.sessions.open(tenant.actor(who)) as session:
        await decision.decide(session, marked, rulings)


async def test_a_pair_is_only_compared_when_both_sheets_are_locked(tenant: Tenant) -> None:
    arranged = await tenant.arrange()
    await tenant.film(arranged)
    await tenant.mark("first", arranged)
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        with pytest.raises(Conflict, match="still_blind"):
            await pair_of(session, await session.get(Observation, arranged))


async def test_a_met_and_a_not_met_are_a_discrepancy(tenant: Tenant, marked: UUID) -> None:
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        pair = await pair_of(session, await session.get(Observation, marked))
    assert [each.criterion for each in pair.discrepancies] == ["TS2"]


async def test_a_discrepancy_needs_a_level_and_a_reason(tenant: Tenant, marked: UUID) -> None:
    for rulings in ({}, {"TS2": Ruling("met", "  ")}, {"TS2": Ruling("splendid", "Because.")}):
        with pytest.raises(Invalid) as refused:
            await decide(tenant, marked, rulings)
        assert [problem.field for problem in refused.value.problems] == ["TS2"]


async def test_what_was_decided_stands_and_is_decided_once(tenant: Tenant, marked: UUID) -> None:
    await decide(tenant, marked, {"TS2": Ruling("not_met", "The plenary shows no check of progress.")})
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        agreed = await decision.agreed_judgement(session, await session.get(Observation, marked))
    assert agreed is not None
    assert agreed.basis == "adjudicated"
    assert agreed.judgements["TS2"]["source"] == "second"
    assert agreed.judgements["TS1"]["source"] == "first"
    with pytest.raises(Conflict):
        await decide(tenant, marked, {"TS2": Ruling("met", "On second thoughts.")})


async def test_only_a_lead_moderator_decides(tenant: Tenant, marked: UUID) -> None:
    for who in ("examiner", "administrator", "first", "trainee"):
        with pytest.raises(Forbidden):
            await decide(tenant, marked, {}, who)


async def test_the_trainee_reads_nothing_before_release(tenant: Tenant, marked: UUID) -> None:
    await decide(tenant, marked, {"TS2": Ruling("not_met", "No check of progress.")})
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        with pytest.raises(NotFound):
            await release.feedback(session, marked)
    async with tenant.sessions.open(tenant.actor("lead")) as session:
        await release.release(session, marked)
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        feedback = await release.feedback(session, marked)
    assert {comment.text for comment in feedback.comments} == {"Seen. (first)", "Seen. (second)"}


async def test_within_tolerance_the_trainee_reads_the_first_markers_comments_alone(tenant: Tenant) -> None:
    arranged = await tenant.arrange()
    await tenant.film(arranged)
    await tenant.mark("first", arranged)
    await tenant.mark("second", arranged)
    await decide(tenant, arranged, {})
    async with tenant.sessions.open(tenant.actor("lead")) as session:
        await release.release(session, arranged)
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        feedback = await release.feedback(session, arranged)
        assert {comment.text for comment in feedback.comments} == {"Seen. (first)"}
        assert await session.all(select(Target)) == feedback.targets


async def test_nothing_is_released_twice_or_before_it_is_agreed(tenant: Tenant, marked: UUID) -> None:
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        with pytest.raises(Conflict):
            await release.release(session, marked)


async def test_agreement_is_counted_over_all_criteria_of_all_pairs(tenant: Tenant, marked: UUID) -> None:
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        [figures] = agreement_figures(await pairs(session))
        criteria = len((await session.get(Observation, marked)).rubric_edition.rubric.criteria)
    assert figures.judgements == criteria
    assert figures.exact == pytest.approx((criteria - 1) / criteria)
