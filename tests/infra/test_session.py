"""Sessions see one provider, whatever the statement; PostgreSQL says the same again."""

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import aliased

from infra.errors import NotFound
from infra.session import Actor, Sessions
from observe.framework import RubricEdition
from observe.people import Membership, Person, Provider
from observe.programme import Cohort, Enrolment, Placement, Programme
from tests.support.world import Tenant


async def test_get_answers_for_another_provider_as_for_nothing(north: Tenant, south: Tenant) -> None:
    async with north.sessions.open(north.actor("administrator"), write=False) as session:
        assert (await session.get(Placement, north.placement_id)).id == north.placement_id
        with pytest.raises(NotFound):
            await session.get(Placement, south.placement_id)
        with pytest.raises(NotFound):
            await session.get(Provider, south.provider_id)


async def test_no_form_of_select_shows_another_providers_rows(north: Tenant, south: Tenant) -> None:
    other = aliased(Placement)
    statements = (
        select(Placement.provider_id),
        select(other.provider_id),
        select(Placement.provider_id).join(Enrolment, Placement.enrolment_id == Enrolment.id),
        select(Cohort.provider_id).join(Programme, Cohort.programme_id == Programme.id),
        select(Placement.provider_id).where(Placement.id.in_(select(Placement.id))),
        select(Placement.provider_id).where(Placement.id == south.placement_id),
        select(RubricEdition.provider_id),
        select(Membership.provider_id),
    )
    async with north.sessions.open(north.actor("administrator"), write=False) as session:
        for statement in statements:
            assert set(await session.all(statement)) <= {north.provider_id}, str(statement)
        count = await session.first(select(func.count()).select_from(Placement))
        assert count == 1


async def test_people_of_another_provider_are_nobody(north: Tenant, south: Tenant) -> None:
    async with north.sessions.open(north.actor("administrator"), write=False) as session:
        seen = {person.id for person in await session.all(select(Person))}
    assert seen == set(north.people.values())


async def test_updates_and_deletes_reach_ones_own_rows_alone(north: Tenant, south: Tenant) -> None:
    async with north.sessions.open(north.actor("administrator")) as session:
        await session.db.execute(update(Placement).values(school="Renamed"))
        await session.db.execute(delete(RubricEdition).where(RubricEdition.code == "formative"))
    async with south.sessions.open(south.actor("administrator"), write=False) as session:
        assert (await session.get(Placement, south.placement_id)).school != "Renamed"
        codes = await session.all(select(RubricEdition.code))
    assert "formative" in codes


async def test_a_row_of_another_provider_cannot_be_added(north: Tenant, south: Tenant) -> None:
    programme = Programme(title="Smuggled")
    programme.provider_id = south.provider_id
    with pytest.raises(AssertionError, match="another provider"):
        await smuggle(north, programme)


async def smuggle(north: Tenant, programme: Programme) -> None:
    async with north.sessions.open(north.actor("administrator")) as session:
        session.db.add(programme)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_row_level_security_binds_statements_that_go_around_the_session(
    sessions: Sessions, north: Tenant, south: Tenant
) -> None:
    async with sessions.open(north.actor("administrator")) as session:
        for table in ("placement", "journal", "membership", "rubric_edition"):
            rows = await session.db.execute(text(f"SELECT DISTINCT provider_id FROM {table}"))
            assert {row[0] for row in rows} == {north.provider_id}
        people = await session.db.execute(text("SELECT count(*) FROM person"))
        assert people.scalar_one() == len(north.people)
        changed = await session.db.execute(text("UPDATE placement SET school = 'Renamed'"))
        assert changed.rowcount == 1  # type: ignore[attr-defined]


async def test_the_system_sees_every_provider(sessions: Sessions, north: Tenant, south: Tenant) -> None:
    async with sessions.open(Actor.system(), write=False) as session:
        seen = set(await session.all(select(Placement.provider_id)))
    assert seen == {north.provider_id, south.provider_id}
