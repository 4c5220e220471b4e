"""A store that takes parts has most of a film before its last byte arrives, whichever machine receives it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import NotFound
from infra.ids import new_id
from media.storage import Part
from media.storage.s3 import S3Storage
from media.upload.direct import contiguous
from media.upload.receive import Uploads
from media.upload.ship import next_parts
from media.upload.spool import Spool
from media.upload.tus import ProtocolError
from tests.media.conftest import LARGEST, Studio
from tests.media.sending import VERSION, append, create, offset
from tests.support.s3 import BUCKET, client_of, s3_server

PART = 5 * 1024 * 1024


@given(st.integers(0, 20), st.integers(0, 3000), st.integers(1, 97), st.booleans())
def test_parts_are_whole_and_follow_each_other(parts: int, more: int, size: int, is_last: bool) -> None:
    shipped, durable = parts * size, parts * size + more
    at = shipped
    found = list(next_parts(shipped, durable, size, is_last=is_last))
    for number, start, length in found:
        assert (start, number) == (at, 1 + start // size)
        assert length == size or (is_last and start + length == durable)
        at = start + length
    assert at == durable if is_last else durable - at < size


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server that keeps the rules of parts."""
    with s3_server("moto", tmp_path_factory.mktemp("moto") / "data") as address:
        yield address


@pytest.fixture
def store(server: str) -> S3Storage:
    """An empty store."""
    return S3Storage(client_of(server), BUCKET, str(new_id()), part_size=PART)


@pytest.fixture
def machine(studio: Studio, store: S3Storage) -> Studio:
    """A machine that keeps its films in S3."""
    return on_s3(studio, store, studio.spool)


def on_s3(studio: Studio, store: S3Storage, spool: Spool) -> Studio:
    """Return a machine with a spool of its own that works for the same provider."""
    uploads = Uploads(studio.sessions, spool, store, largest=LARGEST, is_direct=True)
    return replace(studio, spool=spool, uploads=uploads)


async def stored(studio: Studio, store: S3Storage, upload_id: UUID) -> bytes:
    """Return what has come to rest of an upload."""
    await studio.uploads.hand_over.settle()
    take = await studio.take((await studio.upload(upload_id)).take_id)
    assert take.original_key is not None
    return b"".join([block async for block in store.read(take.original_key)])


async def test_parts_are_stored_while_the_film_arrives(machine: Studio, store: S3Storage) -> None:
    content = random.Random(1).randbytes(2 * PART + 1000)
    upload_id = await create(machine, len(content), content[: PART + 10])
    await machine.uploads.hand_over.settle()
    upload = await machine.upload(upload_id)
    assert upload.shipped == PART
    assert upload.multipart is not None
    assert await append(machine, upload_id, PART + 10, content[PART + 10 :]) == len(content)
    assert await stored(machine, store, upload_id) == content
    assert list(machine.spool.folder.iterdir()) == []
    assert await store.unfinished("") == []
    assert await machine.jobs.status(f"ingest-{upload.take_id}") is not None


async def test_a_small_film_is_one_part(machine: Studio, store: S3Storage) -> None:
    upload_id = await create(machine, 5, b"hello")
    assert await stored(machine, store, upload_id) == b"hello"
    assert list(machine.spool.folder.iterdir()) == []


async def test_another_machine_goes_on_where_the_store_has_it(
    machine: Studio, store: S3Storage, tmp_path: Path
) -> None:
    content = random.Random(2).randbytes(3 * PART)
    upload_id = await create(machine, len(content), content[: PART + 4321])
    await machine.uploads.hand_over.settle()
    other = on_s3(machine, store, Spool(tmp_path / "elsewhere", reserve=1024))
    assert await offset(other, upload_id) == PART  # what only the first machine had is asked for again
    assert await append(other, upload_id, PART, content[PART:]) == len(content)
    assert await stored(other, store, upload_id) == content


async def test_a_film_that_is_given_up_leaves_no_part(machine: Studio, store: S3Storage) -> None:
    upload_id = await create(machine, 3 * PART, bytes(2 * PART))
    await machine.uploads.hand_over.settle()
    assert len(await store.unfinished("")) == 1
    await machine.uploads.terminate(machine.owner, upload_id, VERSION)
    assert await store.unfinished("") == []
    assert list(machine.spool.folder.iterdir()) == []


@pytest.mark.parametrize("call", ["begin", "put_part", "finish", "parts", "stat"])
async def test_a_store_that_is_away_for_a_while_loses_nothing(
    machine: Studio, store: S3Storage, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = random.Random(3).randbytes(2 * PART + 99)
    gone = S3Storage(client_of("http://127.0.0.1:9"), BUCKET, part_size=PART)
    with monkeypatch.context() as broken:
        broken.setattr(store, call, getattr(gone, call))
        upload_id = await create(machine, len(content), content[: PART + 10])
        await append(machine, upload_id, PART + 10, content[PART + 10 :])
        await machine.uploads.hand_over.settle()
        assert machine.spool.durable_size(upload_id) == len(content)
    await machine.uploads.hand_over.take_up()
    assert await stored(machine, store, upload_id) == content
    assert list(machine.spool.folder.iterdir()) == []


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([PART, PART - 1, 2 * PART]))))
def test_only_whole_parts_without_a_gap_count(parts: list[tuple[int, int]]) -> None:
    sizes = dict(parts)
    counted = contiguous([Part(number, size, "") for number, size in sizes.items()], PART)
    assert counted % PART == 0
    assert all(sizes[number] == PART for number in range(1, counted // PART + 1))
    assert sizes.get(counted // PART + 1) != PART


async def put(address: str, content: bytes) -> None:
    """Send a part as a browser does."""
    async with aiohttp.ClientSession() as http, http.put(address, data=content) as answer:
        assert answer.status == 200, await answer.text()


async def test_parts_go_straight_to_the_store_and_the_last_by_tus(machine: Studio, store: S3Storage) -> None:
    content = random.Random(3).randbytes(4 * PART)
    upload_id = await create(machine, len(content))
    direct = machine.uploads.direct
    first = await direct.next(machine.owner, upload_id)
    assert (first.offset, first.part_size, list(first.links)) == (0, PART, [1, 2])
    await put(first.links[2], content[PART : 2 * PART])
    assert (await direct.next(machine.owner, upload_id)).offset == 0  # the first is missing
    await put(first.links[1], content[:PART])
    second = await direct.next(machine.owner, upload_id)
    assert (second.offset, list(second.links)) == (2 * PART, [3])  # the last part comes by tus
    assert await offset(machine, upload_id) == 2 * PART
    await put(second.links[3], content[2 * PART : -5])  # of another size: it does not count
    assert (await direct.next(machine.owner, upload_id)).offset == 2 * PART
    await put(second.links[3], content[2 * PART : 3 * PART])
    assert (await direct.next(machine.owner, upload_id)).links == {}
    assert await append(machine, upload_id, 3 * PART, content[3 * PART :]) == len(content)
    assert await stored(machine, store, upload_id) == content
    assert await store.unfinished("") == []


async def test_parts_are_for_the_owner_and_never_beside_bytes_in_the_spool(machine: Studio) -> None:
    upload_id = await create(machine, 3 * PART, b"hello")
    with pytest.raises(ProtocolError) as refused:
        await machine.uploads.direct.next(machine.owner, upload_id)
    assert refused.value.status == 409
    other = replace(machine.owner, person_id=new_id())
    with pytest.raises(NotFound):
        await machine.uploads.direct.next(other, upload_id)


async def test_a_disk_takes_no_parts(studio: Studio) -> None:
    upload_id = await create(studio, 3 * PART)
    with pytest.raises(ProtocolError):
        await studio.uploads.direct.next(studio.owner, upload_id)
