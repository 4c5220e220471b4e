"""`observe media …`: what an operator does with stored film."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import select

from infra.clock import SystemClock
from infra.session import Actor
from infra.settings import Settings
from media.ingest.workflow import retry
from media.storage import StorageAway
from media.storage.connect import open_storage
from media.storage.move import Differs, Moved, copy_all
from media.sweep import LEFT_ALONE, Orphans, find_orphans, remove
from media.take import Take
from web.deployment import Deployment

console = Console()
SHOWN = 20  # objects of a long list


async def sweep(settings: Settings, *, is_deleting: bool, is_all: bool) -> None:
    """Show what nothing names, and remove it if asked to."""
    deployment = Deployment(settings, SystemClock())
    try:
        storage = deployment.ingest.storage
        orphans = await find_orphans(
            deployment.sessions, storage, deployment.spool, timedelta() if is_all else LEFT_ALONE
        )
        if not orphans:
            console.print("Everything that is stored is in use.")
            return
        console.print(_table(orphans))
        if is_deleting:
            await remove(orphans, storage, deployment.spool)
            console.print("Removed.")
        else:
            console.print("Nothing was removed. To remove it: observe media sweep --delete")
    finally:
        await deployment.database.close()


async def move(settings: Settings, target_url: str, endpoint: str | None) -> None:
    """Copy everything that is stored to another store, and check it there."""
    deployment = Deployment(settings, SystemClock())
    try:
        target = open_storage(target_url, settings.s3_endpoint if endpoint is None else endpoint)
        async with deployment.sessions.open(Actor.system(), write=False) as session:
            providers = await session.all(select(Take.provider_id).distinct())
        new = 0
        with Progress(console=console, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Copying", total=None)

            def tell(moved: Moved, count: int) -> None:
                nonlocal new
                new += moved.is_new
                progress.update(task, total=count, advance=1)

            prefixes = [str(provider_id) for provider_id in providers]
            count = await copy_all(deployment.ingest.storage, target, prefixes, tell)
        console.print(f"{count} objects are there, {new} of them new; each was read back and compared.")
        console.print(f"Now stop the service, run this once more, and set OBSERVE_STORAGE_URL={target_url}")
    finally:
        await deployment.database.close()


async def retry_failed(settings: Settings) -> None:
    """Begin again with every film that failed and was not refused; a running worker does the rest."""
    deployment = Deployment(settings, SystemClock())
    try:
        async with deployment.sessions.open(Actor.system(), write=False) as session:
            failed = await session.all(select(Take).where(Take.state == "failed", Take.refused_at.is_(None)))
        for take in failed:
            async with deployment.sessions.open(Actor.system(take.provider_id)) as session:
                await retry(session, take.id)
            console.print(f"Begun again: {take.filename}, sent for lesson {take.lesson_id}")
        console.print(f"{len(failed)} films." if failed else "No film failed for a reason of ours.")
    finally:
        await deployment.database.close()


def run(doing: Coroutine[Any, Any, None]) -> None:
    """Run one of these, and say in words what went wrong."""
    try:
        asyncio.run(doing)
    except (StorageAway, Differs) as error:
        raise click.ClickException(f"The store did not do as it was asked: {error}. Try again.") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _table(orphans: Orphans) -> Table:
    table = Table("What nothing names", "Size", title=f"{orphans.byte_size / 1e6:,.1f} MB in all")
    for stored in orphans.objects[:SHOWN]:
        table.add_row(stored.key, f"{stored.byte_size / 1e6:,.1f} MB")
    if len(orphans.objects) > SHOWN:
        table.add_row(f"and {len(orphans.objects) - SHOWN} more", "")
    for begun in orphans.begun:
        table.add_row(f"{begun.key} (begun in parts, {begun.begun_at:%Y-%m-%d})", "")
    for upload_id in orphans.spooled:
        table.add_row(str(Path("spool") / f"{upload_id}.part"), "")
    return table
