"""High dynamic range becomes what a person would call the same picture."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ingest.tone import ARIB_STD_B67, PEAK, REFERENCE_WHITE, SMPTE2084, light, shown
from tests.media.clips import joined
from tests.media.packages import climb, packaged

TRANSFERS = {SMPTE2084: "smpte2084", ARIB_STD_B67: "arib-std-b67"}
# Codes of known light (BT.2408, table 1): the reference white, and middle grey of 26 cd/m².
KNOWN = [
    (SMPTE2084, 0.58, REFERENCE_WHITE),
    (SMPTE2084, 0.38, 26.0),
    (SMPTE2084, 0.0, 0.0),
    (ARIB_STD_B67, 0.75, REFERENCE_WHITE),
    (ARIB_STD_B67, 0.38, 26.0),
    (ARIB_STD_B67, 1.0, PEAK),
]


@pytest.mark.parametrize(("transfer", "code", "nits"), KNOWN)
def test_codes_are_the_light_that_the_standards_say(transfer: int, code: float, nits: float) -> None:
    assert light(np.array([code] * 3), transfer) == pytest.approx([nits] * 3, rel=0.06, abs=0.01)


@given(st.floats(0, PEAK), st.floats(0, PEAK))
def test_what_is_brighter_is_shown_brighter(one: float, other: float) -> None:
    darker, brighter = shown(np.array([min(one, other)] * 3)), shown(np.array([max(one, other)] * 3))
    assert (darker <= brighter + 1e-6).all()


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_white_and_grey_and_colour_are_where_they_belong(transfer: int, tmp_path: Path) -> None:
    codes = {"white": 0.58, "grey": 0.38} if transfer == SMPTE2084 else {"white": 0.75, "grey": 0.38}
    source = tmp_path / "phone.mp4"
    with av.open(str(source), "w") as muxer:
        stream: Any = muxer.add_stream("libx265", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p10le"
        words = f"log-level=none:colorprim=bt2020:transfer={TRANSFERS[transfer]}:colormatrix=bt2020nc"
        stream.options = {"x265-params": words}
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = (
            9,
            transfer,
            9,
            1,
        )
        for number in range(15):
            frame: Any = av.VideoFrame(320, 192, "yuv420p10le")
            for plane, value in zip(frame.planes, (0, 512, 512), strict=True):
                pixels = np.full((plane.height, plane.line_size // 2), value, np.uint16)
                if value == 0:
                    pixels[:, :160] = round(64 + 876 * codes["white"])
                    pixels[:, 160:] = round(64 + 876 * codes["grey"])
                plane.update(pixels.tobytes())
            frame.pts = number
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    found, package = packaged(source, tmp_path / "package")
    assert package.video == "encoded"
    assert found.video is not None
    with av.open(str(joined(tmp_path / "package", "video"))) as film:
        picture: Any = next(film.decode(video=0))
        assert film.streams.video[0].codec_context.color_trc == 1
    assert picture.format.name == "yuv420p"
    rgb = picture.to_ndarray(format="rgb24")
    white, grey = rgb[96, 80].astype(int), rgb[96, 240].astype(int)
    assert white.min() > 175
    assert white.max() < 225
    assert 70 < grey.mean() < 125
    assert np.ptp(white) <= 6
    assert np.ptp(grey) <= 6


def test_every_quality_has_the_same_light_though_browsers_would_play_the_original(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    found, package = packaged(eight_bits(tmp_path / "camera.mp4"), folder)
    climb(folder, found, package)
    assert package.video == "encoded"
    seen = []
    for track in ("video", "video-360"):
        with av.open(str(joined(folder, track))) as film:
            picture: Any = next(film.decode(video=0))
            seen.append((picture.color_trc, round(float(picture.to_ndarray(format="gray").mean()), -1)))
    assert seen[0] == seen[1]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / "Rosa's films: [new], 100%; \\"
    home.mkdir()
    _, package = packaged(eight_bits(home / "camera.mp4"), home / "package")
    assert package.video == "encoded"


def eight_bits(path: Path) -> Path:
    """Write what some cameras do: H.264 of 8 bits, but of high dynamic range."""
    with av.open(str(path), "w") as muxer:
        stream: Any = muxer.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.codec_context.color_trc = ARIB_STD_B67
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(np.full((720, 640), 150, np.uint8), format="yuv420p")
            for plane in frame.planes[1:]:
                plane.update(b"\x80" * plane.buffer_size)
            frame.pts = number
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    return path
