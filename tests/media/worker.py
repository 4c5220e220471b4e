"""A worker process that may stop in one step, to be killed there: FOLDER URL NAME [STEP WHEN]."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from media.ingest import ladder
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


async def work(folder: Path, url: str, name: str) -> None:
    """Do jobs until killed."""
    _, jobs, _, _, ingest = parts(folder, url)
    ingest.register(jobs)
    await jobs.launch(works=True, executor_id=name)
    await asyncio.Event().wait()


if __name__ == "__main__":
    where, database_url, executor, *stop = sys.argv[1:]
    ladder.PIECE_S = 6
    if stop:
        stop_in(stop[0], stop[1], Path(where) / "reached")
    asyncio.run(work(Path(where), database_url, executor))
