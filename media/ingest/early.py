"""Packages of films that are still being sent, so that they can be watched before their last byte arrives.

Made where the upload is received, since only there its bytes are. It is never more than a beginning: whatever
goes wrong, the film is packaged from its stored original as if nothing had been tried.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

import structlog

from infra.errors import NotFound
from infra.ids import new_id
from infra.session import Actor
from media.ingest.growing import Growing
from media.ingest.refusal import Refusal
from media.ingest.sandbox import Child, StepCrashed
from media.ingest.sniff import sniff
from media.ingest.stream import index_comes_first
from media.ingest.workspace import attempt
from media.take import Take
from media.upload.record import Upload

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest

log = structlog.get_logger()

BEGUN_AFTER = 2 * 1024 * 1024  # bytes; what is smaller has arrived before anything could be made of it
AT_ONCE = 4  # films; further ones are packaged when they have arrived
HEAD = 64 * 1024  # bytes in which an index shows itself
BLOCK = 256 * 1024
CPU_S = 1800.0  # of one film: copying takes seconds


class EarlyPackages:
    """Follows uploads, and packages those that can be packaged as they arrive."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._following: dict[UUID, _Following] = {}
        self._left_alone: set[UUID] = set()

    def arrived(self, upload: Upload, spooled: Path) -> None:
        """Hear that `upload.offset` bytes of the file are durable."""
        following = self._following.get(upload.id)
        if following is None and self._is_worth_it(upload, spooled):
            following = self._following[upload.id] = _Following(self._ingest, upload, spooled)
        if following is not None:
            following.hear(upload.offset, is_last=upload.is_received)

    async def settle(self, upload: Upload) -> None:
        """Return once nothing more is read from the file: every byte of it is durable."""
        self._left_alone.discard(upload.id)
        if (following := self._following.pop(upload.id, None)) is not None:
            await following.end()

    async def forget(self, upload_id: UUID) -> None:
        """Stop, and remove what has been made."""
        self._left_alone.discard(upload_id)
        if (following := self._following.pop(upload_id, None)) is not None:
            await following.give_up()

    async def close(self) -> None:
        """Stop everything."""
        for upload_id in list(self._following):
            await self._following.pop(upload_id).stop()

    def _is_worth_it(self, upload: Upload, spooled: Path) -> bool:
        if upload.offset < BEGUN_AFTER or upload.is_received or upload.id in self._left_alone:
            return False
        if _has_hole(spooled, upload.offset):  # the store has the beginning, this machine has not
            return False
        if len(self._following) < AT_ONCE:
            return True
        self._left_alone.add(upload.id)  # its beginning could be read, but it would be late
        return False


def _has_hole(spooled: Path, durable: int) -> bool:
    try:
        return spooled.stat().st_blocks * 512 < durable
    except FileNotFoundError:
        return True


class _Following:
    """One film on its way in."""

    def __init__(self, ingest: Ingest, upload: Upload, spooled: Path) -> None:
        self._ingest = ingest
        self._upload = upload
        self._spooled = spooled
        self._prefix: str | None = None
        self._durable = 0
        self._is_last = False
        self._heard = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    def hear(self, durable: int, *, is_last: bool) -> None:
        """Hear of more durable bytes."""
        self._durable, self._is_last = max(durable, self._durable), is_last
        self._heard.set()

    async def end(self) -> None:
        """Return when all that arrived has been packaged, or could not be."""
        try:
            await self._task
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop at once."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def give_up(self) -> None:
        """Stop at once, and remove what has been made."""
        await self.stop()
        if self._prefix is not None:
            await self._ingest.storage.delete_tree(self._prefix)

    async def _work(self) -> None:
        try:
            with self._spooled.open("rb") as file:  # the store may move it while it is open
                await self._package(file)
        except (Refusal, StepCrashed, NotFound, OSError) as error:
            log.info("ingest.not_early", upload=str(self._upload.id), why=repr(error))
        except Exception:  # the edge of a task that nobody waits for
            log.exception("ingest.not_early", upload=str(self._upload.id))

    async def _package(self, file: BinaryIO) -> None:
        head = await asyncio.to_thread(file.read, HEAD)
        demuxer = sniff(head)
        if demuxer != "matroska" and not (demuxer == "mov" and index_comes_first(head)):
            return
        async with self._ingest.sessions.open(Actor.system(self._upload.provider_id), write=False) as session:
            take = await session.get(Take, self._upload.take_id)
        self._prefix = f"{take.folder}/package-{new_id()}"
        async with attempt(self._ingest.work) as own:
            folder = own / "stream"
            folder.mkdir()
            growing = Growing(self._ingest, take, self._prefix, folder)
            request = {
                "folder": str(folder.absolute()),
                "demuxer": demuxer,
                "limits": vars(self._ingest.limits),
            }
            child = await Child.start("stream", request, cpu_s=CPU_S)
            feeding = asyncio.create_task(self._feed(child, file, head))
            try:
                facts = await child.answer(growing.grow, silence_s=None)
                if "package" in facts:
                    await growing.finish(facts)
            finally:
                feeding.cancel()
                await child.close()

    async def _feed(self, child: Child, file: BinaryIO, head: bytes) -> None:
        """Give the child what is durable, as it becomes durable, and then the end."""
        await child.feed(head)
        fed = len(head)
        while True:
            self._heard.clear()
            while fed < self._durable:
                block = await asyncio.to_thread(file.read, min(BLOCK, self._durable - fed))
                if not block:  # the disk has lost it
                    return
                await child.feed(block)
                fed += len(block)
            if self._is_last and fed >= self._durable:
                child.end_input()
                return
            await self._heard.wait()
