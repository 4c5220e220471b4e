"""Moments mean the same on both kinds of database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, insert, select
from sqlalchemy.dialects import sqlite

from infra.database import Database, UTCDateTime

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.builds(datetime.fromtimestamp, st.integers(0, 4_000_000_000), ZONES)
NOON_IN_DELHI = datetime(2026, 11, 2, 12, 0, 0, 123456, timezone(timedelta(hours=5, minutes=30)))


@given(MOMENTS)
def test_a_moment_of_any_zone_is_sent_in_utc(moment: datetime) -> None:
    sent = UTCDateTime().process_bind_param(moment, sqlite.dialect())
    assert sent == moment
    assert sent is not None
    assert sent.utcoffset() == timedelta(0)


@given(MOMENTS)
def test_a_moment_without_its_zone_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="time zone"):
        UTCDateTime().process_bind_param(moment.replace(tzinfo=None), sqlite.dialect())


async def test_a_moment_comes_back_aware_and_in_utc(database_url: str) -> None:
    seen = Table("seen", MetaData(), Column("at", UTCDateTime), prefixes=["TEMPORARY"])
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(seen.create)
        await connection.execute(insert(seen), [{"at": NOON_IN_DELHI}, {"at": None}])
        moment, nothing = (await connection.execute(select(seen.c.at))).scalars().all()
    await database.close()
    assert (moment, moment.tzinfo, nothing) == (NOON_IN_DELHI, UTC, None)
