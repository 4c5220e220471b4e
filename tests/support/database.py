"""Migrated, empty databases, quickly: migrated once into a template, copied for each test."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command

from infra.ids import new_id
from infra.jobs import prepare
from tests.support.postgres import Cluster
from web.migrations import migration_config


def migrate(database_url: str) -> None:
    """Bring a database to the present version, from whichever thread: revisions run a loop of their own."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            command.upgrade(migration_config(database_url), "head")
            prepare(database_url)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]


def sqlite_template(folder: Path) -> Path:
    """Return a migrated SQLite file, whole in one file."""
    path = folder / "template.sqlite"
    migrate(f"sqlite+aiosqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def sqlite_copy(template: Path, folder: Path) -> str:
    """Return the address of a fresh copy."""
    path = folder / f"{new_id().hex}.sqlite"
    shutil.copy(template, path)
    return f"sqlite+aiosqlite:///{path}"


def postgres_template(cluster: Cluster) -> str:
    """Return the name of a migrated database to copy."""
    cluster.run("CREATE DATABASE template_observe OWNER owner")
    migrate(cluster.url("template_observe", "owner"))
    cluster.grant("template_observe")
    return "template_observe"


def postgres_copy(cluster: Cluster, template: str) -> tuple[str, Callable[[], None]]:
    """Return the address of a fresh copy for the service's role, and how to drop it."""
    name = f"test_{new_id().hex}"
    cluster.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    return cluster.url(name, "app"), lambda: cluster.run(f"DROP DATABASE {name} WITH (FORCE)")
