"""Objects on the local disk and in S3: the same store to whoever uses it."""

import errno
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.ids import new_id
from media.storage import BadKey, Missing, Storage, Stored, check_key
from media.storage.disk import DiskStorage
from media.storage.s3 import S3Storage
from tests.support.s3 import BUCKET, client_of, s3_server


@pytest.fixture(scope="module", params=["disk", "nanio", "moto"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    """The address of an S3 server; None for the disk."""
    if request.param == "disk":
        yield None
        return
    with s3_server(request.param, tmp_path_factory.mktemp(request.param) / "data") as address:
        yield address


@pytest.fixture
def storage(server: str | None, tmp_path: Path) -> Storage:
    """An empty store."""
    if server is None:
        return DiskStorage(tmp_path / "store")
    return S3Storage(client_of(server), BUCKET, str(new_id()))


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    """An empty store on the disk."""
    return DiskStorage(tmp_path / "store")


def written(path: Path, content: bytes = b"lesson") -> Path:
    """Return a new local file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


async def read(storage: Storage, key: str, start: int = 0, length: int | None = None) -> bytes:
    """Return the bytes of an object."""
    return b"".join([block async for block in storage.read(key, start, length)])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "a/../b",
        "..",
        "a//b",
        "a/",
        "./a",
        "a/.",
        "a\\b",
        "a/b\n",
        "a/\x00",
        "a/ü",
        "-rf",
        "a..b",
    ],
)
def test_a_key_that_could_lead_astray_is_refused(key: str) -> None:
    with pytest.raises(BadKey):
        check_key(key)


@given(st.text(max_size=40))
def test_no_key_leaves_the_store(key: str) -> None:
    root = Path("/store")
    try:
        path = DiskStorage(root).path(key)
    except BadKey:
        return
    assert Path(os.path.normpath(path)).is_relative_to(root)
    assert path != root


async def test_a_file_is_taken_over_whole(storage: Storage, tmp_path: Path) -> None:
    file = written(tmp_path / "spool" / "x.part", b"a lesson")
    await storage.put("p/l/t/original", file)
    assert not file.exists()
    assert await storage.stat("p/l/t/original") == Stored("p/l/t/original", 8)
    assert await read(storage, "p/l/t/original") == b"a lesson"
    assert await storage.sha256("p/l/t/original") == hashlib.sha256(b"a lesson").hexdigest()
    async with storage.fetch("p/l/t/original") as path:
        assert path.read_bytes() == b"a lesson"


@pytest.mark.parametrize(
    ("start", "length", "bytes_"), [(2, 3, b"les"), (2, None, b"lesson"), (6, 99, b"on"), (50, 1, b"")]
)
async def test_ranges_are_read(
    storage: Storage, tmp_path: Path, start: int, length: int | None, bytes_: bytes
) -> None:
    await storage.put("k", written(tmp_path / "f", b"a lesson"))
    assert await read(storage, "k", start, length) == bytes_


async def test_files_appear_together_and_go_all_at_once(storage: Storage, tmp_path: Path) -> None:
    files = [written(tmp_path / "work" / name, name.encode()) for name in ("video-00000.m4s", "master.m3u8")]
    await storage.put_all("p/l/t/package-1", files)
    assert [stored.key for stored in await storage.contents("p/l/t")] == [
        "p/l/t/package-1/master.m3u8",
        "p/l/t/package-1/video-00000.m4s",
    ]
    assert list((tmp_path / "work").iterdir()) == []
    await storage.delete_tree("p/l/t/package-1")
    assert await storage.contents("p/l/t") == []
    await storage.delete_tree("p/l/t/package-1")


async def test_an_object_is_replaced_whole(storage: Storage, tmp_path: Path) -> None:
    for content in (b"first", b"second and longer", b"3"):
        await storage.put("p/video.m3u8", written(tmp_path / "f", content))
        assert await read(storage, "p/video.m3u8") == content


async def test_objects_are_offered_together_in_a_folder(storage: Storage, tmp_path: Path) -> None:
    files = [written(tmp_path / "work" / f"video-{number}.m4s", b"%d" % number) for number in range(12)]
    await storage.put_all("p/package", files)
    async with storage.fetch_all("p/package", ["video-3.m4s", "video-11.m4s"]) as folder:
        assert (folder / "video-3.m4s").read_bytes() + (folder / "video-11.m4s").read_bytes() == b"311"
    with pytest.raises(Missing):
        async with storage.fetch_all("p/package", ["video-3.m4s", "video-99.m4s"]):
            raise AssertionError("one is missing")


async def test_only_what_lies_under_a_prefix_belongs_to_it(storage: Storage, tmp_path: Path) -> None:
    for key in ("p/l/one", "p/l-2/two", "p/other"):
        await storage.put(key, written(tmp_path / "f", key.encode()))
    assert [stored.key for stored in await storage.contents("p/l")] == ["p/l/one"]
    await storage.delete_tree("p/l")
    assert [stored.key for stored in await storage.contents("p")] == ["p/l-2/two", "p/other"]


async def test_what_is_missing_says_so(storage: Storage, tmp_path: Path) -> None:
    await storage.put("folder/k", written(tmp_path / "f"))
    for key in ("nothing", "folder", "folder/k/below"):
        with pytest.raises(Missing):
            await storage.stat(key)
        with pytest.raises(Missing):
            await storage.sha256(key)
    with pytest.raises(Missing):
        await read(storage, "nothing")
    await storage.delete("nothing")


async def test_another_file_system_is_crossed_by_a_copy_that_is_whole_before_it_is_named(
    disk: DiskStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def within_the_store_only(source: Path, target: Path) -> None:
        if not Path(source).is_relative_to(disk.root):
            raise OSError(errno.EXDEV, "other file system")
        rename(source, target)

    monkeypatch.setattr(os, "rename", within_the_store_only)
    file, other = written(tmp_path / "f", b"one"), written(tmp_path / "d" / "init.mp4", b"two")
    await disk.put("p/original", file)
    await disk.put_all("p/package", [other])
    assert await read(disk, "p/original") + await read(disk, "p/package/init.mp4") == b"onetwo"
    assert not file.exists()
    assert not other.exists()
    assert [stored.key for stored in await disk.contents("p")] == ["p/original", "p/package/init.mp4"]


async def test_the_time_when_an_object_was_stored_is_known(storage: Storage, tmp_path: Path) -> None:
    file = written(tmp_path / "f")
    os.utime(file, (0, 0))  # an old film, stored now
    await storage.put("p/k", file)
    for stored in (await storage.stat("p/k"), *await storage.contents("p")):
        assert abs(datetime.now(UTC) - stored.stored_at) < timedelta(minutes=1)
