"""A store that takes parts has most of a film before its last byte arrives, whichever machine receives it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.ids import new_id
from media.storage.s3 import S3Storage
from media.upload.receive import Uploads
from media.upload.ship import next_parts
from media.upload.spool import Spool
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
    uploads = Uploads(studio.sessions, spool, store, largest=LARGEST)
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
