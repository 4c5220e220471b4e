"""A database with one provider and one lesson, and the parts that receive and prepare film."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.ids import new_id
from infra.jobs import Jobs
from infra.journal import JournalHead
from infra.session import Actor, Sessions
from media.ingest.workflow import Ingest
from media.lesson import Lesson
from media.storage.disk import DiskStorage
from media.take import Take
from media.upload.receive import Destination, Uploads
from media.upload.record import Upload
from media.upload.spool import Spool
from observe.people import Provider

LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Studio:
    """Everything that film passes through, over one database and one folder."""

    folder: Path
    database_url: str
    sessions: Sessions
    jobs: Jobs
    spool: Spool
    uploads: Uploads
    ingest: Ingest
    provider_id: UUID
    lesson_id: UUID
    owner: Actor

    @property
    def destination(self) -> Destination:
        """Where uploads of these tests go; the lesson stands in for what pages follow."""
        return Destination(lesson_id=self.lesson_id, topic=self.lesson_id)

    @property
    def storage(self) -> DiskStorage:
        """Where film rests."""
        return DiskStorage(self.folder / "store")

    async def upload(self, upload_id: UUID) -> Upload:
        """Return an upload as the database has it."""
        async with self.sessions.open(self.owner, write=False) as session:
            return await session.get(Upload, upload_id)

    async def take(self, take_id: UUID) -> Take:
        """Return a take as the database has it."""
        async with self.sessions.open(self.owner, write=False) as session:
            return await session.get(Take, take_id)

    async def lesson(self) -> Lesson:
        """Return the lesson as the database has it."""
        async with self.sessions.open(self.owner, write=False) as session:
            return await session.get(Lesson, self.lesson_id)


def parts(folder: Path, database_url: str) -> tuple[Sessions, Jobs, Spool, Uploads, Ingest]:
    """Wire the parts, as the composition root does."""
    jobs = Jobs(database_url, lease_seconds=3.0)
    sessions = Sessions(Database(database_url), SystemClock(), LocalHub(), jobs)
    spool = Spool(folder / "spool", reserve=1024)
    ingest = Ingest(
        sessions=sessions,
        storage=DiskStorage(folder / "store"),
        work=folder / "work",
        pauses_s=(0.0,),
    )
    return sessions, jobs, spool, Uploads(sessions, spool, ingest.storage, largest=LARGEST), ingest


@pytest.fixture
async def studio(tmp_path: Path, database_url: str) -> AsyncIterator[Studio]:
    """A provider with one lesson, on an empty database."""
    sessions, jobs, spool, uploads, ingest = parts(tmp_path, database_url)
    async with sessions.open(Actor.system()) as session:
        provider = session.add(Provider(code="north", name="North"))
        await session.flush()
        session.db.add(JournalHead(provider_id=provider.id))
    async with sessions.open(Actor.system(provider.id)) as session:
        lesson = session.add(Lesson(title="Year 5: fractions"))
    owner = Actor(new_id(), provider.id, frozenset({"trainee"}), "Ada")
    yield Studio(
        tmp_path, database_url, sessions, jobs, spool, uploads, ingest, provider.id, lesson.id, owner
    )
    await jobs.close()
    await sessions.database.close()
