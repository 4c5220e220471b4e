"""What a session writes is its provider's, however it is written."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import insert, select, update

from infra.database import ProviderOwned, Record
from infra.ids import new_id
from infra.session import Actor, Session, Sessions
from observe.programme import Cohort, Programme
from tests.support.postgres import Cluster
from tests.support.world import Tenant
from web import all_routes as _every_record  # noqa: F401 - every record is known once they are imported

Write = Callable[[Session, Tenant], Awaitable[object]]


async def insert_elsewhere(session: Session, south: Tenant) -> object:
    row = {"id": new_id(), "provider_id": south.provider_id, "title": "Smuggled", "qualification": "iQTS"}
    return await session.db.execute(insert(Programme).values(row))


async def give_away_by_statement(session: Session, south: Tenant) -> object:
    return await session.db.execute(update(Programme).values(provider_id=south.provider_id, title="Smuggled"))


async def give_away_a_loaded_row(session: Session, south: Tenant) -> None:
    for programme in await session.all(select(Programme)):
        programme.provider_id, programme.title = south.provider_id, "Smuggled"
    await session.flush()


@pytest.mark.parametrize("write", [insert_elsewhere, give_away_by_statement, give_away_a_loaded_row])
async def test_no_row_is_written_into_another_provider(write: Write, north: Tenant, south: Tenant) -> None:
    before = await programmes(south)
    with pytest.raises(Exception, match=r"another provider|row-level security"):
        await attempt(write, north, south)
    assert await programmes(south) == before


async def attempt(write: Write, north: Tenant, south: Tenant) -> None:
    async with north.sessions.open(north.actor("administrator")) as session:
        await write(session, south)


async def programmes(tenant: Tenant) -> set[object]:
    async with tenant.sessions.open(Actor.system(tenant.provider_id), write=False) as session:
        return set(await session.all(select(Programme.id)))


async def test_a_relation_does_not_lead_to_another_provider(north: Tenant, south: Tenant) -> None:
    (theirs,) = await programmes(south)
    async with north.sessions.open(Actor.system()) as session:
        await session.db.execute(
            update(Cohort)
            .where(Cohort.provider_id == north.provider_id)
            .values(programme_id=theirs, title="Smuggled")
        )
    async with north.sessions.open(north.actor("administrator"), write=False) as session:
        cohorts = await session.all(select(Cohort))
    assert theirs not in {getattr(cohort.programme, "id", None) for cohort in cohorts}


def test_every_table_of_a_provider_has_row_level_security(postgres: Cluster, migrated_postgres: str) -> None:
    for mapper in Record.registry.mappers:
        if issubclass(mapper.class_, ProviderOwned):
            table = mapper.local_table.description
            forced = postgres.ask(
                "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class"
                f" WHERE oid = 'public.{table}'::regclass",
                database=migrated_postgres,
            )
            assert forced == (True,), table


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_whoever_names_no_provider_sees_nothing(sessions: Sessions, north: Tenant) -> None:
    async with sessions.database.engine.connect() as connection:
        rows = await connection.execute(select(Programme.__table__))
        assert rows.all() == []
