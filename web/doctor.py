"""Whether the service can run here."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from infra.database import Database
from infra.ids import new_id
from infra.settings import Settings
from media.storage import Missing, Storage, StorageAway
from media.storage.connect import open_storage
from web.app import STATIC
from web.migrations import migration_config

PROBE = b"written by observe doctor"
LINKED_S = 30


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
        await _store(settings),
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


async def _store(settings: Settings) -> Finding:
    """Return whether films can be written, read, removed, and fetched by a browser."""
    key = f"doctor/{new_id()}"
    try:
        storage = open_storage(settings.storage_url, settings.s3_endpoint)
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "probe"
            await asyncio.to_thread(probe.write_bytes, PROBE)
            await storage.put(key, probe)
        try:
            read = b"".join([block async for block in storage.read(key)])
            problem = "gives back other bytes than it got" if read != PROBE else None
            problem = problem or await _link_problem(storage, key, settings.public_url)
        finally:
            await storage.delete(key)
    except (StorageAway, Missing, OSError) as error:
        return Finding(
            False,
            f"store: {settings.storage_url} cannot be used ({error}); check OBSERVE_STORAGE_URL, "
            "OBSERVE_S3_ENDPOINT, and that the credentials may get, put, list and delete objects",
        )
    if problem is not None:
        return Finding(False, f"store: {settings.storage_url} {problem}")
    return Finding(True, f"store: {settings.storage_url} can be written, read and fetched from")


async def _link_problem(storage: Storage, key: str, public_url: str) -> str | None:
    """Return why a browser could not fetch film from the store, or None."""
    link = await storage.link(key, LINKED_S)
    if link is None:
        return None
    page = urlsplit(public_url)
    origin = f"{page.scheme}://{page.netloc}"
    if page.scheme == "https" and urlsplit(link).scheme != "https":
        return "is reached by http, which pages served by https may not use; give it an https endpoint"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(LINKED_S)) as client,
            client.get(link, headers={"Origin": origin}) as answer,
        ):
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            status, content = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"cannot be fetched from by a browser ({error}); check OBSERVE_S3_ENDPOINT"
    if (status, content) != (200, PROBE):
        return f"answers {status} to the address of an object; check the clocks, and the bucket's policy"
    if allowed not in ("*", origin):
        return f"does not let pages fetch film; let the bucket's CORS rules allow GET from {origin}"
    return None


def _client() -> Finding:
    if not (STATIC / "manifest.json").exists():
        return Finding(False, "pages: scripts and styles are not built; run `make client`")
    return Finding(True, "pages: scripts and styles are built")
