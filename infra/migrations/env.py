"""Runs revisions on the database named in the configuration's attributes."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from infra.database import Database
from infra.jobs import is_ours


def _configure_and_run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        render_as_batch=True,
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
