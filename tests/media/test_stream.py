"""Film packaged while it arrives is the film packaged when it has arrived."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from media.ingest.probe import Limits
from media.ingest.stream import NotStreamable, Pipe, index_comes_first, package_stream
from tests.media.clips import Clip, make, played
from tests.media.packages import Told, packaged, streamed
from tests.media.test_package import B_FRAMES, uneven_times

CLIPS = {
    "index first": ("mov", "mp4", Clip(seconds=11, options=B_FRAMES, container={"movflags": "faststart"})),
    "variable rate": (
        "mov",
        "mp4",
        Clip(seconds=12, times=uneven_times(240), options=B_FRAMES, container={"movflags": "faststart"}),
    ),
    "fragmented": ("mov", "mp4", Clip(seconds=9, container={"movflags": "frag_keyframe+empty_moov"})),
    "Matroska": ("matroska", "mkv", Clip(seconds=9, options=B_FRAMES)),
    "silent": ("mov", "mp4", Clip(seconds=5, audio=None, container={"movflags": "faststart"})),
    "upside down": ("mov", "mp4", Clip(seconds=5, rotation=180, container={"movflags": "faststart"})),
}


@pytest.mark.parametrize("name", CLIPS)
def test_what_is_packaged_while_it_arrives_is_the_same(name: str, tmp_path: Path) -> None:
    demuxer, kind, clip = CLIPS[name]
    source = make(tmp_path / f"source.{kind}", clip)
    found, package = packaged(source, tmp_path / "whole")
    facts = streamed(source, demuxer, tmp_path / "arriving")
    assert facts["package"] == package.facts()
    assert facts["width"] == found.facts()["width"]
    segments = [path.name for path in (tmp_path / "whole").glob("*.m4s")]
    assert segments
    for segment in segments:
        assert (tmp_path / "arriving" / segment).read_bytes() == (tmp_path / "whole" / segment).read_bytes()
    assert played(tmp_path / "arriving") == played(tmp_path / "whole")


def test_the_beginning_can_be_watched_before_the_end_is_there(tmp_path: Path) -> None:
    source = make(tmp_path / "f.mp4", Clip(seconds=20, container={"movflags": "faststart"}))
    film, told = io.BytesIO(source.read_bytes()), Told(tmp_path / "package")
    whole = source.stat().st_size

    def arriving(size: int) -> bytes:
        if film.tell() > whole * 0.9:
            assert told.durations
            text = (tmp_path / "package" / "video.m3u8").read_text()
            assert "EVENT" in text
            assert "ENDLIST" not in text
        return film.read(min(size, 4096))

    facts = package_stream(Pipe(arriving), "mov", Limits(), tmp_path / "package", told)
    assert facts["package"]["duration_ms"] == told.durations[-1]
    assert "ENDLIST" in (tmp_path / "package" / "video.m3u8").read_text()


def test_what_ends_early_says_so(tmp_path: Path) -> None:
    source = make(tmp_path / "f.mp4", Clip(seconds=12, container={"movflags": "faststart"}))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    facts = streamed(source, "mov", tmp_path / "package")
    assert facts["is_truncated"]
    assert 3_000 < facts["package"]["duration_ms"] < 9_000


@pytest.mark.parametrize(
    "clip",
    [
        Clip(
            video="libx265",
            options={"x265-params": "log-level=none"},
            container={"movflags": "faststart"},
        ),
        Clip(seconds=3, sound_starts_at=1.5, container={"movflags": "faststart"}),
    ],
    ids=["needs encoding", "sound has to be filled"],
)
def test_what_cannot_be_copied_waits_until_it_is_whole(clip: Clip, tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", clip)
    with pytest.raises(NotStreamable):
        streamed(source, "mov", tmp_path / "package")


BOXES: dict[str, tuple[Callable[[], bytes], bool]] = {
    "index first": (lambda: _box(b"ftyp", 24) + _box(b"free", 8) + _box(b"moov", 900)[:64], True),
    "media first": (lambda: _box(b"ftyp", 24) + _box(b"mdat", 900)[:64], False),
    "index after a large box": (
        lambda: b"\0\0\0\x01wide" + (40).to_bytes(8, "big") + bytes(24) + _box(b"moov", 9),
        True,
    ),
    "nothing of either": (lambda: _box(b"ftyp", 24) + _box(b"free", 5000)[:64], False),
    "a box without a size": (lambda: bytes(64), False),
}


def _box(kind: bytes, size: int) -> bytes:
    return (8 + size).to_bytes(4, "big") + kind + bytes(size)


@pytest.mark.parametrize("name", BOXES)
def test_where_the_index_is_shows_in_the_first_boxes(name: str) -> None:
    head, is_first = BOXES[name]
    assert index_comes_first(head()) is is_first
