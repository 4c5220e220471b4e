"""A worker process of its own: URL FOLDER EXECUTOR LEASE_SECONDS. It writes what it does in FOLDER/log."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from infra.jobs import Jobs


class Work:
    """Workflows that write down what they do, and stop where a file `hold-EXECUTOR-STEP` lies."""

    def __init__(self, jobs: Jobs, folder: Path, executor_id: str) -> None:
        self._jobs = jobs
        self._folder = folder
        self._executor_id = executor_id

    def register(self) -> None:
        """Let jobs do this work."""
        self._jobs.register("lesson", self.lesson)
        self._jobs.register("poison", self.poison, on_failure=partial(self._failed, "poison"))
        self._jobs.register("broken", self.broken, on_failure=partial(self._failed, "broken"))

    async def lesson(self, take: str) -> None:
        """Do three steps."""
        await self._jobs.progress("one", 0.25)
        await self._jobs.step("one", self._step, "one", take)
        assert await self._jobs.step("two", self._step, "two", take) == {"take": take}
        await self._jobs.step("three", self._step, "three", take)

    async def poison(self, take: str) -> None:
        """Kill whoever does this."""
        await self._jobs.step("one", self._step, "one", take)
        await self._jobs.step("two", self._die)

    async def broken(self, take: str) -> None:
        """Fail."""
        raise ValueError(f"nothing can be made of {take}")

    async def tick(self) -> None:
        """Do what the clock asks for."""
        self._write("tick")

    async def _step(self, name: str, take: str) -> dict[str, str]:
        self._write(f"{name} by {self._executor_id}")
        while (self._folder / f"hold-{self._executor_id}-{name}").exists():  # noqa: ASYNC110 - let go from outside
            await asyncio.sleep(0.02)
        return {"take": take}

    async def _die(self) -> None:
        self._write(f"death of {self._executor_id}")
        os.kill(os.getpid(), signal.SIGKILL)

    async def _failed(self, workflow: str, take: str) -> None:
        self._write(f"{workflow} failed for {take}")

    def _write(self, line: str) -> None:
        with (self._folder / "log").open("a") as log:
            log.write(f"{line}\n")


async def work(url: str, folder: Path, executor_id: str, lease_seconds: float) -> None:
    """Do jobs until killed."""
    jobs = Jobs(url, lease_seconds=lease_seconds)
    does = Work(jobs, folder, executor_id)
    does.register()
    jobs.schedule("tick", "0 0 1 1 *", does.tick)
    await jobs.launch(works=True, executor_id=executor_id)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
