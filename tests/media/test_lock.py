"""One writer to an upload, and whoever comes later gets it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from infra.ids import new_id
from media.upload import lock
from media.upload.record import Upload
from tests.media.conftest import Studio
from tests.media.sending import append, create, offset, patch, received, refused, stuck, until


async def test_whoever_asks_makes_a_stuck_request_save_and_let_go(studio: Studio) -> None:
    upload_id = await create(studio, 100)
    stuck_request = asyncio.create_task(
        studio.uploads.append(studio.owner, upload_id, patch(0), stuck(b"a" * 40))
    )
    await until(lambda: studio.spool.path(upload_id).exists())
    at = await offset(studio, upload_id)
    assert (await refused(423, stuck_request)).status == 423
    assert await append(studio, upload_id, at, b"a" * (100 - at)) == 100
    assert await received(studio, upload_id) == b"a" * 100


async def test_a_newcomer_takes_over_from_a_stuck_request(studio: Studio) -> None:
    upload_id = await create(studio, 100, b"a" * 10)
    stuck_request = asyncio.create_task(studio.uploads.append(studio.owner, upload_id, patch(10), stuck()))
    await until(lambda: studio.uploads._locks._holds)
    assert await append(studio, upload_id, 10, b"b" * 90) == 100
    await refused(423, stuck_request)


async def test_a_writer_that_died_is_outlived(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", timedelta(seconds=0.3))
    upload_id = await create(studio, 10, b"hello")
    async with studio.sessions.open(studio.owner) as session:
        upload = await session.get(Upload, upload_id)
        upload.writer, upload.writer_until = new_id(), session.now + timedelta(seconds=0.3)
    assert await append(studio, upload_id, 5, b"world") == 10


async def test_a_writer_that_lost_its_lease_acknowledges_nothing_more(studio: Studio) -> None:
    upload_id = await create(studio, 100)
    more = asyncio.Event()

    async def paused() -> AsyncIterator[bytes]:
        yield b"a" * 10
        await more.wait()
        yield b"a" * 10

    old = asyncio.create_task(studio.uploads.append(studio.owner, upload_id, patch(0), paused()))
    await until(lambda: studio.spool.path(upload_id).exists())
    async with studio.sessions.open(studio.owner) as session:
        upload = await session.get(Upload, upload_id)
        upload.writer = new_id()
    more.set()
    await refused(423, old)
    assert (await studio.upload(upload_id)).offset == 0
