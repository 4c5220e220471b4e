"""What only S3 has: addresses that are good for a while, and objects that arrive in parts."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.ids import new_id
from media.storage import BadKey, InParts, Missing, Storage, StorageAway
from media.storage.disk import DiskStorage
from media.storage.s3 import PART_SIZE, S3Storage
from tests.media.test_storage import read, written
from tests.support.s3 import BUCKET, client_of, s3_server

SMALL = 5 * 1024 * 1024  # the least that S3 takes as a part

FROM_THE_BROWSER = b"from the browser"


@pytest.fixture(scope="module", params=["nanio", "moto"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server."""
    with s3_server(request.param, tmp_path_factory.mktemp(request.param) / "data") as address:
        yield address


@pytest.fixture
def storage(server: str) -> S3Storage:
    """An empty store."""
    return S3Storage(client_of(server), BUCKET, str(new_id()), part_size=SMALL)


async def fetched(address: str, **headers: str) -> tuple[int, bytes]:
    """Return what somebody gets who knows no more than an address."""

    def fetch() -> tuple[int, bytes]:
        request = urllib.request.Request(address, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""

    return await asyncio.to_thread(fetch)


def test_both_are_stores_and_s3_takes_parts(storage: S3Storage, tmp_path: Path) -> None:
    both: list[Storage] = [storage, DiskStorage(tmp_path)]
    assert [isinstance(each, InParts) for each in both] == [True, False]
    assert PART_SIZE >= SMALL


async def test_an_address_is_good_for_the_object_and_its_ranges(storage: S3Storage, tmp_path: Path) -> None:
    await storage.put("p/video-00000.m4s", written(tmp_path / "f", b"a lesson"))
    address = await storage.link("p/video-00000.m4s", 30)
    assert address is not None
    assert await fetched(address) == (200, b"a lesson")
    assert await fetched(address, Range="bytes=2-3") == (206, b"le")
    assert await DiskStorage(tmp_path).link("p/video-00000.m4s", 30) is None


async def test_an_address_that_is_too_old_or_changed_is_refused(tmp_path: Path) -> None:
    with s3_server("nanio", tmp_path / "data") as address:  # moto takes any signature
        storage = S3Storage(client_of(address), BUCKET)
        await storage.put("p/k", written(tmp_path / "f", b"a lesson"))
        await storage.put("p/other", written(tmp_path / "f", b"another lesson"))
        good, short = await storage.link("p/k", 30), await storage.link("p/k", 1)
        assert good is not None
        assert short is not None
        assert (await fetched(good))[0] == 200
        await asyncio.sleep(2.1)  # an age has no event
        assert (await fetched(short))[0] == 403
        signature = good.rsplit("Signature=")[-1]
        assert (await fetched(good.replace(signature, signature[::-1])))[0] == 403
        assert (await fetched(good.replace("/p/k", "/p/other")))[0] == 403
        assert (await fetched(good.split("?")[0]))[0] == 403


async def test_an_object_arrives_in_parts_in_any_order(storage: S3Storage) -> None:
    parts = [bytes([number]) * SMALL for number in range(2)] + [b"the end"]
    upload = await storage.begin("p/original")
    for number in (3, 1, 2):
        await storage.put_part("p/original", upload, number, parts[number - 1])
    found = await storage.parts("p/original", upload)
    assert [(part.number, part.byte_size) for part in found] == [(1, SMALL), (2, SMALL), (3, 7)]
    with pytest.raises(Missing):
        await storage.stat("p/original")
    await storage.finish("p/original", upload, found)
    assert await read(storage, "p/original") == b"".join(parts)
    assert await storage.unfinished("p") == []


async def test_a_part_that_is_sent_again_takes_the_place_of_the_first(storage: S3Storage) -> None:
    upload = await storage.begin("p/original")
    await storage.put_part("p/original", upload, 1, b"wrong")
    part = await storage.put_part("p/original", upload, 1, b"right")
    assert await storage.parts("p/original", upload) == [part]
    await storage.finish("p/original", upload, [part])
    assert await read(storage, "p/original") == b"right"


async def test_what_was_interrupted_is_found_and_can_be_given_up(storage: S3Storage) -> None:
    upload = await storage.begin("p/l/original")
    other = await storage.begin("p/l-2/original")
    await storage.put_part("p/l/original", upload, 1, b"beginning")
    assert [(each.key, each.upload) for each in await storage.unfinished("p/l")] == [("p/l/original", upload)]
    await storage.abandon("p/l/original", upload)
    await storage.abandon("p/l/original", upload)
    with pytest.raises(Missing):
        await storage.parts("p/l/original", upload)
    assert [each.upload for each in await storage.unfinished("")] == [other]
    await storage.delete_tree("p")
    assert await storage.unfinished("") == []


async def test_a_part_of_nothing_is_refused(tmp_path: Path) -> None:
    with s3_server("nanio", tmp_path / "data") as address:  # moto breaks
        storage = S3Storage(client_of(address), BUCKET)
        upload = await storage.begin("p/original")
        await storage.abandon("p/original", upload)
        with pytest.raises(Missing):
            await storage.put_part("p/original", upload, 1, b"too late")


async def test_parts_that_are_too_small_are_refused_by_the_store(tmp_path: Path) -> None:
    with s3_server("moto", tmp_path / "data") as address:  # nanio has no such rule
        storage = S3Storage(client_of(address), BUCKET)
        upload = await storage.begin("p/original")
        parts = [await storage.put_part("p/original", upload, number, b"small") for number in (1, 2)]
        with pytest.raises(StorageAway, match="EntityTooSmall"):
            await storage.finish("p/original", upload, parts)


def put(address: str, content: bytes) -> int:
    """Send a part as a browser does; returns the status, raises HTTPError."""
    kind = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(address, content, kind, method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


async def test_a_browser_can_send_a_part_itself(storage: S3Storage) -> None:
    upload = await storage.begin("p/original")
    address = await storage.link_part("p/original", upload, 1, len(FROM_THE_BROWSER), 30)
    assert await asyncio.to_thread(put, address, FROM_THE_BROWSER) == 200
    await storage.finish("p/original", upload, await storage.parts("p/original", upload))
    assert await read(storage, "p/original") == FROM_THE_BROWSER


async def test_a_browser_can_send_no_more_than_it_was_asked_for(tmp_path: Path) -> None:
    with s3_server("nanio", tmp_path / "data") as server:  # moto checks no signature
        storage = S3Storage(client_of(server), BUCKET)
        upload = await storage.begin("p/original")
        address = await storage.link_part("p/original", upload, 1, len(FROM_THE_BROWSER), 30)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            await asyncio.to_thread(put, address, FROM_THE_BROWSER + b"!")
        assert await storage.parts("p/original", upload) == []


async def test_the_whole_store_is_never_removed(storage: S3Storage) -> None:
    upload = await storage.begin("p/original")
    with pytest.raises(BadKey):
        await storage.delete_tree("")
    assert [each.upload for each in await storage.unfinished("")] == [upload]


async def test_many_objects_are_listed_and_removed(storage: S3Storage, tmp_path: Path) -> None:
    files = [written(tmp_path / "d" / f"video-{number:05d}.m4s", b"x") for number in range(1100)]
    await storage.put_all("p/package", files)
    assert len(await storage.contents("p")) == 1100
    await storage.delete_tree("p")
    assert await storage.contents("p") == []


async def test_a_store_that_is_away_says_so_and_the_file_stays(server: str, tmp_path: Path) -> None:
    storage = S3Storage(client_of("http://127.0.0.1:9"), BUCKET)
    file = written(tmp_path / "f", b"a lesson")
    with pytest.raises(StorageAway):
        await storage.put("p/k", file)
    assert file.read_bytes() == b"a lesson"
    for doing in (storage.stat("p/k"), storage.contents("p"), storage.delete("p/k"), storage.begin("p/k")):
        with pytest.raises(StorageAway):
            await doing
