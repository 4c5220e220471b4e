"""The database: one set of records on SQLite (embedded) and PostgreSQL (scaled)."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    Text,
    Uuid,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from infra.ids import new_id

Json = JSON().with_variant(JSONB(), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; SQLite, which forgets the zone, is given it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Record(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """A row that outlives the process."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        UUID: Uuid(),
        int: BigInteger(),  # bytes and milliseconds outgrow 32 bits
        str: Text(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }

    @classmethod
    def provider_criterion(cls, provider_id: UUID) -> ColumnElement[bool] | None:
        """Return what makes a row visible to one provider; None for rows that belong to nobody."""
        return None


class Identified(MappedAsDataclass, kw_only=True):
    """A record with an id of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)


class ProviderOwned(MappedAsDataclass, kw_only=True):
    """A record that belongs to one provider. The session fills in which and never shows it to another."""

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True, init=False)

    @classmethod
    def provider_criterion(cls, provider_id: UUID) -> ColumnElement[bool] | None:
        """Return the criterion that the row is this provider's."""
        return cls.provider_id == provider_id


def _prepare_sqlite_connection(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would start transactions as DEFERRED and late.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # SQLite drops FOR UPDATE silently; a writer takes the write lock before its first read instead.
    is_writer = connection.get_execution_options().get("is_writer", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


class Database:
    """The engine for one database URL (`sqlite+aiosqlite:///…` or `postgresql+psycopg://…`)."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine: AsyncEngine = create_async_engine(self.url, pool_size=8, max_overflow=24)
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite_connection)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            self.engine = create_async_engine(
                self.url, pool_size=10, max_overflow=20, pool_pre_ping=True, pool_recycle=1800
            )

    async def close(self) -> None:
        """Return every connection."""
        await self.engine.dispose()
