"""Uploads: nothing that was acknowledged is lost, whatever breaks off."""

import asyncio
import random
import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from infra.errors import NotFound
from infra.ids import new_id
from infra.journal import JournalEntry
from infra.session import Actor
from media.take import Take
from media.upload import spool, tus
from media.upload.expire import forget_expired
from media.upload.receive import Uploads
from media.upload.record import Upload
from tests.media.conftest import LARGEST, Studio
from tests.media.sending import (
    NAME,
    VERSION,
    append,
    body,
    broken,
    checksum,
    create,
    offset,
    patch,
    received,
    refused,
    stuck,
    until,
)


async def test_a_file_arrives_in_parts_and_its_ingest_is_queued_with_the_last_byte(studio: Studio) -> None:
    upload_id = await create(studio, 11, b"hello")
    assert await append(studio, upload_id, 5, b" wor", b"ld") == 11
    assert await received(studio, upload_id) == b"hello world"
    upload = await studio.upload(upload_id)
    assert not studio.spool.path(upload_id).exists()
    assert upload.received_at is not None
    assert upload.completed_at is None
    status = await studio.jobs.status(f"ingest-{upload.take_id}")
    assert status is not None
    assert status.state == "waiting"
    take = await studio.take(upload.take_id)
    assert (take.filename, take.state, take.byte_size, take.progress) == (NAME, "processing", 11, 1.0)
    known = await studio.uploads.status(studio.owner, upload_id)
    assert tus.parse_metadata(known.headers["Upload-Metadata"]) == {"filename": NAME}


async def test_the_last_part_sent_twice_is_received_once(studio: Studio) -> None:
    upload_id = await create(studio, 5, b"hello")
    assert await append(studio, upload_id, 5) == 5


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_breaks_off_resumes_from_durable_bytes_and_the_whole_is_the_same(
    studio: Studio, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "WRITTEN_TOGETHER", 7_000)
    monkeypatch.setattr(spool, "SYNCED_TOGETHER", 30_000)
    chance = random.Random(seed)
    content = chance.randbytes(chance.randrange(1, 300_000))
    upload_id = await create(studio, len(content))
    highest = 0
    while highest < len(content):
        at = await offset(studio, upload_id)
        assert highest <= at <= studio.spool.durable_size(upload_id)
        assert studio.spool.path(upload_id).read_bytes()[:at] == content[:at] if at else True
        highest = at
        rest = content[at:]
        ends = chance.choice(["break", "end", "kill"])
        size = chance.randrange(0, len(rest) + 1)
        if ends == "break":
            doing = studio.uploads.append(studio.owner, upload_id, patch(at), broken(rest, size))
            await refused(408, doing)
            assert await offset(studio, upload_id) == at + size
        elif ends == "end":
            pieces = [rest[n : n + 900] for n in range(0, size, 900)]
            assert await append(studio, upload_id, at, *pieces) == at + sum(map(len, pieces))
        else:
            # Bytes that were written but never acknowledged, as a kill leaves them.
            with studio.spool.path(upload_id).open("ab") as file:
                file.write(chance.randbytes(size))
        highest = max(highest, await offset(studio, upload_id))
    assert await received(studio, upload_id) == content


async def test_a_cancelled_request_keeps_what_arrived(studio: Studio) -> None:
    upload_id = await create(studio, 100)
    task = asyncio.create_task(studio.uploads.append(studio.owner, upload_id, patch(0), stuck(b"a" * 40)))
    await until(lambda: studio.spool.path(upload_id).exists())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    at = await offset(studio, upload_id)
    assert at in (0, 40)
    assert await append(studio, upload_id, at, b"a" * (100 - at)) == 100


async def test_a_slow_line_is_acknowledged_while_it_is_still_sending(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "SYNCED_AFTER_S", 0.02)
    upload_id = await create(studio, 100)
    task = asyncio.create_task(
        studio.uploads.append(studio.owner, upload_id, patch(0), stuck(b"a" * 10, b"b" * 10))
    )
    async with asyncio.timeout(20):
        while (await studio.upload(upload_id)).offset < 20:  # noqa: ASYNC110 - nor does a database
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_wrong_offset_is_a_conflict_that_names_the_right_one(studio: Studio) -> None:
    upload_id = await create(studio, 10, b"hello")
    for wrong in (0, 4, 6, 10):
        error = await refused(409, append(studio, upload_id, wrong, b"x"))
        assert error.headers["Upload-Offset"] == "5"
    assert await offset(studio, upload_id) == 5


async def test_what_is_too_long_is_refused_before_a_byte_is_taken(studio: Studio) -> None:
    with pytest.raises(tus.ProtocolError) as caught:
        await create(studio, LARGEST + 1)
    assert caught.value.status == 413
    upload_id = await create(studio, 10, b"hello")
    await refused(413, append(studio, upload_id, 5, b"world!", **{"Content-Length": "6"}))
    await refused(413, append(studio, upload_id, 5, b"wor", b"ld!"))
    assert await offset(studio, upload_id) == 8


async def test_a_full_disk_is_said_before_it_is_full(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    upload_id = await create(studio, 5_000, b"hello")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(4_000))
    await refused(507, create(studio, 3_500))
    await refused(507, append(studio, upload_id, 5, b"x" * 3_500, **{"Content-Length": "3500"}))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1_000))
    await refused(507, append(studio, upload_id, 5, b"x" * 10))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9))
    assert await offset(studio, upload_id) == 5
    assert await append(studio, upload_id, 5, b"x" * 10) == 15


async def test_a_body_under_a_checksum_counts_only_when_it_is_right(studio: Studio) -> None:
    upload_id = await create(studio, 10, b"hello", **{"Upload-Checksum": checksum(b"hello")})
    wrong = {"Upload-Checksum": checksum(b"World")}
    await refused(460, append(studio, upload_id, 5, b"world", **wrong))
    assert await offset(studio, upload_id) == 5
    headers = patch(5, **{"Upload-Checksum": checksum(b"world")})
    await refused(408, studio.uploads.append(studio.owner, upload_id, headers, broken(b"world", 3)))
    assert await offset(studio, upload_id) == 5
    assert await append(studio, upload_id, 5, b"world", **{"Upload-Checksum": checksum(b"world")}) == 10
    assert await received(studio, upload_id) == b"helloworld"


async def test_the_length_may_be_told_later_but_not_twice(studio: Studio) -> None:
    upload_id = await create(studio, None, b"hello")
    status = await studio.uploads.status(studio.owner, upload_id)
    assert status.headers["Upload-Defer-Length"] == "1"
    await refused(400, append(studio, upload_id, 5, b"", **{"Upload-Length": "4"}))
    assert await append(studio, upload_id, 5, b" wo", **{"Upload-Length": "11"}) == 8
    await refused(400, append(studio, upload_id, 8, b"", **{"Upload-Length": "12"}))
    assert await append(studio, upload_id, 8, b"rld") == 11
    assert (await studio.upload(upload_id)).received_at is not None


async def test_an_end_that_is_told_without_a_byte_is_an_end(studio: Studio) -> None:
    upload_id = await create(studio, None, b"hello")
    assert await append(studio, upload_id, 5, **{"Upload-Length": "5"}) == 5
    assert (await studio.upload(upload_id)).received_at is not None
    assert (await studio.upload(await create(studio, 0))).received_at is not None


async def test_another_person_finds_nothing_there(studio: Studio) -> None:
    upload_id = await create(studio, 10, b"hello")
    stranger = Actor(new_id(), studio.provider_id, frozenset({"trainee"}), "Eve")
    for doing in (
        studio.uploads.status(stranger, upload_id),
        studio.uploads.append(stranger, upload_id, patch(5), body(b"world")),
        studio.uploads.terminate(stranger, upload_id, VERSION),
        studio.uploads.status(studio.owner, new_id()),
    ):
        with pytest.raises(NotFound):
            await doing
    assert await offset(studio, upload_id) == 5


async def test_an_unfinished_upload_can_be_given_up_and_a_finished_one_cannot(studio: Studio) -> None:
    upload_id = await create(studio, 10, b"hello")
    take_id = (await studio.upload(upload_id)).take_id
    assert (await studio.uploads.terminate(studio.owner, upload_id, VERSION)).status == 204
    assert not studio.spool.path(upload_id).exists()
    with pytest.raises(NotFound):
        await studio.take(take_id)
    with pytest.raises(NotFound):
        await offset(studio, upload_id)
    finished = await create(studio, 5, b"hello")
    await refused(403, studio.uploads.terminate(studio.owner, finished, VERSION))


async def test_uploads_that_nobody_came_back_for_are_forgotten(studio: Studio) -> None:
    forgotten, waiting = await create(studio, 10, b"hello"), await create(studio, 10, b"hello")
    finished = await create(studio, 5, b"hello")
    async with studio.sessions.open(studio.owner) as session:
        for upload_id in (forgotten, finished):
            (await session.get(Upload, upload_id)).expires_at = session.now - timedelta(days=1)
    orphan = studio.spool.path(new_id())
    orphan.write_bytes(b"of no upload")
    assert await forget_expired(studio.sessions, studio.spool, studio.uploads.hand_over) == 1
    assert await received(studio, finished) == b"hello"
    assert {path.stem for path in studio.spool.folder.iterdir()} == {str(waiting)}
    async with studio.sessions.open(studio.owner) as session:
        assert len(await session.all(select(Take))) == 2
        actions = await session.all(select(JournalEntry.action))
    assert actions.count("upload.expired") == 1


async def test_a_disk_that_was_restored_is_admitted(studio: Studio) -> None:
    upload_id = await create(studio, 10, b"hello")
    studio.spool.path(upload_id).write_bytes(b"hel")
    assert await offset(studio, upload_id) == 3
    assert await append(studio, upload_id, 3, b"loworld") == 10


async def test_a_plain_form_sends_a_whole_file_or_nothing(studio: Studio) -> None:
    take_id = await studio.uploads.accept(studio.owner, NAME, studio.destination, body(b"hel", b"lo"))
    take = await studio.take(take_id)
    assert take.filename == NAME
    await studio.uploads.hand_over.settle()
    assert (await studio.take(take_id)).byte_size == 5
    assert await studio.jobs.status(f"ingest-{take_id}") is not None
    await refused(408, studio.uploads.accept(studio.owner, NAME, studio.destination, broken(b"hello", 3)))
    async with studio.sessions.open(studio.owner) as session:
        assert [each.id for each in await session.all(select(Take))] == [take_id]


async def test_no_body_is_held_in_memory(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    write = spool.SpoolFile.write

    def watched(file: spool.SpoolFile, data: bytes) -> None:
        written.append(len(data))
        write(file, data)

    monkeypatch.setattr(spool.SpoolFile, "write", watched)
    chunk = bytes(64 * 1024)
    await create(studio, 160 * len(chunk), *[chunk] * 160)
    assert max(written) <= spool.WRITTEN_TOGETHER + len(chunk)


async def test_twenty_uploads_at_once_all_arrive_whole(studio: Studio) -> None:
    async def one(seed: int) -> bool:
        content = random.Random(seed).randbytes(300_000)
        upload_id = await create(studio, len(content))
        for at in range(0, len(content), 100_000):
            await append(studio, upload_id, at, content[at : at + 100_000])
        return await received(studio, upload_id) == content

    assert all(await asyncio.gather(*[one(seed) for seed in range(20)]))


async def test_a_provider_keeps_no_more_film_than_its_quota(studio: Studio) -> None:
    uploads = Uploads(studio.sessions, studio.spool, studio.storage, largest=LARGEST, quota=1000)
    limited = replace(studio, uploads=uploads)
    await create(limited, 600, b"hello")  # under way: it counts as if it were whole
    await refused(413, create(limited, 401))
    await create(limited, 400)
    await refused(413, uploads.accept(studio.owner, NAME, studio.destination, body(b"hello")))
    async with studio.sessions.open(studio.owner, write=False) as session:
        assert len(await session.all(select(Take))) == 2
