"""A worker process that stops in one step, to be killed there: FOLDER URL [STEP WHEN]."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from media.ingest.steps import TakeJob
from tests.media.conftest import parts


def stop_in(step: str, when: str, reached: Path) -> None:
    """Make the step stop before it begins, or after all its effects but before that is written down."""
    do: Callable[..., Awaitable[Any]] = getattr(TakeJob, f"_{step}")

    async def stopping(*arguments: Any) -> Any:
        if when == "done":
            await do(*arguments)
        reached.touch()
        await asyncio.Event().wait()

    setattr(TakeJob, f"_{step}", stopping)


async def work(folder: Path, url: str) -> None:
    """Do jobs until killed."""
    _, jobs, _, _, ingest = parts(folder, url)
    ingest.register(jobs)
    await jobs.launch(works=True, executor_id="worker")
    await asyncio.Event().wait()


if __name__ == "__main__":
    where, database_url, *stop = sys.argv[1:]
    if stop:
        stop_in(stop[0], stop[1], Path(where) / "reached")
    asyncio.run(work(Path(where), database_url))
