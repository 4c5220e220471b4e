"""What has been received reaches the store, whatever breaks off on the way."""

from pathlib import Path

import pytest

from media.storage.disk import DiskStorage
from media.upload.hand_over import HandOver
from tests.media.conftest import Studio
from tests.media.sending import create, received


async def test_a_store_that_is_away_loses_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    put = DiskStorage.put

    async def away(*_: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(DiskStorage, "put", away)
    upload_id = await create(studio, 5, b"hello")
    hand_over = studio.uploads.hand_over
    await hand_over.settle()
    assert studio.spool.path(upload_id).read_bytes() == b"hello"
    assert (await studio.take((await studio.upload(upload_id)).take_id)).state == "receiving"
    monkeypatch.setattr(DiskStorage, "put", put)
    await hand_over.take_up()
    assert await received(studio, upload_id) == b"hello"
    assert not studio.spool.path(upload_id).exists()


async def test_a_process_that_died_between_storing_and_saying_so_is_made_up_for(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = DiskStorage.put

    async def put_and_die(storage: DiskStorage, key: str, file: Path) -> None:
        await put(storage, key, file)
        raise OSError("dead")

    monkeypatch.setattr(DiskStorage, "put", put_and_die)
    upload_id = await create(studio, 5, b"hello")
    await studio.uploads.hand_over.settle()
    assert not studio.spool.path(upload_id).exists()
    monkeypatch.setattr(DiskStorage, "put", put)
    again = HandOver(studio.sessions, studio.spool, studio.storage)
    for _ in range(2):
        await again.take_up()
        await again.settle()
    assert await received(studio, upload_id) == b"hello"
    upload = await studio.upload(upload_id)
    assert await studio.jobs.status(f"ingest-{upload.take_id}") is not None


async def test_a_machine_that_has_not_the_file_leaves_it_to_the_one_that_has(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as broken:
        broken.setattr(DiskStorage, "put", away)
        upload_id = await create(studio, 5, b"hello")
        await studio.uploads.hand_over.settle()
    elsewhere = HandOver(studio.sessions, type(studio.spool)(tmp_path / "other"), studio.storage)
    await elsewhere.take_up()
    await elsewhere.settle()
    assert (await studio.take((await studio.upload(upload_id)).take_id)).original_key is None
    assert studio.spool.path(upload_id).read_bytes() == b"hello"
