"""What tests stand on: migrated, empty databases of both kinds."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.session import Sessions
from tests.support.database import postgres_copy, postgres_template, sqlite_copy, sqlite_template
from tests.support.postgres import Cluster, cluster
from tests.support.world import Tenant, build_tenant


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running PostgreSQL."""
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """The name of a migrated database to copy."""
    return postgres_template(postgres)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite database, for what does not depend on the kind."""
    return sqlite_copy(migrated_sqlite, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database: every test that asks runs on both kinds."""
    if request.param == "sqlite":
        yield sqlite_copy(request.getfixturevalue("migrated_sqlite"), tmp_path)
        return
    url, drop = postgres_copy(
        request.getfixturevalue("postgres"), request.getfixturevalue("migrated_postgres")
    )
    yield url
    drop()


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Sessions on the database of the test."""
    database = Database(database_url)
    yield Sessions(database, SystemClock(), LocalHub())
    await database.close()


@pytest.fixture
async def north(sessions: Sessions) -> Tenant:
    """A provider with a person for every part in the work."""
    return await build_tenant(sessions, "north")


@pytest.fixture
async def south(sessions: Sessions) -> Tenant:
    """Another provider."""
    return await build_tenant(sessions, "south")
