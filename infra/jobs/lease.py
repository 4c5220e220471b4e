"""A worker holds a lease while it lives; whoever finds one that has run out takes over its holder's jobs."""

import asyncio
import contextlib

import sqlalchemy as sa
import structlog
from dbos import DBOSClient, WorkflowStatus
from sqlalchemy.exc import OperationalError

from infra.database import Database
from infra.jobs.table import insert_into, worker_lease

log = structlog.get_logger()

_executor, _expires = worker_lease.c.executor_id, worker_lease.c.expires_at


class Leases:
    """Keeps this worker's lease alive and adopts the jobs of workers whose lease has run out."""

    def __init__(self, database: Database, client: DBOSClient, *, executor_id: str, seconds: float) -> None:
        self._database = database
        self._client = client
        self._executor_id = executor_id
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Take the lease, before the first job, and keep it."""
        await self._renew()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Renew no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def give_back(self) -> None:
        """End the lease: what was left unfinished here may be adopted at once."""
        ended = worker_lease.update().where(_executor == self._executor_id).values(expires_at=0.0)
        with contextlib.suppress(OperationalError):  # then it runs out by itself
            await self._write(ended)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                await self._renew()
                await self._enlist_strays()
                for dead, claimed_until in await self._claim_dead():
                    await self._adopt(dead, claimed_until)
            except OperationalError as error:
                log.warning("jobs.database_away", error=str(error))
            except Exception:  # a lease is renewed again in a moment; the worker must go on
                log.exception("jobs.lease")

    async def _renew(self) -> None:
        until = self._now + self._seconds
        await self._write(
            insert_into(worker_lease, self._database)
            .values(executor_id=self._executor_id, expires_at=until)
            .on_conflict_do_update(index_elements=[_executor], set_={"expires_at": until})
        )

    async def _enlist_strays(self) -> None:
        """Note as dead whoever has jobs under way but no lease: its jobs were adopted while it slept."""
        enlist = insert_into(worker_lease, self._database).on_conflict_do_nothing()
        for stray in {job.executor_id for job in await self._under_way() if job.executor_id}:
            await self._write(enlist.values(executor_id=stray, expires_at=0.0))

    async def _claim_dead(self) -> list[tuple[str, float]]:
        """Return workers that are dead and are this one's to inherit: a claim is a short lease on theirs."""
        claim = (
            worker_lease.update()
            .where(_expires < self._now, _executor != self._executor_id)
            .values(expires_at=self._now + self._seconds)
            .returning(_executor, _expires)
        )
        async with self._database.engine.begin() as connection:
            return [(row.executor_id, row.expires_at) for row in await connection.execute(claim)]

    async def _adopt(self, dead: str, claimed_until: float) -> None:
        left: dict[str | None, list[str]] = {}
        for job in await self._under_way(dead):
            left.setdefault(job.queue_name, []).append(job.workflow_id)
        for queue, jobs in left.items():
            log.warning("jobs.adopted", jobs=jobs, of=dead, by=self._executor_id)
            # Back onto the queue they came from: any worker may take them, within its concurrency.
            await self._client.resume_workflows_async(jobs, queue_name=queue)
        # Unless it has come back meanwhile and renewed it.
        await self._write(worker_lease.delete().where(_executor == dead, _expires == claimed_until))

    async def _under_way(self, executor_id: str | None = None) -> list[WorkflowStatus]:
        return await self._client.list_workflows_async(
            status="PENDING", executor_id=executor_id, load_input=False, load_output=False
        )

    async def _write(self, statement: sa.Update | sa.Insert | sa.Delete) -> None:
        async with self._database.engine.begin() as connection:
            await connection.execute(statement)

    @property
    def _now(self) -> sa.ColumnElement[float]:
        if self._database.is_sqlite:
            return (sa.func.julianday("now") - 2440587.5) * 86400.0
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)
