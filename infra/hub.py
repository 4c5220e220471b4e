"""Tells whoever is listening, in this process or another, that something has been written down."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger()

CHANNEL = "observe_hub"
QUEUE_LIMIT = 1_000


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """That something happened, by ids only: whoever wants to know more reads it, with their own rights."""

    provider_id: UUID
    topic: UUID  # the observation (or other thing) that pages follow
    action: str  # e.g. "comment.saved"
    subject_id: UUID
    actor_id: UUID | None = None  # who did it; decides who may hear of it
    step: str | None = None  # for progress, which is announced but not written down
    progress: float | None = None


def to_payload(announcement: Announcement) -> str:
    """Return the announcement as JSON, well under the 8,000 bytes a NOTIFY may carry."""
    return json.dumps(asdict(announcement), default=str)


def from_payload(payload: str) -> Announcement:
    """Return the announcement that `to_payload` made the payload of."""
    fields: dict[str, Any] = json.loads(payload)
    for name in ("provider_id", "topic", "subject_id", "actor_id"):
        fields[name] = UUID(fields[name]) if fields[name] else None
    return Announcement(**fields)


class Hub(Protocol):
    """Carries announcements from the transaction that wrote to the pages that follow a topic."""

    async def start(self) -> None:
        """Begin to carry."""
        ...

    async def close(self) -> None:
        """Stop carrying."""
        ...

    async def announce_within(self, session: AsyncSession, announcements: Iterable[Announcement]) -> None:
        """Hand over announcements inside a transaction that is about to commit."""
        ...

    async def publish(self, announcements: Iterable[Announcement]) -> None:
        """Hand over announcements after their transaction has committed."""
        ...

    def subscribe(
        self, topics: Iterable[UUID]
    ) -> contextlib.AbstractContextManager[AsyncIterator[Announcement]]:
        """Listen to topics for as long as the context is open."""
        ...


class _Listeners:
    """The queues of this process, by topic."""

    def __init__(self) -> None:
        self._queues: dict[UUID, set[asyncio.Queue[Announcement]]] = {}

    def deliver(self, announcement: Announcement) -> None:
        for queue in self._queues.get(announcement.topic, set()):
            # A page that does not read loses announcements, not the server its memory.
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(announcement)

    @contextlib.contextmanager
    def subscribe(self, topics: Iterable[UUID]) -> Any:
        queue: asyncio.Queue[Announcement] = asyncio.Queue(QUEUE_LIMIT)
        followed = set(topics)
        for topic in followed:
            self._queues.setdefault(topic, set()).add(queue)
        try:
            yield _drain(queue)
        finally:
            for topic in followed:
                self._queues[topic].discard(queue)
                if not self._queues[topic]:
                    del self._queues[topic]


async def _drain(queue: asyncio.Queue[Announcement]) -> AsyncIterator[Announcement]:
    while True:
        yield await queue.get()


class LocalHub:
    """Announcements within one process."""

    def __init__(self) -> None:
        self._listeners = _Listeners()

    async def start(self) -> None:
        """Begin to carry."""

    async def close(self) -> None:
        """Stop carrying."""

    async def announce_within(self, session: AsyncSession, announcements: Iterable[Announcement]) -> None:
        """Do nothing yet: within one process, what is not committed has not happened."""

    async def publish(self, announcements: Iterable[Announcement]) -> None:
        """Deliver to every listener of the topics."""
        for announcement in announcements:
            self._listeners.deliver(announcement)

    def subscribe(
        self, topics: Iterable[UUID]
    ) -> contextlib.AbstractContextManager[AsyncIterator[Announcement]]:
        """Listen to topics for as long as the context is open."""
        subscription: contextlib.AbstractContextManager[AsyncIterator[Announcement]] = (
            self._listeners.subscribe(topics)
        )
        return subscription


class PostgresHub(LocalHub):
    """Announcements between processes, by LISTEN/NOTIFY in the writing transaction itself."""

    def __init__(self, conninfo: str) -> None:
        super().__init__()
        self._conninfo = conninfo
        self._task: asyncio.Task[None] | None = None
        self._is_listening = asyncio.Event()

    async def start(self) -> None:
        """Begin to listen; returns once the database has confirmed it."""
        self._task = asyncio.create_task(self._listen())
        await self._is_listening.wait()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def announce_within(self, session: AsyncSession, announcements: Iterable[Announcement]) -> None:
        """Notify with the commit, so that nobody hears of what was rolled back."""
        for announcement in announcements:
            await session.execute(
                text("SELECT pg_notify(:channel, :payload)"),
                {"channel": CHANNEL, "payload": to_payload(announcement)},
            )

    async def publish(self, announcements: Iterable[Announcement]) -> None:
        """Do nothing: the database has told everyone, this process too."""

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._is_listening.set()
                    async for notice in connection.notifies():
                        self._listeners.deliver(from_payload(notice.payload))
            except psycopg.Error as error:
                log.warning("hub.reconnecting", error=str(error))
                await asyncio.sleep(1)
