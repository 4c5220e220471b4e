"""Bringing a database to the present version."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import infra.migrations
from infra.database import Record
from infra.jobs import prepare
from infra.settings import Settings
from web import all_routes as _every_record  # noqa: F401 - the routes import every room and so every record


def migration_config(database_url: str) -> Config:
    """Return Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(Path(infra.migrations.__file__).parent))
    config.attributes["database_url"] = database_url
    config.attributes["metadata"] = Record.metadata
    return config


def migrate_database(settings: Settings) -> None:
    """Upgrade the tables, ours and the job engine's, to the present version."""
    settings.data.mkdir(parents=True, exist_ok=True)
    command.upgrade(migration_config(settings.database_url), "head")
    prepare(settings.database_url)
