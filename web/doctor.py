"""Whether the service can run here."""

import shutil
from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from infra.database import Database
from infra.settings import Settings
from web.app import STATIC
from web.migrations import migration_config


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    is_well: bool
    text: str


async def examine(settings: Settings) -> list[Finding]:
    """Return what is well and what needs mending, with what to do."""
    return [
        Finding(True, f"settings: {'production' if settings.is_production else 'development'}"),
        _disk(settings),  # first: an embedded database lies there
        await _database(settings),
        _client(),
    ]


async def _database(settings: Settings) -> Finding:
    """Return whether the database can be reached and is at the present version."""
    head = ScriptDirectory.from_config(migration_config(settings.database_url)).get_current_head()
    database = Database(settings.database_url)

    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    try:
        async with database.engine.connect() as connection:
            current = await connection.run_sync(revision)
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            False, f"database: cannot be reached ({type(error).__name__}); check OBSERVE_DATABASE_URL"
        )
    finally:
        await database.close()
    if current != head:
        return Finding(False, f"database: at version {current or 'none'}, not {head}; run `observe migrate`")
    return Finding(True, f"database: {database.url.get_backend_name()}, at version {head}")


async def database_problem(settings: Settings) -> str | None:
    """Return why the service must not start on this database, or None."""
    finding = await _database(settings)
    return None if finding.is_well else finding.text


def _disk(settings: Settings) -> Finding:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        probe = settings.data / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding(
            False, f"data: {settings.data} cannot be written ({error.strerror}); check OBSERVE_DATA"
        )
    free = shutil.disk_usage(settings.data).free
    if free < settings.disk_reserve:
        return Finding(False, f"data: only {free // 1024**2} MiB free; uploads are refused below the reserve")
    return Finding(True, f"data: {settings.data}, {free // 1024**3} GiB free")


def _client() -> Finding:
    if not (STATIC / "manifest.json").exists():
        return Finding(False, "pages: scripts and styles are not built; run `make client`")
    return Finding(True, "pages: scripts and styles are built")
