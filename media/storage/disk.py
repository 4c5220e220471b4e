"""Objects as files under one folder of the local disk."""

import asyncio
import errno
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from infra.ids import new_id
from media.storage import Missing, Stored, check_key

BLOCK = 1024 * 1024  # bytes read at a time
_INCOMING = ".incoming"  # a name that no key can have
_COPIED_WITHIN_S = 24 * 3600  # of a copy that is still written to


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(file: Path) -> None:
    """Make the bytes of a file outlive a power cut."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each name durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def hash_file(file: Path) -> str:
    """Return the hex SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


class DiskStorage:
    """A `Storage` on the local disk. Everything that touches the disk runs in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def origin(self) -> None:
        """Return None: there are no links."""
        return None

    def path(self, key: str) -> Path:
        """Return where the object is, or would be; raises BadKey. For `sendfile`."""
        return self.root.joinpath(*check_key(key))

    async def put(self, key: str, file: Path) -> None:
        """Take over a local file as `key`, atomically; the file is gone afterwards."""
        await asyncio.to_thread(self._put, self.path(key), file)

    async def put_all(self, prefix: str, files: Sequence[Path]) -> None:
        """Take over local files of one folder as `prefix/name`, in this order; they are gone afterwards."""
        if files:
            await asyncio.to_thread(self._put_all, self.path(prefix), files)

    async def stat(self, key: str) -> Stored:
        """Return what is known of an object; raises Missing."""
        path = self.path(key)
        try:
            status = await asyncio.to_thread(path.stat)
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(key) from None
        if not path.is_file():
            raise Missing(key)
        return _stored(key, status)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of an object, or of a range of it; raises Missing."""
        remaining = max(0, (await self.stat(key)).byte_size - start)
        if length is not None:
            remaining = min(remaining, length)
        source = await asyncio.to_thread(self.path(key).open, "rb")
        try:
            source.seek(start)
            while remaining > 0:
                block = await asyncio.to_thread(source.read, min(BLOCK, remaining))
                if not block:
                    return
                remaining -= len(block)
                yield block
        finally:
            source.close()

    @asynccontextmanager
    async def fetch(self, key: str) -> AsyncIterator[Path]:
        """Offer the object's own file; raises Missing."""
        await self.stat(key)
        yield self.path(key)

    @asynccontextmanager
    async def fetch_all(self, prefix: str, names: Sequence[str]) -> AsyncIterator[Path]:
        """Offer the folder in which the objects lie; raises Missing."""
        for name in names:
            await self.stat(f"{prefix}/{name}")
        yield self.path(prefix)

    async def link(self, key: str, seconds: int) -> str | None:
        """Return None: files are served by whoever holds them."""
        return None

    async def contents(self, prefix: str) -> list[Stored]:
        """Return every object under `prefix/`, by key."""
        return await asyncio.to_thread(self._contents, self.path(prefix))

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        await asyncio.to_thread(self._delete, self.path(key))

    async def delete_tree(self, prefix: str) -> None:
        """Remove every object under `prefix/`."""
        await asyncio.to_thread(self._delete, self.path(prefix))

    async def sha256(self, key: str) -> str:
        """Return the hex SHA-256 of an object, read back from the disk; raises Missing."""
        await self.stat(key)
        return await asyncio.to_thread(hash_file, self.path(key))

    def _put(self, target: Path, file: Path) -> None:
        make_folder(target.parent)
        sync_file(file)
        self._rename(file, target)
        sync_folder(target.parent)
        sync_folder(file.parent)

    def _put_all(self, target: Path, files: Sequence[Path]) -> None:
        make_folder(target)
        # An fsync waits for the disk, not for the processor: several at once share one flush of its cache.
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(sync_file, files))
        for file in files:
            check_key(file.name)
            self._rename(file, target / file.name)
        sync_folder(target)

    def _rename(self, source: Path, target: Path) -> None:
        try:
            os.rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            os.rename(self._copy_across(source), target)
            source.unlink()

    def _copy_across(self, source: Path) -> Path:
        """Copy from another file system to a name of no object; returns the durable copy."""
        incoming = self.root / _INCOMING / str(new_id())
        make_folder(incoming.parent)
        self._forget_broken_copies(incoming.parent)
        shutil.copyfile(source, incoming)
        sync_file(incoming)
        return incoming

    def _forget_broken_copies(self, folder: Path) -> None:
        """Remove copies that a power cut has left half-made."""
        long_ago = time.time() - _COPIED_WITHIN_S
        for copy in folder.iterdir():
            with suppress(FileNotFoundError):
                if copy.stat().st_mtime < long_ago:
                    copy.unlink()

    def _contents(self, folder: Path) -> list[Stored]:
        if not folder.is_dir():
            return []
        return sorted(
            (
                _stored(file.relative_to(self.root).as_posix(), file.stat())
                for file in folder.rglob("*")
                if file.is_file()
            ),
            key=lambda stored: stored.key,
        )

    def _delete(self, path: Path) -> None:
        if path.exists():
            _remove(path)
            sync_folder(path.parent)


def _stored(key: str, status: os.stat_result) -> Stored:
    # The time of the name, not of the bytes: a film may have waited long before it was put here.
    return Stored(key, status.st_size, datetime.fromtimestamp(status.st_ctime, UTC))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
