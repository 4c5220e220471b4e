"""Migrations: to the present version, in step with the records, back and forth again."""

import threading
from collections.abc import Callable

import pytest
from alembic import command

from infra.ids import new_id
from tests.support.postgres import Cluster
from web.migrations import migration_config


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database without a table, for whoever migrates it."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('empty') / 'empty.sqlite'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"empty_{new_id().hex}"
    cluster.run(f"CREATE DATABASE {name}")
    return cluster.url(name, "owner")


def apart(work: Callable[[], object]) -> None:
    """Do something in a thread of its own: revisions run a loop."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]


def test_migrations_lead_to_what_the_records_say(empty_url: str) -> None:
    config = migration_config(empty_url)
    apart(lambda: command.upgrade(config, "head"))
    apart(lambda: command.check(config))  # raises when a revision is missing


def test_migrations_can_be_taken_back_and_made_again(empty_url: str) -> None:
    config = migration_config(empty_url)
    apart(lambda: command.upgrade(config, "head"))
    apart(lambda: command.downgrade(config, "base"))
    apart(lambda: command.upgrade(config, "head"))
    apart(lambda: command.check(config))
