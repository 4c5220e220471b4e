"""Uploads on their way into a store that takes them in parts, while the rest is still being sent."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from infra.session import Actor, Session, Sessions
from media.storage import InParts, Storage
from media.take import Take
from media.upload.record import Upload
from media.upload.spool import Spool


def next_parts(
    shipped: int, durable: int, part_size: int, *, is_last: bool
) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and length of each part that can be stored now: whole ones; at the end the rest.

    `shipped` is what is stored already: whole parts.
    """
    start = shipped
    while durable - start >= part_size or (is_last and start < durable):
        length = min(part_size, durable - start)
        yield start // part_size + 1, start, length
        start += length


class Shipping:
    """Stores the parts of uploads as they become durable."""

    def __init__(
        self, sessions: Sessions, spool: Spool, storage: Storage, key_of: Callable[[Upload], str]
    ) -> None:
        self._sessions = sessions
        self._spool = spool
        self._storage = storage
        self._key_of = key_of
        self._locks: dict[UUID, asyncio.Lock] = {}

    @property
    def is_possible(self) -> bool:
        """Whether the store takes parts at all."""
        return isinstance(self._storage, InParts)

    async def ship(self, upload: Upload, durable: int, *, is_last: bool) -> None:
        """Store what is durable and whole parts; at the end, what is left, and make the object of it.

        Raises StorageAway, Missing when the store has forgotten the parts, NotFound for what was given up.
        """
        assert isinstance(self._storage, InParts)
        async with self._locks.setdefault(upload.id, asyncio.Lock()):
            row = await self._row(upload)
            parts = list(next_parts(row.shipped, durable, self._storage.part_size, is_last=is_last))
            if parts and row.multipart is None:
                row = await self.begin(upload)
            for number, start, length in parts:
                content = await asyncio.to_thread(_read, self._spool.path(upload.id), start, length)
                assert row.multipart is not None
                await self._storage.put_part(self._key_of(row), row.multipart, number, content)
                await self._note(upload, start + length)
            if is_last and row.multipart is not None:
                key = self._key_of(row)
                await self._storage.finish(key, row.multipart, await self._storage.parts(key, row.multipart))
        if is_last:
            self._locks.pop(upload.id, None)

    async def abandon(self, upload: Upload) -> None:
        """Forget what was stored of an upload that is given up."""
        self._locks.pop(upload.id, None)
        if isinstance(self._storage, InParts):
            key = self._key_of(upload)
            for begun in await self._storage.unfinished(key.rsplit("/", 1)[0]):
                await self._storage.abandon(key, begun.upload)

    async def begin(self, upload: Upload) -> Upload:
        """Have the store expect parts of an upload; returns it as it is then."""
        assert isinstance(self._storage, InParts)
        begun = await self._storage.begin(self._key_of(upload))
        async with self._sessions.open(Actor.system(upload.provider_id)) as session:
            row = await session.get(Upload, upload.id, lock=True)
            if row.multipart is None:
                row.multipart = begun
        if row.multipart != begun:  # another machine was quicker
            await self._storage.abandon(self._key_of(upload), begun)
        return row

    async def _note(self, upload: Upload, shipped: int) -> None:
        async with self._sessions.open(Actor.system(upload.provider_id)) as session:
            row = await session.get(Upload, upload.id, lock=True)
            row.shipped = max(row.shipped, shipped)

    async def _row(self, upload: Upload) -> Upload:
        async with self._sessions.open(Actor.system(upload.provider_id), write=False) as session:
            return await session.get(Upload, upload.id)


async def advance(session: Session, upload: Upload, offset: int) -> None:
    """Acknowledge bytes that are durable, and let pages know."""
    upload.advance(offset, session.now)
    take = await session.get(Take, upload.take_id)
    take.progress = offset / upload.length if upload.length else 0.0
    if take.topic is not None:
        session.announce("take.progress", take.topic, take.id, step=take.step, progress=take.progress)


def _read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)
