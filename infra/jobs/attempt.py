"""How often a job was begun without getting a step further: what kills its workers is given up in the end."""

import structlog
from sqlalchemy import Delete, Update
from sqlalchemy.exc import OperationalError

from infra.database import Database
from infra.jobs.table import insert_into, job_attempt

log = structlog.get_logger()

ADOPTIONS = 3  # times a job is begun again at the same step after its worker died
_job, _begun = job_attempt.c.job_id, job_attempt.c.begun


class GivenUp(Exception):
    """The job's workers died at the same step, one after the other."""

    def __init__(self, deaths: int) -> None:
        super().__init__(f"given up: {deaths} workers died at the same step")
        self.deaths = deaths


class Attempts:
    """The attempts that have not ended. A database that is away stops the count, not the job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, job_id: str) -> None:
        """Count an attempt; raises GivenUp when too many workers have died of this job."""
        count = (
            insert_into(job_attempt, self._database)
            .values(job_id=job_id, begun=1)
            .on_conflict_do_update(index_elements=[_job], set_={"begun": _begun + 1})
            .returning(_begun)
        )
        try:
            async with self._database.engine.begin() as connection:
                begun: int = (await connection.execute(count)).scalar_one()
        except OperationalError:
            log.warning("jobs.uncounted", job=job_id)
            return
        if begun > 1 + ADOPTIONS:
            raise GivenUp(begun - 1)

    async def advance(self, job_id: str) -> None:
        """Note that a step was finished: deaths are counted anew."""
        await self._note(job_attempt.update().where(_job == job_id).values(begun=1), job_id)

    async def end(self, job_id: str) -> None:
        """Note that the attempt ended otherwise than by the death of its worker."""
        await self._note(job_attempt.delete().where(_job == job_id), job_id)

    async def _note(self, statement: Update | Delete, job_id: str) -> None:
        try:
            async with self._database.engine.begin() as connection:
                await connection.execute(statement)
        except OperationalError:
            log.warning("jobs.uncounted", job=job_id)
