"""Moving film from one store to another: every object read back from where it went."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from media.storage import Missing, Storage, Stored


class Differs(Exception):
    """What was read back is not what was sent."""


@dataclass(frozen=True)
class Moved:
    """What became of one object."""

    stored: Stored
    is_new: bool  # it was not there yet


async def copy_all(
    source: Storage, target: Storage, prefixes: Sequence[str], tell: Callable[[Moved, int], None]
) -> int:
    """Copy every object under the prefixes; `tell` hears of each, and how many there are in all.

    What is there already, byte for byte, is not sent again, so that what broke off can be begun again.
    Nothing is removed from the source. Returns the number of objects; raises Differs, StorageAway.
    """
    stored = [each for prefix in prefixes for each in await source.contents(prefix)]
    for each in stored:
        tell(Moved(each, await _copy(source, target, each)), len(stored))
    return len(stored)


async def _copy(source: Storage, target: Storage, stored: Stored) -> bool:
    wanted = await source.sha256(stored.key)
    if await _hash(target, stored) == wanted:
        return False
    with tempfile.TemporaryDirectory(prefix="observe-") as folder:
        copy = Path(folder) / "object"
        async with source.fetch(stored.key) as local:
            await asyncio.to_thread(shutil.copyfile, local, copy)
        await target.put(stored.key, copy)
    if await _hash(target, stored) != wanted:
        raise Differs(stored.key)
    return True


async def _hash(target: Storage, stored: Stored) -> str | None:
    try:
        if (await target.stat(stored.key)).byte_size != stored.byte_size:
            return None
        return await target.sha256(stored.key)
    except Missing:
        return None
