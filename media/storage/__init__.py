"""Where bytes rest: one protocol, whatever holds them.

A key is a relative path, `provider/lesson/take/…`, of segments that `check_key` admits. What a key names is
whole or absent, never half-written, and outlives a power cut once `put` has returned.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Letters of keys are ours, never a person's: file names in any script live in the database.
_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")


class BadKey(ValueError):
    """A key that could lead out of the store, or that no part of the code would make."""


class Missing(KeyError):
    """Nothing is stored under this key."""


@dataclass(frozen=True)
class Stored:
    """One stored object."""

    key: str
    byte_size: int


def check_key(key: str) -> tuple[str, ...]:
    """Return the segments of a key; raises BadKey for one that is empty, absolute, or climbs."""
    segments = tuple(key.split("/"))
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or ".." in segment:
            raise BadKey(key)
    return segments


class Storage(Protocol):
    """A store of immutable objects."""

    async def put(self, key: str, file: Path) -> None:
        """Take over a local file as `key`, atomically; the file is gone afterwards."""
        ...

    async def put_tree(self, prefix: str, folder: Path) -> None:
        """Take over a flat local folder as `prefix/…`; the folder is gone afterwards."""
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
