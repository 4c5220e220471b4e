"""The same film comes out of a store in S3, also when that is away in any step."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.ids import new_id
from media.ingest.ladder_job import LadderJob
from media.ingest.steps import TakeJob
from media.storage.s3 import S3Storage
from media.upload.receive import Uploads
from tests.media.clips import Clip, make
from tests.media.conftest import LARGEST, Studio
from tests.media.sending import body
from tests.media.test_ingest import STEPS, ingested, sent
from tests.media.test_package import B_FRAMES
from tests.support.s3 import BUCKET, client_of, s3_server
from tests.support.tcp_proxy import Proxy, proxied


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
    return kept_in(studio, store)


def kept_in(studio: Studio, store: S3Storage) -> Studio:
    """Return a studio that keeps its films in another store."""
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


BUSY = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refused": lambda proxy: setattr(proxy, "is_open", False),
    "cut": lambda proxy: proxy.cut_every(20_000),
    "busy": lambda proxy: setattr(proxy, "answer", BUSY),
    "hung": lambda proxy: setattr(proxy, "is_hung", True),
}


@pytest.mark.parametrize("server", ["nanio"], indirect=True)
@pytest.mark.parametrize(
    ("step", "fault"),
    [
        *[(step, "refused") for step in STEPS],
        *itertools.product(("package", "verify"), ("cut", "busy", "hung")),
    ],
)
async def test_a_store_that_fails_in_a_step_is_waited_for(
    studio: Studio, server: str, tmp_path: Path, step: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxied(urlsplit(server).port or 0) as proxy:
        client = client_of(f"http://127.0.0.1:{proxy.port}", patience_s=0.5)
        store = S3Storage(client, BUCKET, str(new_id()))
        scaled = kept_in(studio, store)
        take_id = await sent(scaled, film(tmp_path))
        do: Any = getattr(TakeJob, f"_{step}")
        tried: list[str] = []

        async def first_with_the_fault(*arguments: Any) -> Any:
            tried.append(step)
            if len(tried) > 1:
                return await do(*arguments)
            proxy.cut()
            FAULTS[fault](proxy)
            try:
                return await do(*arguments)
            finally:
                proxy.heal()

        monkeypatch.setattr(TakeJob, f"_{step}", first_with_the_fault)
        take = await ingested(scaled, take_id)
        assert take.state == "ready"
        assert len(tried) > 1 or fault == "cut", "the fault was not felt"
        left = {name.split("/")[0] for name in await names(store, take.folder)}
        assert left == {"original", str(take.package_key).rsplit("/")[-1]}
        assert take.sha256 == hashlib.sha256((tmp_path / "f.mp4").read_bytes()).hexdigest()
        assert list(scaled.ingest.work.iterdir()) == []


@pytest.mark.parametrize("server", ["nanio"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_that_fails_while_a_film_arrives_is_waited_for(
    studio: Studio, server: str, tmp_path: Path, fault: str
) -> None:
    async with proxied(urlsplit(server).port or 0) as proxy:
        client = client_of(f"http://127.0.0.1:{proxy.port}", patience_s=0.5)
        scaled = kept_in(studio, S3Storage(client, BUCKET, str(new_id())))
        FAULTS[fault](proxy)
        content = film(tmp_path).read_bytes()
        take_id = await scaled.uploads.accept(scaled.owner, "lesson.mp4", scaled.destination, body(content))
        proxy.heal()
        await scaled.uploads.hand_over.settle()
        await scaled.uploads.hand_over.start()
        await scaled.uploads.hand_over.settle()
        take = await ingested(scaled, take_id)
        await scaled.uploads.hand_over.close()
        assert (take.state, take.sha256) == ("ready", hashlib.sha256(content).hexdigest())
