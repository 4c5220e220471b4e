"""The jobs of one process: it queues them and, once launched as a worker, does them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from dbos import DBOS, DBOSClient, EnqueueOptions, StepOptions
from sqlalchemy.ext.asyncio import AsyncSession

from infra.jobs import engine
from infra.jobs.worker import Registered, Worker, Workflow

T = TypeVar("T")
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_STATES: dict[str, State] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "CANCELLED": "cancelled",
}


@dataclass(frozen=True)
class JobStatus:
    """How far a job has come."""

    state: State
    step: str | None = None
    progress: float | None = None  # 0 to 1, of the present step
    error: str | None = None


class Jobs:
    """Queues jobs and, launched as a worker, does them."""

    def __init__(self, database_url: str, *, lease_seconds: float = 20.0) -> None:
        self._database_url = database_url
        self._lease_seconds = lease_seconds
        self._registered = Registered()
        self._client: DBOSClient | None = None
        self._worker: Worker | None = None

    def register(
        self,
        name: str,
        workflow: Workflow,
        *,
        on_failure: Workflow | None = None,
        is_patient: bool = False,
    ) -> None:
        """Let jobs of this name run `workflow`, with the arguments they were queued with. Before launch.

        `on_failure` is called with the same arguments when the workflow has raised, or when the job is given
        up because four workers died at the same step. It must be idempotent. Jobs that are patient wait on a
        queue of their own: nobody is kept waiting by them.
        """
        self._registered.workflows[name] = workflow
        if is_patient:
            self._registered.patient.add(name)
        if on_failure is not None:
            self._registered.on_failure[name] = on_failure

    def schedule(self, name: str, cron: str, work: Workflow) -> None:
        """Do `work` at the times of a cron expression (UTC), once among all workers. Before launch."""
        self._registered.scheduled[name] = (cron, work)

    async def launch(self, *, works: bool, concurrency: int = 1, executor_id: str) -> None:
        """Begin; with `works`, do jobs in the running loop, also those this executor left unfinished.

        No two living workers may have the same `executor_id`. Raises RuntimeError when other `Jobs` of this
        process work already.
        """
        engine.quieten()
        client = await self._ask()
        if works:
            self._worker = Worker(
                self._registered,
                self._database_url,
                client,
                executor_id=executor_id,
                lease_seconds=self._lease_seconds,
            )
            await self._worker.start(concurrency)

    async def close(self) -> None:
        """Stop; a job under way is resumed, at the step it is in, by whoever comes next."""
        if self._worker is not None:
            await self._worker.close()
            self._worker = None
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)
            self._client = None

    async def enqueue(
        self, session: AsyncSession, workflow: str, job_id: str, arguments: dict[str, Any]
    ) -> None:
        """Queue a job inside the session's transaction; the same `job_id` again is the same job."""
        client = await self._ask()
        options: EnqueueOptions = {
            "workflow_name": "job",
            "queue_name": self._registered.queue(workflow),
            "workflow_id": job_id,
            "app_version": engine.VERSION,
        }
        await session.run_sync(lambda sync: client.enqueue_in_transaction(sync, options, workflow, arguments))

    async def step(self, name: str, work: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        """Do one step of a job, once: its result (JSON) is remembered when the job is resumed."""
        is_new = False

        async def do() -> T:
            nonlocal is_new
            result = await work(*arguments)
            is_new = True
            return result

        result = await DBOS.run_step_async(StepOptions(name=name), do)
        if is_new and self._worker is not None and DBOS.workflow_id is not None:
            await self._worker.advance(DBOS.workflow_id)
        return result

    async def progress(self, step: str, progress: float) -> None:
        """Note how far the running job has come; for `status`. Between steps, not in one."""
        await DBOS.set_event_async("progress", {"step": step, "progress": progress})

    async def status(self, job_id: str) -> JobStatus | None:
        """Return how far a job has come; None when there is no such job."""
        client = await self._ask()
        found = await client.list_workflows_async(workflow_ids=[job_id])
        if not found:
            return None
        event = await client.get_event_async(job_id, "progress", timeout_seconds=0) or {}
        state = _STATES.get(found[0].status, "failed")
        error = str(found[0].error) if state == "failed" else None
        return JobStatus(state, event.get("step"), event.get("progress"), error)

    async def cancel(self, job_id: str) -> None:
        """Stop a job before its next step; a finished one stays finished."""
        await (await self._ask()).cancel_workflow_async(job_id)

    async def _ask(self) -> DBOSClient:
        if self._client is None:
            self._client = await asyncio.to_thread(engine.client, self._database_url)
        return self._client
