"""Durable jobs: work that outlives the process that began it. The only file that knows the engine (DBOS).

A job is one call of a registered workflow. It is queued inside the transaction that wants it, resumes after
the last finished step when its process dies, and is adopted by another worker when that process does not come
back. Steps must be idempotent: one that was cut off runs again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, StepOptions
from dbos._schemas.system_database import SystemSchema
from dbos._serialization import DBOSPortableJSONSerializer
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from infra.database import Database, Record

log = structlog.get_logger()

T = TypeVar("T")
Workflow = Callable[..., Awaitable[None]]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

APP = "observe"
QUEUE = "lessons"
VERSION = "1"  # of the workflows' steps: raise it only when running jobs must not be resumed by new code
SCHEMA = "dbos"
POLL_SECONDS = 0.25
_STATES: dict[str, State] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "CANCELLED": "cancelled",
}

worker_lease = sa.Table(
    "worker_lease",
    Record.metadata,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.Float, nullable=False),  # seconds since 1970 by the database's clock
)


@dataclass(frozen=True)
class JobStatus:
    """How far a job has come."""

    state: State
    step: str | None = None
    progress: float | None = None  # 0 to 1, of the present step
    error: str | None = None


def prepare(database_url: str) -> None:
    """Bring the engine's own tables to the version that this code needs."""
    _quieten()
    DBOS.migrate(_engine_url(database_url), schema=SCHEMA)


def is_ours(table: str | None, schema: str | None) -> bool:
    """Whether a table belongs to the project rather than to the engine, which migrates its own."""
    return schema != SCHEMA and table not in _ENGINE_TABLES


_ENGINE_TABLES = {table.name for table in SystemSchema.metadata_obj.tables.values()} | {"dbos_migrations"}


class Jobs:
    """The jobs of one process: it queues them and, once launched as a worker, does them."""

    def __init__(self, database_url: str, *, lease_seconds: float = 20.0) -> None:
        self._database_url = database_url
        self._lease_seconds = lease_seconds
        self._workflows: dict[str, Workflow] = {}
        self._scheduled: dict[str, tuple[str, Workflow]] = {}
        self._client: DBOSClient | None = None
        self._leases: _Leases | None = None
        self._is_worker = False

    def register(self, name: str, workflow: Workflow) -> None:
        """Let jobs of this name run `workflow`, with the arguments they were queued with."""
        self._workflows[name] = workflow

    def schedule(self, name: str, cron: str, work: Workflow) -> None:
        """Do `work` at the times of a cron expression (UTC), once among all workers. Before launch."""
        self._scheduled[name] = (cron, work)

    async def launch(self, *, works: bool, concurrency: int = 1, executor_id: str) -> None:
        """Begin; with `works`, do jobs in the running loop, also those this executor left unfinished."""
        _quieten()
        self._client = await asyncio.to_thread(_client, self._database_url)
        if not works:
            return
        if _process.jobs is not None:
            raise AssertionError("one process works for one database at a time")
        _process.jobs = self
        self._is_worker = True
        DBOS(config=_config(self._database_url, executor_id))
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            worker_concurrency=concurrency,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )
        for name, (cron, _) in self._scheduled.items():
            await DBOS.delete_schedule_async(name)
            await DBOS.create_schedule_async(
                schedule_name=name, workflow_fn=_run_scheduled, schedule=cron, context=name, queue_name=QUEUE
            )
        self._leases = _Leases(self._database_url, executor_id, self._lease_seconds, self._client)
        await self._leases.start()

    async def close(self) -> None:
        """Stop; jobs under way are resumed by whoever comes next."""
        if self._leases is not None:
            await self._leases.close()
            self._leases = None
        if self._is_worker:
            with ThreadPoolExecutor(1) as own:
                await asyncio.get_running_loop().run_in_executor(own, DBOS.destroy)
            # The engine made its threads the loop's own, and has just ended them.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
            _process.jobs, self._is_worker = None, False
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)
            self._client = None

    async def enqueue(
        self, session: AsyncSession, workflow: str, job_id: str, arguments: dict[str, Any]
    ) -> None:
        """Queue a job inside the session's transaction; the same `job_id` again is the same job."""
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._database_url)
        client = self._client
        options: EnqueueOptions = {
            "workflow_name": "job",
            "queue_name": QUEUE,
            "workflow_id": job_id,
            "app_version": VERSION,
        }
        await session.run_sync(lambda sync: client.enqueue_in_transaction(sync, options, workflow, arguments))

    async def step(self, name: str, work: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        """Do one step of a job, once: its result (JSON) is remembered when the job is resumed."""
        return await DBOS.run_step_async(StepOptions(name=name), work, *arguments)

    async def progress(self, step: str, progress: float) -> None:
        """Note how far the running job has come; for `status`."""
        await DBOS.set_event_async("progress", {"step": step, "progress": progress})

    async def status(self, job_id: str) -> JobStatus | None:
        """Return how far a job has come; None when there is no such job."""
        assert self._client is not None
        found = await self._client.list_workflows_async(workflow_ids=[job_id])
        if not found:
            return None
        event = await self._client.get_event_async(job_id, "progress", timeout_seconds=0) or {}
        state = _STATES.get(found[0].status, "failed")
        error = str(found[0].error) if state == "failed" else None
        return JobStatus(state, event.get("step"), event.get("progress"), error)

    async def cancel(self, job_id: str) -> None:
        """Stop a job before its next step; a finished one stays finished."""
        assert self._client is not None
        await self._client.cancel_workflow_async(job_id)

    async def run(self, workflow: str, arguments: dict[str, Any]) -> None:
        """Do a job now, in this task; what the engine calls."""
        await self._workflows[workflow](**arguments)

    async def run_scheduled(self, name: str) -> None:
        """Do scheduled work now; what the engine calls."""
        if name in self._scheduled:
            await self._scheduled[name][1]()


class _Process:
    """Whose workflows the engine's functions mean in this process: the engine is one to a process."""

    jobs: Jobs | None = None


_process = _Process()


@DBOS.workflow(name="job")
async def _run_job(workflow: str, arguments: dict[str, Any]) -> None:
    assert _process.jobs is not None
    await _process.jobs.run(workflow, arguments)


@DBOS.workflow(name="scheduled")
async def _run_scheduled(_: Any, name: Any) -> None:
    assert _process.jobs is not None
    await _process.jobs.run_scheduled(name)


class _Leases:
    """Keeps this worker's lease alive and adopts the jobs of workers whose lease has run out."""

    def __init__(self, database_url: str, executor_id: str, seconds: float, client: DBOSClient) -> None:
        self._database = Database(database_url)
        self._executor_id = executor_id
        self._seconds = seconds
        self._client = client
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._renew()
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._database.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                await self._renew()
                for dead in await self._claim_dead():
                    await self._adopt(dead)
            except Exception:  # a lease is renewed again in a moment; the worker must go on
                log.exception("jobs.lease")

    async def _renew(self) -> None:
        async with self._engine.begin() as connection:
            own = worker_lease.c.executor_id == self._executor_id
            renewed = await connection.execute(
                worker_lease.update().where(own).values(expires_at=self._now + self._seconds)
            )
            if renewed.rowcount == 0:
                await connection.execute(
                    worker_lease.insert().values(
                        executor_id=self._executor_id, expires_at=self._now + self._seconds
                    )
                )

    async def _claim_dead(self) -> list[str]:
        """Return workers that are dead and are this one's to inherit: a claim is a short lease on theirs."""
        claimed = []
        async with self._engine.begin() as connection:
            expired = worker_lease.c.expires_at < self._now
            for (dead,) in (
                await connection.execute(sa.select(worker_lease.c.executor_id).where(expired))
            ).all():
                claim = worker_lease.update().where(worker_lease.c.executor_id == dead, expired)
                taken = await connection.execute(claim.values(expires_at=self._now + self._seconds))
                if taken.rowcount == 1:
                    claimed.append(dead)
        return claimed

    async def _adopt(self, dead: str) -> None:
        left = await self._client.list_workflows_async(status="PENDING", executor_id=dead)
        for job in left:
            log.warning("jobs.adopted", job=job.workflow_id, of=dead, by=self._executor_id)
        if left:
            # Back onto the queue they came from: any worker may take them, within its concurrency.
            await self._client.resume_workflows_async([job.workflow_id for job in left], queue_name=QUEUE)
        async with self._engine.begin() as connection:
            await connection.execute(worker_lease.delete().where(worker_lease.c.executor_id == dead))

    @property
    def _engine(self) -> AsyncEngine:
        return self._database.engine

    @property
    def _now(self) -> sa.ColumnElement[float]:
        if self._database.is_sqlite:
            return (sa.func.julianday("now") - 2440587.5) * 86400.0
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)


def _config(database_url: str, executor_id: str) -> DBOSConfig:
    return {
        "name": APP,
        "system_database_url": _engine_url(database_url),
        "application_version": VERSION,
        "executor_id": executor_id,
        "serializer": DBOSPortableJSONSerializer(),  # the default would unpickle what the database holds
        "run_migrations": False,
        "max_executor_threads": 32,  # they become the threads of asyncio.to_thread too
        "log_level": "WARNING",
        "enable_otlp": False,
        "notification_listener_polling_interval_sec": POLL_SECONDS,
    }


def _client(database_url: str) -> DBOSClient:
    return DBOSClient(
        system_database_url=_engine_url(database_url),
        dbos_system_schema=SCHEMA,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APP,
        lazy=True,
    )


def _engine_url(database_url: str) -> str:
    """Return the address as the engine, which is not asynchronous, wants it."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    return url.set(drivername=driver).render_as_string(hide_password=False)


def _quieten() -> None:
    logging.getLogger("dbos").setLevel(logging.WARNING)
