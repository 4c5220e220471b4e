"""From the spool of the machine that received an upload into the store, where every worker finds it.

Whatever breaks off is taken up again: by the same process a little later, or by the next one on this machine.
The file leaves the spool only when the store has it.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import select

from infra.session import Actor, Sessions
from media.storage import Missing, Storage
from media.take import Take
from media.upload.record import Upload
from media.upload.ship import Shipping
from media.upload.spool import Spool

INGEST = "ingest"  # the workflow that a stored upload starts, with the arguments provider and take
LOOKED_EVERY_S = 30.0
FOLLOWED_S = 20.0  # a follower that is not done by then has missed its chance

log = structlog.get_logger()


class Follower(Protocol):
    """Makes use of an upload's bytes while they arrive. Whatever it does, it does in the background."""

    def arrived(self, upload: Upload, spooled: Path) -> None:
        """Hear that `upload.offset` bytes of the file are durable."""
        ...

    async def settle(self, upload: Upload) -> None:
        """Return once the follower needs the file in the spool no more: every byte of it is durable."""
        ...

    async def forget(self, upload_id: UUID) -> None:
        """Stop: the upload has been given up."""
        ...


class HandOver:
    """Stores what has been received, and begins its ingest."""

    def __init__(
        self, sessions: Sessions, spool: Spool, storage: Storage, follower: Follower | None = None
    ) -> None:
        self._sessions = sessions
        self._spool = spool
        self._storage = storage
        self._follower = follower
        self.shipping = Shipping(sessions, spool, storage, original_key)
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def arrived(self, upload: Upload) -> None:
        """Hear that more of an upload is durable; what is received in full is handed over."""
        if self._follower is not None:
            self._follower.arrived(upload, self._spool.path(upload.id))
        if upload.is_received:
            self._begin(upload, self._try(upload))
        elif self.shipping.is_possible:
            self._begin(upload, self._ship(upload))

    async def forget(self, upload: Upload) -> None:
        """Hear that an upload has been given up."""
        if (under_way := self._under_way.get(upload.id)) is not None:
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
        if self._follower is not None:
            await self._follower.forget(upload.id)
        await self.shipping.abandon(upload)

    async def start(self) -> None:
        """Take up what broke off, now and ever again."""
        self._looking = asyncio.create_task(self._look())

    async def settle(self) -> None:
        """Wait until all that has been received is in the store, or could not be stored just now."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop looking, and finish what is under way."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self.settle()

    async def take_up(self) -> None:
        """Begin again with every upload that has been received and is not in the store."""
        async with self._sessions.open(Actor.system(), write=False) as session:
            left = await session.all(
                select(Upload)
                .join(Take, Take.id == Upload.take_id)
                .where(Upload.received_at.is_not(None), Take.original_key.is_(None))
                .where(Take.state == "receiving")
            )
        for upload in left:
            self._begin(upload, self._try(upload))

    async def _look(self) -> None:
        while True:
            try:
                await self.take_up()
            except Exception:  # the database is away, perhaps: what waits can wait longer
                log.exception("hand_over.look")
            await asyncio.sleep(LOOKED_EVERY_S)

    def _begin(self, upload: Upload, doing: Coroutine[Any, Any, None]) -> None:
        """Do it in the background, after what is being done with the upload already."""
        before = self._under_way.get(upload.id)
        if before is not None and not upload.is_received:
            doing.close()  # what is under way will see the bytes too, or the next hears of them
            return
        task = self._under_way[upload.id] = asyncio.create_task(_after(before, doing))
        task.add_done_callback(lambda _: self._end(upload.id, task))

    def _end(self, upload_id: UUID, task: asyncio.Task[None]) -> None:
        if self._under_way.get(upload_id) is task:
            del self._under_way[upload_id]

    async def _ship(self, upload: Upload) -> None:
        try:
            await self.shipping.ship(upload, upload.offset, is_last=False)
        except Exception as error:  # nothing is lost: it is in the spool, and shipped with what comes next
            log.warning("hand_over.not_shipped", upload=str(upload.id), why=repr(error))

    async def _try(self, upload: Upload) -> None:
        try:
            await self._hand_over(upload)
        except Exception:  # the edge of a task: it is tried again
            log.exception("hand_over.failed", upload=str(upload.id))

    async def _hand_over(self, upload: Upload) -> None:
        actor = Actor.system(upload.provider_id)
        async with self._sessions.open(actor, write=False) as session:
            take = await session.get(Take, upload.take_id)
        key = original_key(upload)
        if take.original_key is not None or not await self._store(upload, key):
            return
        async with self._sessions.open(actor) as session:
            take = await session.get(Take, upload.take_id, lock=True)
            if take.state == "receiving":
                take.arrive(original_key=key, byte_size=upload.offset)
                await session.start(
                    INGEST, f"{INGEST}-{take.id}", provider=str(upload.provider_id), take=str(take.id)
                )
        if take.state == "deleted":
            await self._storage.delete(key)

    async def _store(self, upload: Upload, key: str) -> bool:
        """Return whether the store has the file; another machine's spool may have it instead."""
        spooled = self._spool.path(upload.id)
        with contextlib.suppress(Missing):  # it was stored before, and that could not be said
            if (await self._storage.stat(key)).byte_size == upload.offset:
                await self._spool.remove(upload.id)
                return True
        if self._spool.durable_size(upload.id) < upload.offset or not spooled.exists():
            return False
        if self._follower is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOLLOWED_S):
                    await self._follower.settle(upload)
        if self.shipping.is_possible and upload.offset:
            await self.shipping.ship(upload, upload.offset, is_last=True)
            await self._spool.remove(upload.id)
        else:
            await self._storage.put(key, spooled)
        return True


def original_key(upload: Upload) -> str:
    """Return where the file rests as it was sent."""
    return f"{upload.provider_id}/{upload.lesson_id}/{upload.take_id}/original"


async def _after(before: asyncio.Task[None] | None, doing: Coroutine[Any, Any, None]) -> None:
    if before is not None:
        await asyncio.gather(before, return_exceptions=True)
    await doing
