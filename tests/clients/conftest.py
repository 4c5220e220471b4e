"""The real service in its own process, with a trainee who has a lesson to send."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from tusclient.client import TusClient

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.session import Actor, Sessions
from media.take import Take
from observe.observation import Observation
from observe.people import Person
from tests.support.server import Server, run, serving
from tests.support.world import Tenant, build_tenant
from web.auth.sign_in import hash_password

PASSWORD = "correct horse battery staple"
PATIENCE_S = 120.0
POLL_S = 0.1


@dataclass(frozen=True)
class Service:
    """A server, and what can be known of it only from its own data."""

    server: Server
    sessions: Sessions
    tenant: Tenant
    observation_id: UUID

    @property
    def email(self) -> str:
        """With which the trainee signs in."""
        return "trainee@north.example"

    async def token(self) -> str:
        """Return a bearer token that acts as the trainee."""
        return (await run("token", self.email, "--data", str(self.server.data))).split()[-1]

    async def send(self, film: Path, **described: str) -> None:
        """Send a film of the trainee by tus, with what is said of it."""
        bearer = {"Authorization": f"Bearer {await self.token()}"}
        client = TusClient(f"{self.server.url}/api/uploads", headers=bearer)
        metadata = {"observation": str(self.observation_id), "filename": film.name} | described
        await asyncio.to_thread(client.uploader(str(film), chunk_size=2**24, metadata=metadata).upload)

    async def take(self) -> Take:
        """Return the one film that was sent."""
        async with self.sessions.open(Actor.system(self.tenant.provider_id), write=False) as session:
            arranged = await session.get(Observation, self.observation_id)
            [take] = await session.all(select(Take).where(Take.lesson_id == arranged.lesson_id))
            return take

    async def stored_hash(self) -> str:
        """Return the SHA-256 of the film as it rests in the store; the take says the same."""
        async with asyncio.timeout(PATIENCE_S):
            while (take := await self.take()).sha256 is None:  # noqa: ASYNC110 - a row does not wake anyone
                await asyncio.sleep(POLL_S)
        assert take.original_key is not None
        stored = self.server.data / "store" / take.original_key
        assert hash_of(stored) == take.sha256
        return take.sha256

    async def until_watchable(self) -> Take:
        """Return the film once people may watch it."""
        return await self._until(lambda take: take.is_watchable)

    async def until_complete(self) -> Take:
        """Return the film once it has all its renditions and pictures."""
        return await self._until(lambda take: {"ladder", "illustrated"} <= take.media.keys())

    async def _until(self, is_so: Callable[[Take], bool]) -> Take:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(take := await self.take()):
                assert take.state != "failed", take.problem
                await asyncio.sleep(POLL_S)
        return take

    def spooled(self, upload_id: UUID) -> Path:
        """Return the file in which an unfinished upload grows."""
        return self.server.data / "spool" / f"{upload_id}.part"


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
async def service(
    request: pytest.FixtureRequest, migrated_sqlite: Path, tmp_path: Path
) -> AsyncIterator[Service]:
    """A running server whose provider waits for one film; a parameter adds words to `serve`."""
    async with service_on(migrated_sqlite, tmp_path, words=getattr(request, "param", ())) as running:
        yield running


@asynccontextmanager
async def service_on(
    migrated_sqlite: Path,
    tmp_path: Path,
    *,
    words: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Service]:
    """Run a server whose provider waits for one film."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(migrated_sqlite, data / "observe.sqlite")
    database = Database(f"sqlite+aiosqlite:///{data / 'observe.sqlite'}")
    sessions = Sessions(database, SystemClock(), LocalHub())
    tenant = await build_tenant(sessions, "north")
    observation_id = await tenant.arrange()
    async with sessions.open(Actor.system()) as session:
        trainee = await session.get(Person, tenant.people["trainee"])
        trainee.password_hash = await asyncio.to_thread(hash_password, PASSWORD)
    async with serving(data, words=words, environ=environ) as server:
        yield Service(server, sessions, tenant, observation_id)
    await database.close()
