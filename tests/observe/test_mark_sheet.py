"""Mark sheets: draft, submitted, then immutable; two devices; amendments."""

from uuid import UUID

import pytest
from sqlalchemy import select

from infra.errors import Conflict, Invalid
from infra.ids import new_id
from infra.journal import JournalEntry
from infra.session import Actor
from observe import mark_sheet
from observe.mark_sheet import IncompleteSheet, MarkSheet
from observe.observation import Observation
from rubrics.rubric import Judgement
from tests.support.world import Tenant


@pytest.fixture
async def arranged(tenant: Tenant) -> UUID:
    observation_id = await tenant.arrange(second=None)
    await tenant.film(observation_id)
    return observation_id


async def draft(tenant: Tenant, arranged: UUID, rationale: str, seen: int) -> MarkSheet:
    async with tenant.sessions.open(tenant.actor("first")) as session:
        judgements = {"TS1": Judgement(level=None, rationale=rationale)}
        return await mark_sheet.save(session, arranged, judgements, {}, seen)


async def test_an_unwritten_sheet_leaves_nothing_behind(tenant: Tenant, arranged: UUID) -> None:
    async with tenant.sessions.open(tenant.actor("first")) as session:
        assert (await mark_sheet.own_sheet(session, arranged)).draft_version == 0
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        assert await session.all(select(MarkSheet)) == []


async def test_a_draft_changed_on_another_device_is_not_overwritten(tenant: Tenant, arranged: UUID) -> None:
    await draft(tenant, arranged, "laptop", 0)
    with pytest.raises(Conflict) as conflict:
        await draft(tenant, arranged, "phone", 0)
    theirs = conflict.value.facts["theirs"]
    assert isinstance(theirs, MarkSheet)
    assert theirs.judged()["TS1"].rationale == "laptop"


async def test_an_incomplete_sheet_names_what_is_missing(tenant: Tenant, arranged: UUID) -> None:
    saved = await draft(tenant, arranged, "only words", 0)
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        with pytest.raises(IncompleteSheet) as incomplete:
            await mark_sheet.submit(session, arranged, saved.draft_version)
    assert ("TS1", "level") in {(each.where, each.what) for each in incomplete.value.missing}


async def test_a_submitted_sheet_cannot_be_changed_by_anybody(tenant: Tenant, arranged: UUID) -> None:
    await tenant.mark("first", arranged)
    with pytest.raises(Conflict, match="sheet_submitted"):
        await draft(tenant, arranged, "after the fact", 1)
    with pytest.raises(AssertionError, match="about to change"):
        await empty_sheet(tenant)


async def empty_sheet(tenant: Tenant) -> None:
    """Do what no service does."""
    async with tenant.sessions.open(Actor.system(tenant.provider_id)) as session:
        sheet = await session.first(select(MarkSheet))
        assert sheet is not None
        sheet.judgements = {}


async def test_submitting_twice_gives_the_same_receipt(tenant: Tenant, arranged: UUID) -> None:
    await tenant.mark("first", arranged)
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        sheet = await mark_sheet.own_sheet(session, arranged)
        again = await mark_sheet.submit(session, arranged, sheet.draft_version)
        assert (again.reference, again.submitted_at) == (sheet.reference, sheet.submitted_at)
        acts = await session.all(select(JournalEntry).where(JournalEntry.action == "mark_sheet.submitted"))
    assert len(acts) == 1
    assert acts[0].details["digest"] == sheet.content_digest()


async def test_an_amendment_is_a_new_version_with_a_reason_and_the_old_one_stays(
    tenant: Tenant, arranged: UUID
) -> None:
    await tenant.mark("first", arranged)
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        with pytest.raises(Invalid):
            await mark_sheet.amend(session, arranged, " ")
    async with tenant.sessions.open(tenant.actor("first")) as session:
        await mark_sheet.amend(session, arranged, "I cited the wrong moment.")
    async with tenant.sessions.open(tenant.actor("first")) as session:
        reopened = await session.get(Observation, arranged)
        sheets = await mark_sheet.sheets_of(session, arranged)
        assert reopened.state == "ready"
        assert [(each.version, each.is_submitted) for each in sheets] == [(1, True), (2, False)]
        standing = mark_sheet.standing_sheet(sheets, tenant.people["first"])
        assert standing is not None
        assert standing.version == 1
        await mark_sheet.submit(session, arranged, sheets[1].draft_version)
        assert (await session.get(Observation, arranged)).state == "marked"


async def test_nothing_is_marked_before_there_is_a_film(tenant: Tenant) -> None:
    waiting = await tenant.arrange(second=None)
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        with pytest.raises(Conflict, match="wrong_state"):
            await mark_sheet.save(session, waiting, {}, {}, 0)


async def test_what_the_rubric_does_not_have_is_refused(tenant: Tenant, arranged: UUID) -> None:
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        with pytest.raises(Invalid) as refused:
            await mark_sheet.save(
                session,
                arranged,
                {"TS1": Judgement(level="splendid"), "TS99": Judgement(cited=(new_id(),))},
                {"mood": "good"},
                0,
            )
    assert {problem.field for problem in refused.value.problems} == {"TS1", "TS99", "mood"}
