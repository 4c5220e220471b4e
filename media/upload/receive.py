"""What a client may do with an upload, one function each: create, ask, append, end. No framework in here.

Bodies are async iterators of bytes and are never held in memory. An `Upload-Offset` that leaves this module
counts bytes that are fsynced and committed.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from infra.ids import new_id
from infra.session import Actor, Sessions
from media.storage import Storage
from media.take import Take
from media.upload import tus
from media.upload.direct import DirectParts
from media.upload.expire import forget
from media.upload.hand_over import Follower, HandOver
from media.upload.lock import Hold, Locked, LockLost, Locks, own_upload
from media.upload.record import KEPT, Upload
from media.upload.ship import advance
from media.upload.spool import DiskFull, HandedOver, Overflow, Pouring, Silence, Spool, pour

CHECKSUM_MISMATCH = 460  # tus checksum extension


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where an upload belongs, once whoever asks has been allowed to add to it."""

    lesson_id: UUID
    topic: UUID | None = None  # what pages follow to hear of it
    camera: str | None = None
    started_at: datetime | None = None


class Uploads:
    """Receives uploads into the spool, and hands them to the store."""

    def __init__(
        self,
        sessions: Sessions,
        spool: Spool,
        storage: Storage,
        *,
        largest: int,
        quota: int = 0,
        follower: Follower | None = None,
        is_direct: bool = False,
    ) -> None:
        self.largest = largest  # bytes of one upload
        self.quota = quota  # bytes of all films of one provider; 0: as many as there is room for
        self._sessions = sessions
        self._spool = spool
        self._locks = Locks(sessions)
        self.hand_over = HandOver(sessions, spool, storage, follower)
        self.direct = DirectParts(
            sessions, self._locks, storage, self.hand_over.shipping, is_allowed=is_direct
        )

    async def create(
        self,
        actor: Actor,
        creation: tus.Creation,
        destination: Destination,
        body: AsyncIterator[bytes],
        *,
        within: str,
    ) -> tus.Reply:
        """Begin an upload at `within`/id, with the first bytes where the request has a body.

        Raises ProtocolError 507 when the disk has no room for it.
        """
        self._check_room(creation.length or 0)
        await self._check_quota(actor, creation.length or 0)
        upload = await self._add(actor, creation, destination)
        location = f"{within}/{upload.id}"
        offset, expires_at = 0, upload.expires_at
        if creation.has_body or creation.length == 0:
            append = tus.Append(offset=0, length=None, checksum=creation.checksum, body_length=None)
            try:
                offset = await self._append(actor, upload.id, append, body)
            except tus.ProtocolError as error:
                error.headers["Location"] = location
                raise
        return tus.created(location, offset, expires_at)

    async def status(self, actor: Actor, upload_id: UUID) -> tus.Reply:
        """Say how much is durable; a writer that is stuck saves and lets go first. Raises NotFound."""
        try:
            upload = await self._locks.settle(actor, upload_id)
        except Locked:
            raise tus.ProtocolError(423, "the upload is being written to") from None
        offset = upload.offset if upload.received_at else self._durable(upload)
        return tus.status(offset, upload.length, upload.described, _deadline(upload))

    async def append(
        self, actor: Actor, upload_id: UUID, headers: tus.Headers, body: AsyncIterator[bytes]
    ) -> tus.Reply:
        """Add a body at its offset. Raises NotFound and ProtocolError (408, 409, 413, 423, 460, 507)."""
        append = tus.parse_append(headers, self.largest)
        offset = await self._append(actor, upload_id, append, body)
        async with self._sessions.open(actor, write=False) as session:
            upload = await own_upload(session, upload_id)
        return tus.appended(offset, _deadline(upload))

    async def terminate(self, actor: Actor, upload_id: UUID, headers: tus.Headers) -> tus.Reply:
        """Give up an unfinished upload and forget its bytes; a received one belongs to its lesson (403)."""
        tus.check_version(headers)
        try:
            async with self._locks.hold(actor, upload_id), self._sessions.open(actor) as session:
                upload = await own_upload(session, upload_id, lock=True)
                if upload.received_at is not None:
                    raise tus.ProtocolError(403, "the upload has been received in full")
                await forget(session, upload, "upload.terminated")
        except Locked:
            raise tus.ProtocolError(423, "the upload is being written to") from None
        await self.hand_over.forget(upload)
        await self._spool.remove(upload_id)
        return tus.terminated()

    async def accept(
        self, actor: Actor, filename: str, destination: Destination, body: AsyncIterator[bytes]
    ) -> UUID:
        """Receive a whole file from a plain form; returns its take. Raises ProtocolError 413 or 507.

        A form cannot be resumed: what is cut off, or empty, is forgotten.
        """
        self._check_room(0)
        await self._check_quota(actor, 1)
        creation = tus.Creation(length=None, metadata={"filename": filename}, has_body=True, checksum=None)
        upload = await self._add(actor, creation, destination)
        try:
            append = tus.Append(offset=0, length=None, checksum=None, body_length=None)
            offset = await self._append(actor, upload.id, append, body)
            end = tus.Append(offset=offset, length=offset, checksum=None, body_length=0)
            await self._append(actor, upload.id, end, _nothing())
        except BaseException:
            await self.terminate(actor, upload.id, {"Tus-Resumable": tus.VERSION})
            raise
        return upload.take_id

    async def _add(self, actor: Actor, creation: tus.Creation, destination: Destination) -> Upload:
        if actor.person_id is None:
            raise AssertionError("an upload has an owner")
        async with self._sessions.open(actor) as session:
            take = session.add(
                Take(
                    lesson_id=destination.lesson_id,
                    filename=creation.metadata.get("filename", ""),
                    topic=destination.topic,
                    camera=destination.camera,
                    started_at=destination.started_at,
                    byte_size=creation.length,
                )
            )
            await session.flush()
            upload = session.add(
                Upload(
                    id=new_id(),
                    owner_id=actor.person_id,
                    lesson_id=destination.lesson_id,
                    take_id=take.id,
                    length=creation.length,
                    described=creation.metadata,
                    created_at=session.now,
                    expires_at=session.now + KEPT,
                )
            )
            await session.flush()
            session.journal(
                "upload.created", upload, topic=destination.topic, take=str(take.id), length=creation.length
            )
        return upload

    async def _append(
        self, actor: Actor, upload_id: UUID, append: tus.Append, body: AsyncIterator[bytes]
    ) -> int:
        """Return the durable offset after the body, whose end was orderly."""
        try:
            async with self._locks.hold(actor, upload_id) as hold:
                upload = await self._prepare(actor, hold, append)
                if upload.received_at is not None:  # a repeated last PATCH, without a byte to add
                    return upload.offset
                return await self._pour(actor, hold, upload, append, body)
        except (Locked, LockLost, HandedOver):
            raise tus.ProtocolError(423, "another request writes to this upload") from None
        except DiskFull:
            raise tus.ProtocolError(507, "the server's disk is full; try again later") from None
        except Overflow:
            raise tus.ProtocolError(413, "the body is longer than the upload may become") from None
        except Silence:
            raise tus.ProtocolError(408, "no bytes arrived for a while") from None
        except ConnectionError:  # nobody hears it; to us it is a usual end of a part
            raise tus.ProtocolError(408, "the connection broke") from None

    async def _prepare(self, actor: Actor, hold: Hold, append: tus.Append) -> Upload:
        """Check the request against the upload; declares its length where that was deferred."""
        async with self._sessions.open(actor) as session:
            upload = await own_upload(session, hold.upload_id, lock=True)
            hold.renew(upload, session.now)
            if upload.received_at is None and (durable := self._durable(upload)) < upload.offset:
                upload.lose(durable)
            if append.offset != upload.offset:
                raise tus.ProtocolError(
                    409, f"the offset is {upload.offset}", {"Upload-Offset": str(upload.offset)}
                )
            if append.length is not None and append.length != upload.length:
                if upload.length is not None or append.length < upload.offset:
                    raise tus.ProtocolError(400, "Upload-Length cannot change")
                upload.length = append.length
            if append.body_length and append.offset + append.body_length > self._most(upload):
                raise tus.ProtocolError(413, "the body is longer than the upload may become")
        self._check_room(append.body_length or 0)
        return upload

    async def _pour(
        self, actor: Actor, hold: Hold, upload: Upload, append: tus.Append, body: AsyncIterator[bytes]
    ) -> int:
        async def acknowledge(offset: int) -> None:
            await self._acknowledge(actor, hold, offset)

        async def idle() -> None:
            await self._locks.renew(actor, hold)

        digest = hashlib.sha256()
        pouring = Pouring(
            most=self._most(upload),
            acknowledge=acknowledge,
            idle=idle,
            wanted=hold.wanted,
            is_whole=append.checksum is not None,
        )
        async with self._spool.open(upload.id, upload.offset, upload.shipped) as file:
            await pour(file, _hashed(body, digest) if append.checksum else body, pouring)
            if append.checksum is not None and digest.digest() != append.checksum.sha256:
                file.cut(upload.offset)
                raise tus.ProtocolError(CHECKSUM_MISMATCH, "Checksum Mismatch")
            # What `pour` has not acknowledged: a body under a checksum, or an end without a byte.
            if append.checksum is not None or file.written == upload.offset == upload.length:
                await acknowledge(await asyncio.to_thread(file.sync))
            return file.written

    async def _acknowledge(self, actor: Actor, hold: Hold, offset: int) -> None:
        async with self._sessions.open(actor) as session:
            upload = await own_upload(session, hold.upload_id, lock=True)
            hold.renew(upload, session.now)
            await advance(session, upload, offset)
        self.hand_over.arrived(upload)

    def _most(self, upload: Upload) -> int:
        return self.largest if upload.length is None else upload.length

    def _durable(self, upload: Upload) -> int:
        """Return how much of it is here, or in the store: another machine may have received the beginning."""
        return min(upload.offset, max(self._spool.durable_size(upload.id), upload.shipped))

    async def _check_quota(self, actor: Actor, byte_size: int) -> None:
        """Refuse with 413 what its provider has no room for; uploads under way count as whole."""
        if not self.quota:
            return
        async with self._sessions.open(actor, write=False) as session:
            taken = await session.first(
                select(func.coalesce(func.sum(Take.byte_size), 0)).where(Take.state != "deleted")
            )
        if (taken or 0) + byte_size > self.quota:
            raise tus.ProtocolError(
                413, "there is no room left for films of this provider; ask an administrator to delete some"
            )

    def _check_room(self, byte_size: int) -> None:
        if not self._spool.has_room(byte_size):
            raise tus.ProtocolError(507, "the server's disk is full; try again later")


def _deadline(upload: Upload) -> datetime | None:
    return None if upload.received_at else upload.expires_at


async def _hashed(body: AsyncIterator[bytes], digest: "hashlib._Hash") -> AsyncIterator[bytes]:
    async for chunk in body:
        digest.update(chunk)
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
