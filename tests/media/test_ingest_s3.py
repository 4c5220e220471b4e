"""The same film comes out of a store in S3, also when that is away in any step."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.ids import new_id
from media.ingest.ladder_job import LadderJob
from media.ingest.steps import TakeJob
from media.storage import StorageAway
from media.storage.s3 import S3Storage
from media.upload.receive import Uploads
from tests.media.clips import Clip, make
from tests.media.conftest import LARGEST, Studio
from tests.media.test_ingest import STEPS, ingested, sent
from tests.media.test_package import B_FRAMES
from tests.support.s3 import BUCKET, client_of, s3_server


@pytest.fixture(scope="module", params=["nanio", "moto"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server."""
    with s3_server(request.param, tmp_path_factory.mktemp(request.param) / "data") as address:
        yield address


@pytest.fixture
def store(server: str) -> S3Storage:
    """An empty store."""
    return S3Storage(client_of(server), BUCKET, str(new_id()))


@pytest.fixture
def scaled(studio: Studio, store: S3Storage) -> Studio:
    """A studio that keeps its films in S3."""
    uploads = Uploads(studio.sessions, studio.spool, store, largest=LARGEST)
    return replace(studio, uploads=uploads, ingest=replace(studio.ingest, storage=store))


def film(folder: Path) -> Path:
    """Return a film of a few segments."""
    return make(folder / "f.mp4", Clip(seconds=10, size=(640, 480), options=B_FRAMES))


async def names(store: S3Storage, prefix: str) -> set[str]:
    """Return what is stored under a prefix."""
    return {each.key.removeprefix(f"{prefix}/") for each in await store.contents(prefix)}


async def test_film_is_prepared_in_s3_as_on_the_disk(
    studio: Studio, scaled: Studio, store: S3Storage, tmp_path: Path
) -> None:
    here = await ingested(studio, await sent(studio, film(tmp_path)))
    there = await ingested(scaled, await sent(scaled, film(tmp_path)))
    for each, take in ((studio, here), (scaled, there)):
        assert take.package_key is not None
        for number in range(2):
            await LadderJob(each.ingest, each.provider_id, take.id, take.package_key).climb(number)
    on_disk = {stored.key.rsplit("/")[-1] for stored in await studio.storage.contents(str(here.package_key))}
    assert await names(store, str(there.package_key)) == on_disk
    assert "video-240.m3u8" in on_disk
    for name in on_disk:
        one = b"".join([block async for block in studio.storage.read(f"{here.package_key}/{name}")])
        assert one == b"".join([block async for block in store.read(f"{there.package_key}/{name}")]), name
    assert (here.media, here.sha256) == (there.media, there.sha256)


@pytest.mark.parametrize("step", STEPS)
async def test_a_store_that_is_away_in_a_step_is_waited_for(
    scaled: Studio, store: S3Storage, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_id = await sent(scaled, film(tmp_path))
    do: Any = getattr(TakeJob, f"_{step}")
    answer = S3Storage._do
    tried = []

    async def away(_: S3Storage, key: str, *__: object, **___: object) -> None:
        raise StorageAway(key)

    async def first_without_the_store(*arguments: Any) -> Any:
        tried.append(step)
        monkeypatch.setattr(S3Storage, "_do", away if len(tried) == 1 else answer)
        try:
            return await do(*arguments)
        finally:
            monkeypatch.setattr(S3Storage, "_do", answer)

    monkeypatch.setattr(TakeJob, f"_{step}", first_without_the_store)
    take = await ingested(scaled, take_id)
    assert take.state == "ready"
    assert tried
    left = {name.split("/")[0] for name in await names(store, take.folder)}
    assert left == {"original", str(take.package_key).rsplit("/")[-1]}
    assert list(scaled.ingest.work.iterdir()) == []
