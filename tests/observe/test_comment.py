"""Time-coded comments: sent twice, changed on two devices, locked with the sheet."""

from dataclasses import replace
from uuid import UUID

import pytest

from infra.errors import Conflict, Forbidden, Invalid, NotFound
from infra.ids import new_id
from observe import comment
from observe.comment import Comment, Wording
from tests.support.world import Tenant

WORDS = Wording(at_ms=61_000, until_ms=None, kind="strength", text="Clear.", tags=[], visibility="feedback")


@pytest.fixture
async def arranged(tenant: Tenant) -> UUID:
    observation_id = await tenant.arrange()
    await tenant.film(observation_id)
    return observation_id


async def write(tenant: Tenant, arranged: UUID, comment_id: UUID, words: Wording, seen: int) -> Comment:
    async with tenant.sessions.open(tenant.actor("first")) as session:
        return await comment.save(session, arranged, comment_id, words, seen)


async def test_a_comment_sent_twice_is_one_comment(tenant: Tenant, arranged: UUID) -> None:
    comment_id = new_id()
    first = await write(tenant, arranged, comment_id, WORDS, 0)
    again = await write(tenant, arranged, comment_id, WORDS, 0)
    assert (again.id, again.version) == (first.id, 1)


async def test_a_change_made_on_another_device_is_shown_and_not_overwritten(
    tenant: Tenant, arranged: UUID
) -> None:
    comment_id = new_id()
    await write(tenant, arranged, comment_id, WORDS, 0)
    await write(tenant, arranged, comment_id, replace(WORDS, text="From the laptop."), 1)
    with pytest.raises(Conflict) as conflict:
        await write(tenant, arranged, comment_id, replace(WORDS, text="From the phone."), 1)
    theirs = conflict.value.facts["theirs"]
    assert isinstance(theirs, Comment)
    assert theirs.text == "From the laptop."


async def test_a_deleted_comment_comes_back_when_it_is_said_again(tenant: Tenant, arranged: UUID) -> None:
    comment_id = new_id()
    await write(tenant, arranged, comment_id, WORDS, 0)
    async with tenant.sessions.open(tenant.actor("first")) as session:
        gone = await comment.delete(session, arranged, comment_id)
    async with tenant.sessions.open(tenant.actor("first"), write=False) as session:
        assert await comment.list_comments(session, arranged) == []
    back = await write(tenant, arranged, comment_id, WORDS, gone.version)
    assert back.deleted_at is None


async def test_comments_are_locked_with_the_mark_sheet(tenant: Tenant, arranged: UUID) -> None:
    await tenant.mark("first", arranged)
    with pytest.raises(Conflict, match="sheet_submitted"):
        await write(tenant, arranged, new_id(), WORDS, 0)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (replace(WORDS, at_ms=-1), "at_ms"),
        (replace(WORDS, until_ms=60_000), "until_ms"),
        (replace(WORDS, text="  "), "text"),
        (replace(WORDS, tags=["NOPE"]), "tags"),
    ],
)
async def test_what_cannot_be_right_is_named(
    tenant: Tenant, arranged: UUID, words: Wording, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await write(tenant, arranged, new_id(), words, 0)
    assert [problem.field for problem in refused.value.problems] == [field]


async def test_two_markers_may_use_the_same_id_and_learn_nothing_from_it(
    tenant: Tenant, arranged: UUID
) -> None:
    comment_id = new_id()
    await write(tenant, arranged, comment_id, WORDS, 0)
    async with tenant.sessions.open(tenant.actor("second")) as session:
        own = await comment.save(session, arranged, comment_id, replace(WORDS, text="Mine."), 0)
    assert (own.version, own.text) == (1, "Mine.")


async def test_a_trainee_cannot_read_or_write_comments(tenant: Tenant, arranged: UUID) -> None:
    await write(tenant, arranged, new_id(), WORDS, 0)
    async with tenant.sessions.open(tenant.actor("trainee"), write=False) as session:
        with pytest.raises(Forbidden):
            await comment.list_comments(session, arranged)
    async with tenant.sessions.open(tenant.actor("other_assessor"), write=False) as session:
        with pytest.raises(NotFound):
            await comment.list_comments(session, arranged)


async def test_a_private_note_is_never_anybody_elses(tenant: Tenant, arranged: UUID) -> None:
    await write(tenant, arranged, new_id(), replace(WORDS, visibility="private"), 0)
    await tenant.mark("first", arranged)
    await tenant.mark("second", arranged)
    async with tenant.sessions.open(tenant.actor("lead"), write=False) as session:
        seen = await comment.list_comments(session, arranged)
    assert {each.text for each in seen} == {"Seen. (first)", "Seen. (second)"}
