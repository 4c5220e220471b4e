"""Film of two fields is shown without combs, and every picture keeps its time."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.ingest.stream import NotStreamable
from tests.media.clips import joined
from tests.media.packages import packaged, streamed

FPS, WIDTH, HEIGHT, STEP = 25, 320, 192, 6


def field_picture(number: int) -> Any:
    """Return a picture whose second field was taken half a picture later: a bar that moves is torn."""
    image = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    for parity in (0, 1):
        left = (number * 2 + parity) * STEP % (WIDTH - 80)
        image[parity::2, left : left + 80] = 220
    return av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")


def camcorder(path: Path, codec: str, options: dict[str, str], count: int = 50) -> Path:
    """Write film as a camcorder does: interlaced, the upper field first."""
    with av.open(str(path), "w") as muxer:
        stream: Any = muxer.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.options = options
        for number in range(count):
            frame = field_picture(number)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    return path


def combs(path: Path) -> tuple[float, list[Fraction]]:
    """Return how much neighbouring lines differ on average, and the times of the pictures."""
    with av.open(str(path)) as film:
        frames: list[Any] = list(film.decode(video=0))
    lines = [frame.to_ndarray(format="gray").astype(float) for frame in frames]
    torn = [np.abs(np.diff(each, axis=0)).mean() for each in lines]
    return float(np.mean(torn)), [Fraction(frame.pts * frame.time_base) for frame in frames]


H264 = {"preset": "ultrafast", "crf": "12", "x264-params": "tff=1", "flags": "+ildct+ilme"}
CAMCORDERS = [
    ("film.mp4", "libx264", H264),
    ("film.mkv", "libx264", H264),
    ("film.mpg", "mpeg2video", {"flags": "+ildct+ilme", "field_order": "tt", "b": "4M"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), CAMCORDERS)
def test_interlaced_film_is_made_whole(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    source = camcorder(tmp_path / name, codec, options)
    found, package = packaged(source, tmp_path / "package")
    assert found.video is not None
    assert found.video.is_interlaced
    assert package.video == "encoded"
    before, times = combs(source)
    after, shown = combs(joined(tmp_path / "package", "video"))
    assert after < before / 3, (before, after)
    assert len(shown) == len(times)
    for one, other in zip(times, shown, strict=True):
        assert abs((one - times[0]) - other) < Fraction(1, 1000)


def test_interlaced_film_is_not_copied_while_it_arrives(tmp_path: Path) -> None:
    source = camcorder(tmp_path / "film.mkv", "libx264", H264)
    with pytest.raises(NotStreamable):
        streamed(source, "matroska", tmp_path / "package")


def test_progressive_film_is_left_alone(tmp_path: Path) -> None:
    source = camcorder(tmp_path / "film.mp4", "libx264", {"preset": "ultrafast"})
    found, package = packaged(source, tmp_path / "package")
    assert found.video is not None
    assert not found.video.is_interlaced
    assert package.video == "copied"
