"""The journal: a chain without gaps, in which one changed byte is found."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from infra.ids import new_id
from infra.journal import JournalEntry, JournalHead, verify
from infra.session import Actor, Sessions
from observe.people import Provider
from tests.support.server import observe
from tests.support.world import Tenant

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PROVIDER = UUID(int=7)


@dataclass
class Chain:
    """A journal as it lies in the database."""

    entries: list[JournalEntry]
    head: JournalHead


def chain(length: int) -> Chain:
    head = JournalHead(provider_id=PROVIDER)
    entries = []
    for number in range(length):
        entry = JournalEntry(
            id=UUID(int=number + 1),
            at=NOON + timedelta(seconds=number),
            actor_id=UUID(int=99),
            action="comment.saved",
            subject_type="comment",
            subject_id=UUID(int=number + 1000),
            topic=None,
            details={"version": number, "text": "ä"},
        )
        entry.provider_id = PROVIDER
        entry.chain(head.sequence + 1, head.hash)
        head.sequence, head.hash = entry.sequence, entry.hash
        entries.append(entry)
    return Chain(entries, head)


CHANGES = {
    "id": UUID(int=4242),
    "at": NOON - timedelta(microseconds=1),
    "actor_id": None,
    "action": "comment.saveD",
    "subject_type": "Comment",
    "subject_id": UUID(int=4242),
    "topic": UUID(int=4242),
    "details": {"version": 0, "text": "a"},
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
    "sequence": 4242,
}


@given(st.integers(0, 20))
def test_an_untouched_chain_is_whole(length: int) -> None:
    whole = chain(length)
    assert verify(whole.entries, whole.head) is None


@given(st.integers(1, 12), st.data(), st.sampled_from(sorted(CHANGES)))
def test_a_change_of_anything_in_any_entry_is_found(length: int, data: st.DataObject, column: str) -> None:
    changed = chain(length)
    setattr(data.draw(st.sampled_from(changed.entries)), column, CHANGES[column])
    assert verify(changed.entries, changed.head) is not None


@given(st.integers(1, 12), st.data())
def test_an_entry_that_was_taken_out_is_missed(length: int, data: st.DataObject) -> None:
    shortened = chain(length)
    shortened.entries.pop(data.draw(st.integers(0, length - 1)))
    assert verify(shortened.entries, shortened.head) is not None


@given(st.integers(2, 12), st.data())
def test_entries_that_changed_places_are_found(length: int, data: st.DataObject) -> None:
    swapped = chain(length)
    place = data.draw(st.integers(0, length - 2))
    swapped.entries[place : place + 2] = reversed(swapped.entries[place : place + 2])
    assert verify(swapped.entries, swapped.head) is not None


async def test_many_writers_at_once_make_one_chain_without_gaps(sessions: Sessions, north: Tenant) -> None:
    async def write(number: int) -> None:
        async with sessions.open(Actor.system(north.provider_id)) as session:
            session.journal("test.wrote", await session.get(Provider, north.provider_id), number=number)

    await asyncio.gather(*(write(number) for number in range(20)))
    async with sessions.open(Actor.system(), write=False) as session:
        entries = await session.all(select(JournalEntry).order_by(JournalEntry.sequence))
        head = await session.first(select(JournalHead))
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert verify(entries, head) is None


async def test_what_was_rolled_back_is_not_in_the_journal(sessions: Sessions, north: Tenant) -> None:
    with pytest.raises(ZeroDivisionError):
        await fail_after_writing(sessions, north)
    async with sessions.open(Actor.system(), write=False) as session:
        assert await session.all(select(JournalEntry).where(JournalEntry.action == "test.failed")) == []


async def fail_after_writing(sessions: Sessions, north: Tenant) -> None:
    async with sessions.open(Actor.system(north.provider_id)) as session:
        session.journal("test.failed", await session.get(Provider, north.provider_id))
        raise ZeroDivisionError


async def test_the_command_finds_one_changed_byte(
    sessions: Sessions, north: Tenant, database_url: str
) -> None:
    assert await verified(database_url) == (0, True)
    async with sessions.open(Actor.system()) as session:
        await session.db.execute(
            text("UPDATE journal SET action = 'person.addeD' WHERE sequence = 2 AND action = 'person.added'")
        )
    assert await verified(database_url) == (1, False)


async def verified(database_url: str) -> tuple[int | None, bool]:
    """Return the exit code of `observe journal verify`, and whether it says that all is whole."""
    process = await asyncio.create_subprocess_exec(
        *observe("journal", "verify"),
        env=os.environ | {"OBSERVE_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode, b"broken" not in output


def test_ids_of_entries_follow_their_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
