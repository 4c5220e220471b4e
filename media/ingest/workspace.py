"""Where steps leave half-made things: one folder per attempt, which nobody else ever writes to."""

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from infra.ids import new_id


@contextlib.asynccontextmanager
async def attempt(work: Path) -> AsyncIterator[Path]:
    """Offer a new folder; it is gone afterwards. What attempts of dead workers left behind goes first."""
    await asyncio.to_thread(sweep, work)
    with _claimed(work) as folder:
        try:
            yield folder
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


def sweep(work: Path) -> int:
    """Remove the folders of attempts whose worker has died; returns how many."""
    work.mkdir(parents=True, exist_ok=True)
    removed = 0
    with _locked(work, fcntl.LOCK_EX):
        for folder in work.iterdir():
            # A worker holds the lock on its folder as long as it lives, however it dies.
            at_once = fcntl.LOCK_EX | fcntl.LOCK_NB
            with contextlib.suppress(BlockingIOError, NotADirectoryError), _locked(folder, at_once):
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


@contextlib.contextmanager
def _claimed(work: Path) -> Iterator[Path]:
    folder = work / str(new_id())
    with contextlib.ExitStack() as stack:
        with _locked(work, fcntl.LOCK_EX):  # so that no sweep comes between making and locking it
            folder.mkdir()
            stack.enter_context(_locked(folder, fcntl.LOCK_EX))
        yield folder


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
