"""How the engine is set up: in the application's own database, in JSON, quiet, and by itself."""

import logging

from dbos import DBOS, DBOSClient, DBOSConfig
from dbos._schemas.system_database import SystemSchema
from dbos._serialization import DBOSPortableJSONSerializer
from sqlalchemy.engine import make_url

APP = "observe"
VERSION = "1"  # of the workflows' steps: raise it only when running jobs must not be resumed by new code
SCHEMA = "dbos"
QUEUE = "lessons"
PATIENT_QUEUE = (
    "patient"  # work that people do not wait for, so that it does not stand in the way of what they do
)
QUEUES = (QUEUE, PATIENT_QUEUE)
POLL_SECONDS = 0.25
SCHEDULE_POLL_SECONDS = 2.0
THREADS = 32  # they become the threads of asyncio.to_thread too

_TABLES = {table.name for table in SystemSchema.metadata_obj.tables.values()} | {"dbos_migrations"}


def prepare(database_url: str) -> None:
    """Bring the engine's own tables to the version that this code needs."""
    quieten()
    DBOS.migrate(_address(database_url), schema=SCHEMA)


def is_ours(table: str | None, schema: str | None) -> bool:
    """Whether a table belongs to the project rather than to the engine, which migrates its own."""
    return schema != SCHEMA and table not in _TABLES


def config(database_url: str, executor_id: str) -> DBOSConfig:
    """Return what a worker is launched with."""
    return {
        "name": APP,
        "system_database_url": _address(database_url),
        "dbos_system_schema": SCHEMA,
        "application_version": VERSION,
        "executor_id": executor_id,
        "serializer": DBOSPortableJSONSerializer(),  # the default would unpickle what the database holds
        "run_migrations": False,
        "max_executor_threads": THREADS,
        "log_level": "WARNING",
        "enable_otlp": False,
        "notification_listener_polling_interval_sec": POLL_SECONDS,
        "scheduler_polling_interval_sec": SCHEDULE_POLL_SECONDS,
    }


def client(database_url: str) -> DBOSClient:
    """Return what queues and asks, without doing jobs."""
    return DBOSClient(
        system_database_url=_address(database_url),
        dbos_system_schema=SCHEMA,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APP,
        lazy=True,
    )


def quieten() -> None:
    """Let the engine log what is amiss, and nothing else."""
    logging.getLogger("dbos").setLevel(logging.WARNING)


def _address(database_url: str) -> str:
    """Return the address as the engine, which is not asynchronous, wants it."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    return url.set(drivername=driver).render_as_string(hide_password=False)
