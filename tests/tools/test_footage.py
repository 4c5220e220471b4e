"""The sample lesson: a clip repeated without touching its pictures."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tools.footage import FOOTAGE, draw_clip, repeat


@pytest.fixture(scope="module", params=["real", "drawn"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the fetched clip, or the pattern that stands in where none can be fetched."""
    if request.param == "real":
        return FOOTAGE / "clip.mp4"
    drawn = tmp_path_factory.mktemp("footage") / "drawn.mp4"
    draw_clip(drawn)
    return drawn


def payloads(film: Path) -> list[bytes]:
    with av.open(str(film)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.dts is not None]


def test_a_repeated_clip_lasts_about_as_long_as_asked(clip: Path, tmp_path: Path) -> None:
    repeat(clip, tmp_path / "lesson.mp4", 40)
    with av.open(str(tmp_path / "lesson.mp4")) as lesson:
        assert lesson.duration is not None
        assert Fraction(lesson.duration, av.time_base) == pytest.approx(40, abs=5)


def test_a_repeated_clip_holds_the_same_pictures_again_and_again(clip: Path, tmp_path: Path) -> None:
    repeat(clip, tmp_path / "lesson.mp4", 25)
    once = payloads(clip)
    assert payloads(tmp_path / "lesson.mp4") == once * 3


def test_time_never_goes_back_in_a_repeated_clip(clip: Path, tmp_path: Path) -> None:
    repeat(clip, tmp_path / "lesson.mp4", 25)
    with av.open(str(tmp_path / "lesson.mp4")) as lesson:
        for stream in lesson.streams:
            times = [packet.dts for packet in lesson.demux(stream) if packet.dts is not None]
            assert all(earlier < later for earlier, later in pairwise(times))
            lesson.seek(0)


def test_whose_the_clip_is_stands_beside_it() -> None:
    source = (FOOTAGE / "SOURCE.txt").read_text()
    assert "licence: " in source or "made on this machine" in source
