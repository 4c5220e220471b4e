"""Objects on the local disk."""

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.storage import BadKey, Missing, Stored, check_key
from media.storage.disk import DiskStorage


@pytest.fixture
def storage(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "store")


def written(path: Path, content: bytes = b"lesson") -> Path:
    """Return a new local file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


async def read(storage: DiskStorage, key: str, start: int = 0, length: int | None = None) -> bytes:
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


async def test_a_file_is_taken_over_whole(storage: DiskStorage, tmp_path: Path) -> None:
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
    storage: DiskStorage, tmp_path: Path, start: int, length: int | None, bytes_: bytes
) -> None:
    await storage.put("k", written(tmp_path / "f", b"a lesson"))
    assert await read(storage, "k", start, length) == bytes_


async def test_files_appear_together_and_go_all_at_once(storage: DiskStorage, tmp_path: Path) -> None:
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


async def test_what_is_missing_says_so(storage: DiskStorage, tmp_path: Path) -> None:
    await storage.put("folder/k", written(tmp_path / "f"))
    for key in ("nothing", "folder", "folder/k/below"):
        with pytest.raises(Missing):
            await storage.stat(key)
    with pytest.raises(Missing):
        await read(storage, "nothing")
    await storage.delete("nothing")


async def test_another_file_system_is_crossed_by_a_copy_that_is_whole_before_it_is_named(
    storage: DiskStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def within_the_store_only(source: Path, target: Path) -> None:
        if not Path(source).is_relative_to(storage.root):
            raise OSError(errno.EXDEV, "other file system")
        rename(source, target)

    monkeypatch.setattr(os, "rename", within_the_store_only)
    file, other = written(tmp_path / "f", b"one"), written(tmp_path / "d" / "init.mp4", b"two")
    await storage.put("p/original", file)
    await storage.put_all("p/package", [other])
    assert await read(storage, "p/original") + await read(storage, "p/package/init.mp4") == b"onetwo"
    assert not file.exists()
    assert not other.exists()
    assert [stored.key for stored in await storage.contents("p")] == ["p/original", "p/package/init.mp4"]
