"""Runs revisions on the database named in the configuration's attributes."""

import asyncio
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from infra.database import Database, UTCDateTime
from infra.jobs import is_ours


def _render(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write revisions without our own types: they must outlive a change of them."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _configure_and_run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        render_as_batch=True,
        render_item=_render,
        include_name=lambda name, kind, parents: kind != "table" or is_ours(name, parents.get("schema_name")),
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    database = Database(context.config.attributes["database_url"])
    async with database.engine.begin() as connection:
        await connection.run_sync(_configure_and_run)
    await database.close()


asyncio.run(_run())
