"""The real service on a test server, and a provider to try it with."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from sqlalchemy import select

from infra.ids import new_id
from infra.session import Actor, Sessions
from infra.settings import Settings
from media.take import Take
from observe.observation import Observation
from observe.people import Membership
from tests.support.world import Tenant, build_tenant
from web.app import build_app
from web.auth.sign_in import begin
from web.call import SERVICES, Services

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Service:
    """A running service."""

    client: "TestClient[Request, Application]"
    services: Services

    @property
    def sessions(self) -> Sessions:
        """Sessions on the service's database."""
        return self.services.sessions

    async def cookie(self, tenant: Tenant, who: str) -> dict[str, str]:
        """Sign a person in; returns the headers that their browser would send."""
        async with self.sessions.open(Actor.system()) as session:
            membership = await session.first(
                select(Membership)
                .where(Membership.provider_id == tenant.provider_id)
                .where(Membership.person_id == tenant.people[who])
            )
            assert membership is not None
            return {"Cookie": f"observe={await begin(session, membership)}"} | SAME_ORIGIN

    async def get(self, path: str, headers: Mapping[str, str]) -> ClientResponse:
        """Get a path without following redirects."""
        return await self.client.get(path, headers=headers, allow_redirects=False)

    async def film(self, tenant: Tenant, observation_id: UUID) -> Take:
        """Put a watchable take, with a playlist and a segment, where ingest would have put it."""
        async with self.sessions.open(Actor.system(tenant.provider_id)) as session:
            arranged = await session.get(Observation, observation_id)
            take = session.add(Take(lesson_id=arranged.lesson_id, filename="lesson.mp4", topic=arranged.id))
            await session.flush()
            prefix = f"{take.folder}/package-{new_id()}"
            for name in ("master.m3u8", "poster.jpg"):
                draft = self.services.settings.data / name
                draft.write_text("#EXTM3U\n")
                await self.services.ingest.storage.put(f"{prefix}/{name}", draft)
            take.show(package_key=prefix, position_ms=0, duration_ms=60_000)
            take.publish(note=None)
            take.media = {
                "width": 1280,
                "height": 720,
                "has_audio": True,
                "fps": 30.0,
                "package": {},
                "illustrated": {"poster": True},
            }
            arranged.film_became_ready()
            return take


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """The service on the database of the test."""
    settings = Settings.from_environment({"OBSERVE_DATABASE_URL": database_url}, data=tmp_path / "data")
    app = build_app(settings, works=False)
    async with TestClient(TestServer(app)) as client:
        yield Service(client, app[SERVICES])


@pytest.fixture
async def tenant(service: Service) -> Tenant:
    """A provider with a person for every part in the work."""
    return await build_tenant(service.sessions, "north")
