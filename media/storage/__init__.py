"""Where bytes rest: one protocol, whatever holds them.

A key is a relative path, `provider/lesson/take/…`, of segments that `check_key` admits. What a key names is
whole or absent, never half-written, and outlives a power cut once `put` has returned.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

# Letters of keys are ours, never a person's: file names in any script live in the database.
_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")


class BadKey(ValueError):
    """A key that could lead out of the store, or that no part of the code would make."""


class Missing(KeyError):
    """Nothing is stored under this key."""


class StorageAway(Exception):
    """The store does not answer as it should: another try may go better."""

    def __str__(self) -> str:
        return f"The store does not answer as it should: {': '.join(map(str, self.args))}."


@dataclass(frozen=True)
class Stored:
    """One stored object."""

    key: str
    byte_size: int
    stored_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), compare=False)


def check_key(key: str) -> tuple[str, ...]:
    """Return the segments of a key; raises BadKey for one that is empty, absolute, or climbs."""
    segments = tuple(key.split("/"))
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or ".." in segment:
            raise BadKey(key)
    return segments


class Storage(Protocol):
    """A store of immutable objects."""

    @property
    def origin(self) -> str | None:
        """Where links lead (RFC 6454); None for a store that has none."""
        ...

    async def put(self, key: str, file: Path) -> None:
        """Take over a local file as `key`, atomically, replacing what was there; it is gone afterwards."""
        ...

    async def put_all(self, prefix: str, files: Sequence[Path]) -> None:
        """Take over local files of one folder as `prefix/name`, in this order; they are gone afterwards.

        Each is whole or absent; an earlier one is never absent where a later one is there.
        """
        ...

    async def stat(self, key: str) -> Stored:
        """Return what is known of an object; raises Missing."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of an object, or of a range of it; raises Missing."""
        ...

    def fetch(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Offer a local file with the object's bytes, not to be changed, while the context is open."""
        ...

    def fetch_all(self, prefix: str, names: Sequence[str]) -> AbstractAsyncContextManager[Path]:
        """Offer a local folder that holds at least `prefix/name` of each name, not to be changed.

        Raises Missing for one that is not there.
        """
        ...

    async def link(self, key: str, seconds: int) -> str | None:
        """Return an address from which anybody may fetch the object for so long; None where there is none."""
        ...

    async def contents(self, prefix: str) -> list[Stored]:
        """Return every object under `prefix/`, by key."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        ...

    async def delete_tree(self, prefix: str) -> None:
        """Remove every object under `prefix/`."""
        ...

    async def sha256(self, key: str) -> str:
        """Return the hex SHA-256 of an object, read back from where it rests; raises Missing."""
        ...


@dataclass(frozen=True)
class Part:
    """One stored part of an object that is not whole yet."""

    number: int  # from 1
    byte_size: int
    etag: str


@dataclass(frozen=True)
class Unfinished:
    """An object that was begun in parts, and neither finished nor abandoned."""

    key: str
    upload: str
    begun_at: datetime


@runtime_checkable
class InParts(Protocol):
    """A store that takes an object in parts as they arrive (S3 calls it a multipart upload)."""

    part_size: int  # bytes of every part but the last

    async def begin(self, key: str) -> str:
        """Begin an object; returns what S3 calls the upload id."""
        ...

    async def put_part(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Store a part, also in the place of one with the same number; raises Missing for no such upload."""
        ...

    async def parts(self, key: str, upload: str) -> list[Part]:
        """Return the parts that are stored, by number; raises Missing for no such upload."""
        ...

    async def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Make the object of its parts; raises Missing for no such upload."""
        ...

    async def abandon(self, key: str, upload: str) -> None:
        """Forget the parts; nothing happens when there is no such upload."""
        ...

    async def unfinished(self, prefix: str) -> list[Unfinished]:
        """Return what was begun under `prefix` (empty: anywhere) and is neither finished nor abandoned."""
        ...

    async def link_part(self, key: str, upload: str, number: int, byte_size: int, seconds: int) -> str:
        """Return an address to which a browser may PUT this part, of this size, for so long."""
        ...
