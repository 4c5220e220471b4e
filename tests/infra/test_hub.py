"""The hub: whoever follows a topic hears what was committed, in this process or another."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import CHANNEL, Announcement, Hub, LocalHub, from_payload, to_payload
from infra.ids import new_id
from infra.session import Actor, Sessions
from observe.people import Provider
from tests.support.postgres import Cluster
from tests.support.world import build_tenant
from web.deployment import hub_for

SOON = 5.0
QUIET = 0.2
PATIENCE = 30.0


@pytest.fixture
async def heard(database_url: str) -> AsyncIterator[tuple[Sessions, Hub]]:
    """Sessions that announce, and a hub that listens as another process would."""
    database = Database(database_url)
    speaker = hub_for(database_url)
    listener = speaker if database.is_sqlite else hub_for(database_url)
    for hub in {speaker, listener}:
        await hub.start()
    yield Sessions(database, SystemClock(), speaker), listener
    for hub in {speaker, listener}:
        await hub.close()
    await database.close()


async def test_what_is_committed_is_heard_by_whoever_follows_it(heard: tuple[Sessions, Hub]) -> None:
    sessions, hub = heard
    tenant = await build_tenant(sessions, "north")
    topic, elsewhere = new_id(), new_id()
    with hub.subscribe([topic]) as announcements:
        async with sessions.open(Actor.system(tenant.provider_id)) as session:
            provider = await session.get(Provider, tenant.provider_id)
            session.journal("test.elsewhere", provider, topic=elsewhere)
            session.journal("test.here", provider, topic=topic)
        first = await asyncio.wait_for(anext(announcements), SOON)
    assert (first.action, first.topic, first.subject_id) == ("test.here", topic, provider.id)


async def test_what_is_undone_is_never_heard(heard: tuple[Sessions, Hub]) -> None:
    sessions, hub = heard
    tenant = await build_tenant(sessions, "north")
    topic = new_id()
    with hub.subscribe([topic]) as announcements:
        with pytest.raises(ZeroDivisionError):
            await announce_and_fail(sessions, tenant.provider_id, topic)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(announcements), QUIET)


async def announce_and_fail(sessions: Sessions, provider_id: object, topic: object) -> None:
    async with sessions.open(Actor.system(provider_id)) as session:  # type: ignore[arg-type]
        session.announce("test.failed", topic, topic)  # type: ignore[arg-type]
        raise ZeroDivisionError


announcements = st.builds(
    Announcement,
    provider_id=st.uuids(),
    topic=st.uuids(),
    action=st.text(max_size=60),
    subject_id=st.uuids(),
    actor_id=st.none() | st.uuids(),
    step=st.none() | st.text(max_size=20),
    progress=st.none() | st.floats(0, 1),
)


@given(announcements)
def test_a_payload_says_what_was_announced(announcement: Announcement) -> None:
    payload = to_payload(announcement)
    assert from_payload(payload) == announcement
    assert len(payload.encode()) < 8000


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_hub_whose_connection_was_cut_listens_again(database_url: str, postgres: Cluster) -> None:
    database, hub = Database(database_url), hub_for(database_url)
    await hub.start()
    tenant = await build_tenant(Sessions(database, SystemClock(), LocalHub()), "north")
    sessions = Sessions(database, SystemClock(), hub)
    topic = new_id()
    with hub.subscribe([topic]) as announcements:
        heard = asyncio.ensure_future(anext(announcements))
        assert postgres.ask(
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'LISTEN {CHANNEL}'"
        ) == (1,)
        async with asyncio.timeout(PATIENCE):
            while not heard.done():  # what is announced while nobody listens is read again by the page
                async with sessions.open(Actor.system(tenant.provider_id)) as session:
                    session.announce("test.again", topic, topic)
                await asyncio.wait([heard], timeout=QUIET)
    assert heard.result().action == "test.again"
    await hub.close()
    await database.close()
