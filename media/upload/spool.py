"""Where uploads grow: one file each, appended to, fsynced before anything is acknowledged."""

import asyncio
import contextlib
import errno
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from media.storage.disk import make_folder, sync_folder

WRITTEN_TOGETHER = 1024 * 1024  # bytes gathered for one write in a thread: all of a body that is in memory
SYNCED_TOGETHER = 4 * 1024 * 1024  # bytes acknowledged at once: a kill loses no more
SYNCED_AFTER_S = 2.0  # a slow line is acknowledged this often
SILENCE_S = 60.0  # without a byte for so long, the client is gone


class DiskFull(Exception):
    """The disk is down to its reserve; what had arrived is durable."""


class Overflow(Exception):
    """The body is longer than the upload may become; what fitted is durable."""


class HandedOver(Exception):
    """Somebody else wants the upload; what had arrived is durable."""


class Silence(Exception):
    """The client has stopped sending; what had arrived is durable."""


class Spool:
    """The folder of unfinished uploads."""

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self.folder = folder
        self.reserve = reserve  # bytes of the disk that uploads never take

    def path(self, upload_id: UUID) -> Path:
        """Return where the upload's bytes are."""
        return self.folder / f"{upload_id}.part"

    def durable_size(self, upload_id: UUID) -> int:
        """Return how many bytes the file has; 0 when there is none."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def has_room(self, byte_size: int) -> bool:
        """Whether so many bytes more leave the reserve alone."""
        make_folder(self.folder)
        return shutil.disk_usage(self.folder).free - byte_size >= self.reserve

    @contextlib.asynccontextmanager
    async def open(self, upload_id: UUID, offset: int, shipped: int = 0) -> AsyncIterator["SpoolFile"]:
        """Open the upload's file at its acknowledged `offset`; bytes beyond that are cut off.

        Of the first `shipped` bytes, which the store has, the file may hold none: they are a hole then.
        """
        file = await asyncio.to_thread(SpoolFile, self, self.path(upload_id), offset, shipped)
        try:
            yield file
        finally:
            await asyncio.shield(asyncio.to_thread(file.close))

    async def uploads(self) -> set[UUID]:
        """Return which uploads have bytes here."""
        names = await asyncio.to_thread(lambda: [path.stem for path in self.folder.glob("*.part")])
        return {UUID(name) for name in names}

    async def remove(self, upload_id: UUID) -> None:
        """Forget the upload's bytes; nothing happens when there are none."""
        await asyncio.to_thread(self.path(upload_id).unlink, missing_ok=True)


class SpoolFile:
    """One open upload. Its methods block: call them in a thread."""

    def __init__(self, spool: Spool, path: Path, offset: int, shipped: int) -> None:
        make_folder(path.parent)
        is_new = not path.exists()
        self._spool = spool
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        size = os.fstat(self._handle).st_size
        if size < offset and shipped < offset:
            os.close(self._handle)
            raise AssertionError(f"{path.name} has {size} bytes but {offset} were acknowledged")
        os.ftruncate(self._handle, offset)
        if is_new:
            sync_folder(path.parent)
        self.written = offset

    def write(self, data: bytes) -> None:
        """Append; raises DiskFull."""
        if not self._spool.has_room(len(data)):
            raise DiskFull
        view = memoryview(data)
        try:
            while view:
                count = os.pwrite(self._handle, view, self.written)
                self.written += count
                view = view[count:]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise

    def sync(self) -> int:
        """Make what was written durable; returns how far the file is durable."""
        os.fsync(self._handle)
        return self.written

    def cut(self, offset: int) -> None:
        """Drop what was written beyond `offset`."""
        os.ftruncate(self._handle, offset)
        self.written = offset

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


@dataclass(frozen=True, kw_only=True)
class Pouring:
    """How one body is poured into the spool."""

    most: int  # the offset that the body may reach
    acknowledge: Callable[[int], Awaitable[None]]  # called with durable offsets only
    idle: Callable[[], Awaitable[None]]  # called now and then while nothing arrives
    wanted: asyncio.Event  # set when somebody else wants the upload
    is_whole: bool = False  # nothing is acknowledged before the end (a body with a checksum)


async def pour(file: SpoolFile, body: AsyncIterator[bytes], pouring: Pouring) -> None:
    """Append a body as it arrives, acknowledging durable bytes on the way.

    However it ends, what had arrived is acknowledged first (unless `is_whole`). Raises DiskFull, Overflow,
    HandedOver or Silence, and whatever `body` raises when its connection breaks.
    """
    gathered = _Gathered(file, pouring)
    arriving = _Arriving(body, pouring.wanted)
    try:
        while (chunk := await arriving.next(SYNCED_AFTER_S)) != b"":
            if chunk is None:
                await gathered.save()
                await pouring.idle()
            else:
                await gathered.add(chunk)
    except BaseException:
        # A broken connection, a hand-over or a shutdown: save first, then say so.
        if not pouring.is_whole:
            with contextlib.suppress(DiskFull):
                await asyncio.shield(gathered.save())
        raise
    finally:
        arriving.close()
    await gathered.write()
    if not pouring.is_whole:
        await gathered.save()


class _Arriving:
    """The chunks of a body, with a watch on silence and on whoever waits."""

    def __init__(self, body: AsyncIterator[bytes], wanted: asyncio.Event) -> None:
        self._body = body
        self._wanted = asyncio.create_task(wanted.wait())
        self._chunk: asyncio.Task[bytes] | None = None
        self._silent_s = 0.0

    async def next(self, timeout_s: float) -> bytes | None:
        """Return the next chunk, b"" at the end, None when nothing came; raises HandedOver or Silence."""
        if self._chunk is None:
            self._chunk = asyncio.create_task(self._read())
        both: set[asyncio.Task[Any]] = {self._chunk, self._wanted}
        await asyncio.wait(both, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if self._chunk.done():
            chunk, self._chunk, self._silent_s = self._chunk.result(), None, 0.0
            return chunk
        if self._wanted.done():
            raise HandedOver
        self._silent_s += timeout_s
        if self._silent_s >= SILENCE_S:
            raise Silence
        return None

    def close(self) -> None:
        self._wanted.cancel()
        if self._chunk is not None:
            self._chunk.cancel()

    async def _read(self) -> bytes:
        async for chunk in self._body:
            if chunk:
                return chunk
        return b""


class _Gathered:
    """What has arrived and is not yet acknowledged."""

    def __init__(self, file: SpoolFile, pouring: Pouring) -> None:
        self._file = file
        self._pouring = pouring
        self._chunks: list[bytes] = []
        self._size = 0
        self._acknowledged = file.written
        self._saved_at = asyncio.get_running_loop().time()

    async def add(self, chunk: bytes) -> None:
        if self._file.written + self._size + len(chunk) > self._pouring.most:
            raise Overflow
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size >= WRITTEN_TOGETHER:
            await self.write()
        if not self._pouring.is_whole and self._is_due():
            await self.save()

    def _is_due(self) -> bool:
        if self._file.written - self._acknowledged >= SYNCED_TOGETHER:
            return True
        return asyncio.get_running_loop().time() - self._saved_at >= SYNCED_AFTER_S

    async def write(self) -> None:
        if self._chunks:
            data = b"".join(self._chunks)
            self._chunks, self._size = [], 0
            await asyncio.to_thread(self._file.write, data)

    async def save(self) -> None:
        """Write, fsync, acknowledge."""
        if self._pouring.is_whole:
            return
        try:
            await self.write()
        finally:
            # Of a disk that is full, what did fit is still the client's progress.
            durable = await asyncio.to_thread(self._file.sync)
            self._saved_at = asyncio.get_running_loop().time()
            if durable > self._acknowledged:
                await self._pouring.acknowledge(durable)
                self._acknowledged = durable
