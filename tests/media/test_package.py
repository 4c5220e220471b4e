"""What comes out of packaging is the film that went in: picture by picture, at the same times."""

import random
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.ingest.illustrate import illustrate
from media.ingest.refusal import Refusal
from tests.media.clips import Clip, joined, loudness, make, played, shown
from tests.media.packages import climb, packaged
from tools.footage import FOOTAGE

B_FRAMES = {"bf": "3", "g": "50", "preset": "fast"}


def uneven_times(count: int) -> list[int]:
    """Return times in ms at the uneven distances that phones leave between pictures."""
    chance = random.Random(7)
    times = [0]
    while len(times) < count:
        times.append(times[-1] + chance.choice((17, 33, 34, 50, 120)))
    return times


def from_first(frames: list[tuple[Fraction, int]]) -> list[tuple[Fraction, int]]:
    """Return the same with times counted from the first picture."""
    return [(time - frames[0][0], number) for time, number in frames]


CLIPS = {
    "constant rate, reordered pictures": ("mp4", Clip(seconds=11, options=B_FRAMES)),
    "index first": ("mp4", Clip(seconds=5, container={"movflags": "faststart"})),
    "fragmented": ("mp4", Clip(seconds=5, container={"movflags": "frag_keyframe+empty_moov"})),
    "variable rate": ("mp4", Clip(seconds=12, times=uneven_times(240), options={"bf": "0", "g": "30"})),
    "variable rate, reordered": ("mp4", Clip(seconds=12, times=uneven_times(240), options=B_FRAMES)),
    "late picture": ("mov", Clip(seconds=5, starts_at=0.36)),
    "late sound": ("mov", Clip(seconds=5, sound_starts_at=1.5)),
    "Matroska": ("mkv", Clip(seconds=6, options=B_FRAMES)),
    "Matroska, variable rate": ("mkv", Clip(seconds=12, times=uneven_times(240), options=B_FRAMES)),
    "silent": ("mp4", Clip(seconds=5, audio=None)),
    "upside down": ("mp4", Clip(seconds=5, rotation=180)),
    "other sound": ("mp4", Clip(seconds=5, audio="mp3")),
}


@pytest.mark.parametrize("name", CLIPS)
def test_a_film_that_browsers_play_is_copied_picture_by_picture(name: str, tmp_path: Path) -> None:
    kind, clip = CLIPS[name]
    source = make(tmp_path / f"source.{kind}", clip)
    _, package = packaged(source, tmp_path / "package")
    assert package.video == "copied"
    before, after = from_first(shown(source)), played(tmp_path / "package")
    assert after == before
    assert package.duration_ms >= before[-1][0] * 1000
    check_playlists(tmp_path / "package")


TRANSCODED = {
    "HEVC from a phone": ("mov", Clip(video="libx265", options={"x265-params": "log-level=none:bframes=4"})),
    "VP9 in WebM": ("webm", Clip(video="libvpx-vp9", audio="libopus", options={"cpu-used": "8"})),
    "old AVI": ("avi", Clip(video="mpeg4", audio="mp3", options={})),
    "camcorder": ("ts", Clip(audio="ac3")),
    "10 bits": ("mp4", Clip(pix_fmt="yuv420p10le", options={"preset": "ultrafast"})),
    "4:4:4, odd size": ("mp4", Clip(pix_fmt="yuv444p", size=(321, 181), options={"preset": "ultrafast"})),
    "variable rate": ("mp4", Clip(video="libx265", times=uneven_times(120), audio=None,
                                  options={"x265-params": "log-level=none"})),
    "one keyframe only": ("mp4", Clip(seconds=14, options={"g": "9999", "preset": "ultrafast"})),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSCODED)
def test_any_other_film_is_encoded_and_every_picture_keeps_its_time(name: str, tmp_path: Path) -> None:
    kind, clip = TRANSCODED[name]
    source = make(tmp_path / f"source.{kind}", clip)
    _, package = packaged(source, tmp_path / "package")
    assert package.video == "encoded"
    assert played(tmp_path / "package") == from_first(shown(source))
    check_playlists(tmp_path / "package")


def check_playlists(folder: Path) -> None:
    """Check that the playlists name what is there, and add up to the times that are in the segments."""
    assert {line for line in (folder / "master.m3u8").read_text().splitlines() if line.endswith(".m3u8")}
    for playlist in folder.glob("[av]*.m3u8"):
        lines = playlist.read_text().splitlines()
        names = [line for line in lines if line and not line.startswith("#")]
        lasting = [Fraction(line[8:-1]) for line in lines if line.startswith("#EXTINF:")]
        init = next(line for line in lines if line.startswith("#EXT-X-MAP")).split('"')[1]
        timescale = int.from_bytes((folder / init).read_bytes().split(b"mdhd")[1][12:16], "big")
        begin = decode_time(folder / names[0], timescale)
        at = begin
        for name, seconds in zip(names, lasting, strict=True):
            assert abs(decode_time(folder / name, timescale) - at) < Fraction(1, 1_000_000)
            at += seconds
        assert begin == 0 or playlist.name == "audio.m3u8"
        assert (
            max(lasting) <= int(next(line for line in lines if "TARGETDURATION" in line).split(":")[1]) + 0.5
        )


def decode_time(path: Path, timescale: int) -> Fraction:
    """Return the decode time at which a segment begins, in seconds."""
    data = path.read_bytes()
    (ticks,) = struct.unpack_from(">Q", data, data.index(b"tfdt") + 8)
    return Fraction(ticks, timescale)


def test_real_film_is_copied_picture_by_picture(tmp_path: Path) -> None:
    source = FOOTAGE / "clip.mp4"
    _, package = packaged(source, tmp_path / "package")
    assert (package.video, package.audio) == ("copied", "copied")
    assert pixels(joined(tmp_path / "package", "video")) == pixels(source)


def pixels(path: Path) -> list[tuple[Fraction, int]]:
    """Return when each picture is shown, from the first, and a fingerprint of it."""
    with av.open(str(path)) as film:
        frames: list[Any] = list(film.decode(video=0))
    first = frames[0].pts
    return [(Fraction((f.pts - first) * f.time_base), hash(f.to_ndarray().tobytes())) for f in frames]


def test_the_playlist_plays_as_a_whole(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", Clip(seconds=9))
    packaged(source, tmp_path / "package")
    with av.open(str(tmp_path / "package" / "master.m3u8")) as film:
        assert len(list(film.decode(video=0))) == 9 * 25
        assert film.streams.audio


def test_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", Clip(seconds=3, sound_starts_at=1.5))
    _, package = packaged(source, tmp_path / "package")
    assert (package.video, package.audio) == ("copied", "encoded")
    heard = loudness(joined(tmp_path / "package", "audio"))
    assert heard[:14] == [False] * 14
    assert all(heard[16:44])


def test_sound_before_the_first_picture_is_left_out(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mov", Clip(seconds=4, starts_at=0.5))
    packaged(source, tmp_path / "package")
    with av.open(str(joined(tmp_path / "package", "audio"))) as sound:
        assert 0 <= (sound.streams.audio[0].start_time or 0) < 2 * 1024
    assert played(tmp_path / "package")[0] == (Fraction(0), 0)


def test_sound_whose_times_are_impossible_is_left_out(tmp_path: Path) -> None:
    source = make(tmp_path / "source.ts", Clip(seconds=4, sound_starts_at=5 * 3600))
    _, package = packaged(source, tmp_path / "package")
    assert package.video is not None
    assert package.duration_ms < 60_000


@pytest.mark.parametrize(("before", "after"), [("stereo", "mono"), ("mono", "stereo"), ("stereo", "5.1")])
def test_sound_may_change_its_form_under_way(before: str, after: str, tmp_path: Path) -> None:
    parts: list[bytes] = []
    for layout in (before, after):
        part = tmp_path / f"{layout}.ts"
        with av.open(str(part), "w") as muxer:
            stream: Any = muxer.add_stream("ac3", rate=48_000)
            stream.codec_context.layout = layout
            for number in range(48):
                wave = np.sin(np.arange(1536) / 20).astype(np.float32) / 4
                channels = stream.codec_context.layout.nb_channels
                frame = av.AudioFrame.from_ndarray(np.stack([wave] * channels), format="fltp", layout=layout)
                frame.sample_rate, frame.pts = 48_000, number * 1536 + (48 * 1536 if parts else 0)
                muxer.mux(stream.encode(frame))
            muxer.mux(stream.encode(None))
        parts.append(part.read_bytes())
    source = tmp_path / "broadcast.ts"
    source.write_bytes(b"".join(parts))
    _, package = packaged(source, tmp_path / "package")
    assert package.duration_ms == pytest.approx(2 * 48 * 32, abs=100)
    heard = loudness(joined(tmp_path / "package", "audio"))
    assert all(heard[1:-1])


@pytest.mark.parametrize(
    ("kind", "audio"), [("m4a", "aac"), ("mp3", "mp3"), ("ogg", "libopus"), ("wav", "pcm_s16le")]
)
def test_sound_alone_is_a_lesson_too(kind: str, audio: str, tmp_path: Path) -> None:
    source = make(tmp_path / f"source.{kind}", Clip(video=None, audio=audio, seconds=6))
    found, package = packaged(source, tmp_path / "package")
    assert (found.video, package.video) == (None, None)
    assert package.duration_ms == pytest.approx(6000, abs=60)
    assert "mp4a.40.2" in (tmp_path / "package" / "master.m3u8").read_text()
    check_playlists(tmp_path / "package")


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 360), (3840, 1600)])
def test_an_encoded_picture_fits_720p_and_is_never_enlarged(size: tuple[int, int], tmp_path: Path) -> None:
    source = make(
        tmp_path / "source.avi", Clip(seconds=1, video="mpeg4", fps=5, size=size, audio=None, options={})
    )
    packaged(source, tmp_path / "package")
    with av.open(str(joined(tmp_path / "package", "video"))) as film:
        width, height = film.streams.video[0].width, film.streams.video[0].height
    assert min(width, height) <= 720
    assert max(width, height) <= 1280
    assert width * size[1] == pytest.approx(height * size[0], rel=0.01)
    assert (width, height) == size or max(size) > 1280 or min(size) > 720
    assert f"RESOLUTION={width}x{height}" in (tmp_path / "package" / "master.m3u8").read_text()


@pytest.mark.parametrize("video", ["libx264", "libx265"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_picture_stays_turned(video: str, rotation: int, tmp_path: Path) -> None:
    options = {"preset": "ultrafast"} | ({"x265-params": "log-level=none"} if video == "libx265" else {})
    clip = Clip(video=video, rotation=rotation, seconds=2, audio=None, options=options)
    found, _ = packaged(make(tmp_path / "source.mov", clip), tmp_path / "package")
    assert found.facts()["width"] == (192 if rotation % 180 else 320)
    with av.open(str(joined(tmp_path / "package", "video"))) as film:
        frame: Any = next(film.decode(video=0))
    assert frame.rotation % 360 == rotation
    resolution = "192x320" if rotation % 180 else "320x192"
    assert f"RESOLUTION={resolution}" in (tmp_path / "package" / "master.m3u8").read_text()


def test_nothing_derived_tells_where_or_with_what_it_was_filmed(tmp_path: Path) -> None:
    secrets = {"location": "-15.8355-048.0153/", "com.android.model": "Galaxy-of-Ada", "title": "Year 5 Ada"}
    source = make(
        tmp_path / "source.mp4", Clip(metadata=secrets, container={"movflags": "use_metadata_tags"})
    )
    assert b"-15.8355" in source.read_bytes()
    found, package = packaged(source, tmp_path / "package")
    climb(tmp_path / "package", found, package)
    illustrate(tmp_path / "package", package.tracks, tmp_path / "package")
    for file in (tmp_path / "package").iterdir():
        content = file.read_bytes()
        for secret in (b"-15.8355", b"Galaxy-of-Ada", b"Year 5"):
            assert secret not in content, file.name


def test_a_film_that_ends_before_its_index_does_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", Clip(seconds=12, container={"movflags": "faststart"}))
    whole = shown(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    found, package = packaged(source, tmp_path / "package")
    assert found.is_truncated
    kept = played(tmp_path / "package")
    assert len(kept) > 100
    assert set(kept) <= set(from_first(whole))
    assert 2_000 < package.duration_ms < 11_000


def test_less_than_a_second_is_no_lesson(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", Clip(seconds=0.4))
    with pytest.raises(Refusal, match="too_short"):
        packaged(source, tmp_path / "package")
