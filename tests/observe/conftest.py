"""Sessions on a migrated, empty database, and one provider to work in."""

from collections.abc import AsyncIterator

import pytest

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.session import Sessions
from tests.support.world import Tenant, build_tenant


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Sessions on the database of the test."""
    database = Database(database_url)
    yield Sessions(database, SystemClock(), LocalHub())
    await database.close()


@pytest.fixture
async def tenant(sessions: Sessions) -> Tenant:
    """A provider with a person for every part in the work."""
    return await build_tenant(sessions, "north")
