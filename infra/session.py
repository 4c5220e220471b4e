"""A session is opened for an actor and sees only that actor's provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Insert, Select, Table, Update, event, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm import Session as SyncSession

from infra.clock import Clock
from infra.database import Database, Record
from infra.errors import NotFound
from infra.hub import Announcement, Hub
from infra.jobs import Jobs
from infra.journal import JournalEntry, append

R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True)
class Actor:
    """Who asks: a person in one of their providers, or the system itself."""

    person_id: UUID | None
    provider_id: UUID | None  # None: the system, across providers
    roles: frozenset[str] = frozenset()
    name: str = ""

    @classmethod
    def system(cls, provider_id: UUID | None = None) -> Actor:
        """Return the system, within one provider or (None) across all."""
        return cls(None, provider_id, frozenset({"system"}), "system")


class _ScopedSession(SyncSession):
    """SQLAlchemy's session, with the provider's criterion on every statement."""


def _criteria(provider_id: UUID) -> list[Any]:
    criteria = []
    for mapper in Record.registry.mappers:
        criterion = mapper.class_.provider_criterion(provider_id)
        if criterion is not None:
            criteria.append(with_loader_criteria(mapper.class_, criterion, include_aliases=True))
    return criteria


@event.listens_for(_ScopedSession, "do_orm_execute")
def _scope_to_provider(state: ORMExecuteState) -> None:
    provider_id = state.session.info["actor"].provider_id
    if provider_id is None or state.is_column_load:
        return
    if state.is_select or state.is_update or state.is_delete:
        info = state.session.info
        if "criteria" not in info:  # a session has one actor; making them takes longer than most reads
            info["criteria"] = _criteria(provider_id)
        state.statement = state.statement.options(*info["criteria"])
    if state.is_insert or state.is_update:
        _keep_within_provider(state)


def _keep_within_provider(state: ORMExecuteState) -> None:
    """Refuse statements that say whose rows are: SQLite has no row-level security that would."""
    statement = cast(Insert | Update, state.statement)
    if "provider_id" not in cast(Table, statement.table).c:
        return
    if state.is_insert:
        raise AssertionError("rows of a provider are added, not inserted: they could be another provider's")
    rows = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
    if any("provider_id" in named for named in (statement.compile().params, *rows)):
        raise AssertionError("rows are not handed to another provider")


@event.listens_for(_ScopedSession, "before_flush")
def _own_new_rows(session: SyncSession, *_: object) -> None:
    provider_id = session.info["actor"].provider_id
    if provider_id is None:
        return
    for record in session.new:
        if hasattr(record, "provider_id"):
            if getattr(record, "provider_id", None) not in (None, provider_id):
                raise AssertionError("a row of another provider was added to this session")
            record.provider_id = provider_id
    for record in session.dirty:
        if record.__dict__.get("provider_id", provider_id) != provider_id:
            raise AssertionError("a row of this session was handed to another provider")


class Session:
    """One transaction of one actor."""

    def __init__(self, db: AsyncSession, actor: Actor, now: datetime, jobs: Jobs | None) -> None:
        self.db = db
        self.actor = actor
        self.now = now
        self._jobs = jobs
        self._entries: list[JournalEntry] = []
        self._announcements: list[Announcement] = []

    @property
    def person_id(self) -> UUID:
        """Return who acts, where only people do: the system is nobody."""
        if self.actor.person_id is None:
            raise AssertionError("only a person does this")
        return self.actor.person_id

    async def get(self, kind: type[R], record_id: UUID, *, lock: bool = False) -> R:
        """Return the record; raises NotFound when there is none or it is another provider's.

        With `lock`, nobody else changes it until this transaction ends.
        """
        statement = select(kind).where(kind.__mapper__.primary_key[0] == record_id)
        record = await self.first(statement.with_for_update(of=kind) if lock else statement)
        if record is None:
            raise NotFound(kind.__tablename__, record_id)
        return record

    async def first(self, statement: Select[T]) -> T | None:
        """Return the first row of a one-column statement, or None."""
        return (await self.db.execute(statement.limit(1))).scalars().first()

    async def all(self, statement: Select[T]) -> list[T]:
        """Return every row of a one-column statement."""
        return list((await self.db.execute(statement)).scalars().all())

    async def rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        """Return every row of a statement of several columns, as tuples."""
        return cast(Sequence[Any], (await self.db.execute(statement)).all())

    def add(self, record: R) -> R:
        """Add a new record, owned by the actor's provider."""
        if self.actor.provider_id is not None and hasattr(type(record), "provider_id"):
            record.provider_id = self.actor.provider_id  # type: ignore[attr-defined]
        self.db.add(record)
        return record

    async def delete(self, record: Record) -> None:
        """Remove a record."""
        await self.db.delete(record)

    async def flush(self) -> None:
        """Send what has changed to the database, without committing."""
        await self.db.flush()

    def journal(self, action: str, subject: Record, *, topic: UUID | None = None, **details: Any) -> None:
        """Write down what was done to `subject`; pages that follow `topic` hear of it after the commit."""
        subject_id: UUID = subject.id  # type: ignore[attr-defined]
        self._entries.append(
            JournalEntry(
                at=self.now,
                actor_id=self.actor.person_id,
                action=action,
                subject_type=subject.__tablename__,
                subject_id=subject_id,
                topic=topic,
                details=details,
            )
        )
        if topic is not None:
            self.announce(action, topic, subject_id)

    def announce(
        self,
        action: str,
        topic: UUID,
        subject_id: UUID,
        *,
        step: str | None = None,
        progress: float | None = None,
    ) -> None:
        """Tell the pages that follow `topic`, after the commit, without writing it in the journal."""
        if self.actor.provider_id is None:
            raise AssertionError("only a session of one provider announces")
        self._announcements.append(
            Announcement(
                provider_id=self.actor.provider_id,
                topic=topic,
                action=action,
                subject_id=subject_id,
                actor_id=self.actor.person_id,
                step=step,
                progress=progress,
            )
        )

    async def start(self, workflow: str, job_id: str, **arguments: Any) -> None:
        """Put a job on its queue: it exists if, and only if, this transaction commits."""
        if self._jobs is None:
            raise AssertionError("these sessions were opened without jobs")
        await self.db.flush()
        await self._jobs.enqueue(self.db, workflow, job_id, arguments)

    async def _finish(self, hub: Hub) -> None:
        await self.db.flush()
        if self._entries:
            if self.actor.provider_id is None:
                raise AssertionError("only a session of one provider writes its journal")
            await append(self.db, self.actor.provider_id, self._entries)
        await hub.announce_within(self.db, self._announcements)
        await self.db.commit()
        await hub.publish(self._announcements)


class Sessions:
    """Opens sessions on one database."""

    def __init__(self, database: Database, clock: Clock, hub: Hub, jobs: Jobs | None = None) -> None:
        self.database = database
        self.clock = clock
        self.hub = hub
        self.jobs = jobs

    @asynccontextmanager
    async def open(self, actor: Actor, *, write: bool = True) -> AsyncIterator[Session]:
        """Open one transaction for `actor`: committed when the block ends, undone when it raises."""
        async with AsyncSession(
            self.database.engine,
            sync_session_class=_ScopedSession,
            expire_on_commit=False,
            info={"actor": actor},
        ) as db:
            await db.connection(execution_options={"is_writer": write})
            if not self.database.is_sqlite:
                await _name_provider(db, actor)
            session = Session(db, actor, self.clock.now(), self.jobs)
            yield session
            if write:
                await session._finish(self.hub)


async def _name_provider(db: AsyncSession, actor: Actor) -> None:
    """Tell PostgreSQL's row-level security whose rows this transaction may touch."""
    await db.execute(
        text("SELECT set_config('observe.provider', :provider, true)"),
        {"provider": str(actor.provider_id) if actor.provider_id else "*"},
    )
