"""One writer per upload, whichever process it runs in.

The lock is a lease on the upload's row. A newcomer asks the holder to save what has arrived and let go; a
holder that died is outlived. Every acknowledgement checks that its writer still holds the lease (a fencing
token: Kleppmann, "How to do distributed locking", 2016), so a writer that was paused cannot come back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from infra.errors import DomainError, NotFound
from infra.ids import new_id
from infra.session import Actor, Session, Sessions
from media.upload.record import Upload

LEASE = timedelta(seconds=9)
RENEWED_AFTER_S = 2.0  # a stuck writer looks this often whether somebody wants the upload
PATIENCE_S = 12.0  # longer than a lease: a dead writer is always outlived
POLLED_AFTER_S = 0.1


class Locked(DomainError):
    """Another writer holds the upload and has not let go in time."""


class LockLost(DomainError):
    """Another writer has taken over: nothing more may be acknowledged by this one."""


class Hold:
    """The right to write to one upload, while the lease lasts."""

    def __init__(self, upload_id: UUID) -> None:
        self.id = new_id()
        self.upload_id = upload_id
        self.wanted = asyncio.Event()  # somebody else asks: save, and let go

    def renew(self, upload: Upload, now: datetime) -> None:
        """Keep the lease on a row that is locked in its transaction; raises LockLost."""
        if upload.writer != self.id:
            raise LockLost(upload.id)
        upload.writer_until = now + LEASE
        if upload.is_wanted:
            self.wanted.set()


class Locks:
    """Hands uploads to one writer at a time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._holds: dict[UUID, Hold] = {}  # of this process, to ask without waiting for their next look

    @asynccontextmanager
    async def hold(self, actor: Actor, upload_id: UUID) -> AsyncIterator[Hold]:
        """Hold the upload; raises NotFound (also for another's upload) or Locked."""
        hold = Hold(upload_id)
        await self._acquire(actor, hold)
        self._holds[upload_id] = hold
        try:
            yield hold
        finally:
            if self._holds.get(upload_id) is hold:
                del self._holds[upload_id]
            await asyncio.shield(self._release(actor, hold))

    async def settle(self, actor: Actor, upload_id: UUID) -> Upload:
        """Return the upload once nobody writes to it any more; raises NotFound or Locked."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            async with self._sessions.open(actor, write=False) as session:
                upload = await own_upload(session, upload_id)
                if upload.writer is None or _is_over(upload, session.now):
                    return upload
            if not upload.is_wanted:
                async with self._sessions.open(actor) as session:
                    (await own_upload(session, upload_id, lock=True)).is_wanted = True
            await self._wait(upload_id, deadline)

    async def renew(self, actor: Actor, hold: Hold) -> None:
        """Keep the lease while no bytes arrive; raises LockLost."""
        async with self._sessions.open(actor) as session:
            hold.renew(await own_upload(session, hold.upload_id, lock=True), session.now)

    async def _acquire(self, actor: Actor, hold: Hold) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            async with self._sessions.open(actor) as session:
                upload = await own_upload(session, hold.upload_id, lock=True)
                if upload.writer is None or _is_over(upload, session.now):
                    upload.writer, upload.writer_until = hold.id, session.now + LEASE
                    upload.is_wanted = False
                    return
                upload.is_wanted = True
            await self._wait(hold.upload_id, deadline)

    async def _wait(self, upload_id: UUID, deadline: float) -> None:
        if asyncio.get_running_loop().time() > deadline:
            raise Locked(upload_id)
        if (holder := self._holds.get(upload_id)) is not None:
            holder.wanted.set()
        await asyncio.sleep(POLLED_AFTER_S)

    async def _release(self, actor: Actor, hold: Hold) -> None:
        async with self._sessions.open(actor) as session:
            try:
                upload = await own_upload(session, hold.upload_id, lock=True)
            except NotFound:  # terminated meanwhile
                return
            if upload.writer == hold.id:
                upload.writer, upload.writer_until, upload.is_wanted = None, None, False


async def own_upload(session: Session, upload_id: UUID, *, lock: bool = False) -> Upload:
    """Return the actor's own upload; raises NotFound, also when it is somebody else's."""
    upload = await session.get(Upload, upload_id, lock=lock)
    if upload.owner_id != session.actor.person_id:
        raise NotFound(Upload.__tablename__, upload_id)
    return upload


def _is_over(upload: Upload, now: datetime) -> bool:
    return upload.writer_until is None or upload.writer_until < now
