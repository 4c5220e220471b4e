"""What people see before they play: the right pictures, upright, and sound where it is heard."""

import json
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ingest.illustrate import illustrate
from media.ingest.packaged import Cut
from media.ingest.storyboard import MOST, STEP_S, chosen
from tests.media.clips import BITS, Clip, make, picture, played
from tests.media.packages import packaged
from tests.media.test_package import B_FRAMES
from tools.footage import FOOTAGE

CUE = re.compile(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> .*\n(storyboard-\d\d\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)")


def illustrated(source: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Package a film and illustrate it; returns where, and what has been made."""
    _, package = packaged(source, folder / "package")
    target = folder / "pictures"
    target.mkdir()
    return target, illustrate(folder / "package", package.tracks, target)


def gray(path: Path) -> Any:
    """Return a picture's brightness, row by row."""
    with av.open(str(path)) as still:
        frame: Any = next(still.decode(video=0))
        return frame.to_ndarray(format="gray")


def number_on(pixels: Any) -> int:
    """Return the number that a small picture carries."""
    row = pixels[pixels.shape[0] // 2]
    stripe = len(row) / BITS
    return sum(1 << bit for bit in range(BITS) if row[int((bit + 0.5) * stripe)] > 128)


def storyboard_of(folder: Path) -> list[tuple[Fraction, Any]]:
    """Return when each small picture is shown from, and its pixels."""
    found = []
    for hours, minutes, seconds, name, *box in CUE.findall((folder / "storyboard.vtt").read_text()):
        x, y, width, height = map(int, box)
        start = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
        found.append((start, gray(folder / name)[y : y + height, x : x + width]))
    return found


@pytest.mark.parametrize("options", [B_FRAMES, {"bf": "0", "g": "50"}], ids=["reordered", "in order"])
def test_each_small_picture_is_the_one_shown_at_its_time(options: dict[str, str], tmp_path: Path) -> None:
    clip = Clip(seconds=65, fps=10, size=(320, 192), options=options | {"g": "20"})
    folder, made = illustrated(make(tmp_path / "f.mp4", clip), tmp_path)
    assert made == {"poster": True, "storyboard": True, "peaks": True}
    shown = {round(time * 1000): number for time, number in played(tmp_path / "package")}
    found = storyboard_of(folder)
    assert len(found) >= 5
    for start, pixels in found:
        assert number_on(pixels) == shown[round(start * 1000)]


def test_a_long_film_fills_several_sheets(tmp_path: Path) -> None:
    clip = Clip(seconds=400, fps=2, audio=None, options={"g": "8", "preset": "ultrafast"})
    folder, made = illustrated(make(tmp_path / "f.mp4", clip), tmp_path)
    assert not made["peaks"]
    assert {path.name for path in folder.glob("storyboard-*")} == {"storyboard-00.jpg", "storyboard-01.jpg"}
    assert len(storyboard_of(folder)) > 25


@given(st.lists(st.fractions(min_value=Fraction(1, 10), max_value=20), min_size=1, max_size=400))
def test_there_are_neither_too_many_nor_too_few_pictures(lengths: list[Fraction]) -> None:
    starts = [sum(lengths[:number], Fraction()) for number in range(len(lengths))]
    cuts = [Cut("", start, length) for start, length in zip(starts, lengths, strict=True)]
    found = [cut.start for cut in chosen(cuts)]
    assert len(found) <= MOST + 1
    assert found == sorted(set(found))
    assert all(after - one >= STEP_S for one, after in pairwise(found))


def test_a_turned_film_has_upright_pictures(tmp_path: Path) -> None:
    # Number 1: white at the left edge. Turned a quarter counter-clockwise, left is at the bottom.
    source = tmp_path / "source.mp4"
    with av.open(str(source), "w") as muxer:
        stream: Any = muxer.add_stream("libx264", rate=1)
        stream.width, stream.height = 320, 192
        stream.pix_fmt = "yuv420p"
        stream.set_display_rotation(90)
        for time in (0, 2000):
            frame = picture(1, (320, 192))
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    folder, _ = illustrated(source, tmp_path)
    poster = gray(folder / "poster.jpg")
    assert poster.shape == (320, 192)
    assert poster[300, 96] > 128 > poster[20, 96]
    [(_, small)] = storyboard_of(folder)
    assert small.shape == (160, 96)
    assert small[150, 48] > 128 > small[10, 48]


def test_sound_is_loud_where_it_is_heard(tmp_path: Path) -> None:
    folder, made = illustrated(make(tmp_path / "f.mp4", Clip(seconds=6, sound_starts_at=2.5)), tmp_path)
    assert made["peaks"]
    found = json.loads((folder / "peaks.json").read_text())
    assert found["per_second"] == 10
    heard = np.array(found["peaks"])
    assert heard[:24].max() == 0
    assert heard[26:58].min() > 20
    assert heard.max() <= 255


def test_sound_alone_has_a_waveform(tmp_path: Path) -> None:
    _, made = illustrated(make(tmp_path / "f.m4a", Clip(video=None, seconds=6)), tmp_path)
    assert made == {"poster": False, "storyboard": False, "peaks": True}


def test_real_film_is_illustrated(tmp_path: Path) -> None:
    folder, made = illustrated(FOOTAGE / "lesson.mp4", tmp_path)
    assert made == {"poster": True, "storyboard": True, "peaks": True}
    assert gray(folder / "poster.jpg").shape == (720, 1280)
    assert all(pixels.std() > 10 for _, pixels in storyboard_of(folder))
