"""The engine at work in this process. It is one to a process, and its workflows are functions of a module."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

import structlog
from dbos import DBOS, DBOSClient

from infra.database import Database
from infra.jobs import engine
from infra.jobs.attempt import Attempts
from infra.jobs.lease import Leases

log = structlog.get_logger()

Workflow = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Registered:
    """What a process knows how to do, by name."""

    workflows: dict[str, Workflow] = field(default_factory=dict)
    on_failure: dict[str, Workflow] = field(default_factory=dict)
    scheduled: dict[str, tuple[str, Workflow]] = field(default_factory=dict)  # cron expression, work
    patient: set[str] = field(default_factory=set)

    def queue(self, workflow: str) -> str:
        """Return the queue on which jobs of this workflow wait."""
        return engine.PATIENT_QUEUE if workflow in self.patient else engine.QUEUE


class Worker:
    """Does jobs in the running loop, from `start` to `close`. Raises RuntimeError when there is another."""

    present: ClassVar["Worker | None"] = None

    def __init__(
        self,
        registered: Registered,
        database_url: str,
        client: DBOSClient,
        *,
        executor_id: str,
        lease_seconds: float,
    ) -> None:
        if Worker.present is not None:
            raise RuntimeError("a process works for one database at a time")
        Worker.present = self
        self._registered = registered
        self._config = engine.config(database_url, executor_id)
        self._database = Database(database_url)
        self._attempts = Attempts(self._database)
        self._leases = Leases(self._database, client, executor_id=executor_id, seconds=lease_seconds)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, concurrency: int) -> None:
        """Begin, first with what this executor left; of each queue at most `concurrency` jobs at a time."""
        await self._leases.take()
        DBOS(config=self._config)
        DBOS.listen_queues(list(engine.QUEUES))
        DBOS.launch()  # here, so that the engine runs jobs in this loop
        for queue in engine.QUEUES:
            await DBOS.register_queue_async(
                queue,
                worker_concurrency=concurrency,
                polling_interval_sec=engine.POLL_SECONDS,
                on_conflict="always_update",
            )
        await DBOS.apply_schedules_async(
            [
                {
                    "schedule_name": name,
                    "workflow_fn": _run_scheduled,
                    "schedule": cron,
                    "context": name,
                    "queue_name": engine.QUEUE,
                }
                for name, (cron, _) in self._registered.scheduled.items()
            ]
        )

    async def close(self) -> None:
        """Stop in the middle of whatever is being done, and let others go on with it."""
        await self._leases.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with ThreadPoolExecutor(1) as own:
            await asyncio.get_running_loop().run_in_executor(own, DBOS.destroy)
        # The engine made its threads the loop's own, and has just ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        Worker.present = None
        await self._leases.give_back()
        await self._database.close()

    async def do(self, job_id: str, workflow: str, arguments: dict[str, Any]) -> None:
        """Do a job; when it fails for good, say so to whoever registered its workflow."""
        try:
            await self._attempt(job_id, self._registered.workflows[workflow], arguments)
        except Exception:
            if on_failure := self._registered.on_failure.get(workflow):
                try:
                    await on_failure(**arguments)
                except Exception:  # what failed first is what must be told
                    log.exception("jobs.on_failure", job=job_id, workflow=workflow)
            raise

    async def do_scheduled(self, job_id: str, name: str) -> None:
        """Do scheduled work, unless this version of the program knows of none by that name."""
        if name in self._registered.scheduled:
            await self._attempt(job_id, self._registered.scheduled[name][1], {})

    async def advance(self, job_id: str) -> None:
        """Note that a job finished a step."""
        await self._attempts.advance(job_id)

    async def _attempt(self, job_id: str, work: Workflow, arguments: dict[str, Any]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._attempts.begin(job_id)
            await work(**arguments)
        finally:
            await self._attempts.end(job_id)
            self._tasks.discard(task)


def _present() -> tuple[Worker, str]:
    assert Worker.present is not None
    assert DBOS.workflow_id is not None
    return Worker.present, DBOS.workflow_id


@DBOS.workflow(name="job")
async def _run_job(workflow: str, arguments: dict[str, Any]) -> None:
    worker, job_id = _present()
    await worker.do(job_id, workflow, arguments)


@DBOS.workflow(name="scheduled")
async def _run_scheduled(_: Any, name: Any) -> None:
    worker, job_id = _present()
    await worker.do_scheduled(job_id, name)
