"""Jobs of one database, and workers in processes of their own, which can be frozen and killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import Database
from infra.jobs import Jobs, JobStatus
from tests.infra.worker import Work

ROOT = Path(__file__).parents[2]
LEASE_S = 1.5
PATIENCE_S = 60.0


@dataclass
class Workshop:
    """Nobody works in it yet."""

    folder: Path
    url: str
    database: Database
    jobs: Jobs  # only asks and queues
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, executor_id: str) -> None:
        """Start a worker in a process of its own."""
        words = ["-m", "tests.infra.worker", self.url, str(self.folder), executor_id, str(LEASE_S)]
        self.processes[executor_id] = subprocess.Popen([sys.executable, *words], cwd=ROOT)

    def signal(self, executor_id: str, what: signal.Signals) -> None:
        """Send a worker a signal; waits for its end when that is SIGKILL."""
        os.kill(self.processes[executor_id].pid, what)
        if what == signal.SIGKILL:
            self.processes[executor_id].wait()

    def works_here(self, executor_id: str) -> Jobs:
        """Return jobs to be launched in this process."""
        jobs = Jobs(self.url, lease_seconds=LEASE_S)
        Work(jobs, self.folder, executor_id).register()
        return jobs

    def hold(self, executor_id: str, step: str) -> Path:
        """Stop a worker in a step, until the file is removed."""
        path = self.folder / f"hold-{executor_id}-{step}"
        path.touch()
        return path

    async def queue(self, workflow: str, job_id: str, *, commits: bool = True) -> None:
        """Queue a job in a transaction."""
        async with AsyncSession(self.database.engine) as session:
            await self.jobs.enqueue(session, workflow, job_id, {"take": "a take"})
            await (session.commit() if commits else session.rollback())

    @property
    def log(self) -> list[str]:
        """What the workers wrote down."""
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - files wake nobody
                await asyncio.sleep(0.05)

    async def until_ended(self, job_id: str) -> JobStatus:
        """Wait until a job is neither waiting nor running."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                status = await self.jobs.status(job_id)
                if status is not None and status.state not in ("waiting", "running"):
                    return status
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End every process that was started."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        await self.jobs.close()
        await self.database.close()
