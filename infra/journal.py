"""The append-only record of who did and saw what, hash-chained per provider.

Each entry's hash covers everything in it and the hash before it, so that an entry changed, removed or
slipped in later breaks every hash that follows (a linear hash chain as in Schneier & Kelsey,
"Secure Audit Logs to Support Computer Forensics", 1999).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record

GENESIS = "0" * 64


class JournalEntry(ProviderOwned, Identified, Record):
    """One act: who did what to which thing, and when."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("provider_id", "sequence"),
        Index("ix_journal_topic", "topic"),
        Index("ix_journal_subject", "subject_type", "subject_id"),
    )

    sequence: Mapped[int] = mapped_column(init=False)  # 1, 2, 3 … without gaps, per provider
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]  # None: the system itself
    action: Mapped[str]  # e.g. "mark_sheet.submitted"
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    topic: Mapped[UUID | None]  # what pages follow, mostly the observation
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(init=False)
    hash: Mapped[str] = mapped_column(init=False)

    def content(self) -> bytes:
        """Return the bytes that the hash covers: canonical JSON of every other column."""
        fields = {
            "id": str(self.id),
            "provider_id": str(self.provider_id),
            "sequence": self.sequence,
            "at": self.at.isoformat(timespec="microseconds"),
            "actor_id": str(self.actor_id) if self.actor_id else None,
            "action": self.action,
            "subject_type": self.subject_type,
            "subject_id": str(self.subject_id),
            "topic": str(self.topic) if self.topic else None,
            "details": self.details,
            "previous_hash": self.previous_hash,
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def chain(self, sequence: int, previous_hash: str) -> None:
        """Take the next place in the chain."""
        self.sequence = sequence
        self.previous_hash = previous_hash
        self.hash = hashlib.sha256(self.content()).hexdigest()


class JournalHead(ProviderOwned, Record):
    """The end of one provider's chain: locked by whoever appends, so that the chain never forks."""

    __tablename__ = "journal_head"

    # The one row per provider; the column is ProviderOwned's, made the key here.
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(default=GENESIS)


async def append(session: AsyncSession, provider_id: UUID, entries: Sequence[JournalEntry]) -> None:
    """Chain `entries` onto the provider's journal, as the last thing of their transaction."""
    head = (
        await session.execute(
            select(JournalHead).where(JournalHead.provider_id == provider_id).with_for_update()
        )
    ).scalar_one_or_none()
    if head is None:
        head = JournalHead(provider_id=provider_id)
        session.add(head)
    for entry in entries:
        entry.provider_id = provider_id
        entry.chain(head.sequence + 1, head.hash)
        head.sequence, head.hash = entry.sequence, entry.hash
        session.add(entry)
    await session.flush()


@dataclass(frozen=True)
class Break:
    """Where a chain stops being whole."""

    sequence: int
    reason: str


def verify(entries: Iterable[JournalEntry], head: JournalHead | None) -> Break | None:
    """Return the first break in one provider's `entries` (in order of sequence), or None when whole."""
    sequence, previous_hash = 0, GENESIS
    for entry in entries:
        sequence += 1
        if entry.sequence != sequence:
            return Break(sequence, "an entry is missing")
        if entry.previous_hash != previous_hash:
            return Break(sequence, "the entry does not follow the one before it")
        if hashlib.sha256(entry.content()).hexdigest() != entry.hash:
            return Break(sequence, "the entry was changed after it was written")
        previous_hash = entry.hash
    if (head.sequence, head.hash) != (sequence, previous_hash) if head else sequence > 0:
        return Break(sequence + 1, "the end of the journal is missing")
    return None
