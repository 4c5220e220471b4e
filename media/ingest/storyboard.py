"""Small pictures along a film, for the timeline: sheets of them, and WebVTT that says which is where.

The cues are those that video players read: https://www.w3.org/TR/media-frags/#naming-space for `xywh`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from media.ingest.packaged import Cut
from media.ingest.poster import first_picture, jpeg, upright

LONG_SIDE = 160  # pixels
STEP_S = 10
MOST = 300  # pictures of one film
ACROSS, DOWN = 5, 5  # of one sheet
THREADS = 2


@dataclass(frozen=True)
class _Picture:
    """What is shown from one moment on."""

    start: Fraction
    rgb: Any


def storyboard(package: Path, init: str, cuts: Sequence[Cut], folder: Path) -> None:
    """Write `storyboard.vtt` and its sheets, `storyboard-00.jpg` and so on, of a package's track."""
    end = cuts[-1].start + cuts[-1].duration
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = pool.map(lambda cut: _draw(package, init, cut), chosen(cuts))
        pictures = [picture for found in drawn for picture in found]
    if not pictures:
        return
    height, width, _ = pictures[0].rgb.shape
    lines = ["WEBVTT", ""]
    for sheet, first in enumerate(range(0, len(pictures), ACROSS * DOWN)):
        name, share = f"storyboard-{sheet:02d}.jpg", pictures[first : first + ACROSS * DOWN]
        (folder / name).write_bytes(jpeg(_sheet(share)))
        for place, picture in enumerate(share):
            after = pictures[first + place + 1].start if first + place + 1 < len(pictures) else end
            x, y = place % ACROSS * width, place // ACROSS * height
            lines += [
                f"{_clock(picture.start)} --> {_clock(after)}",
                f"{name}#xywh={x},{y},{width},{height}",
                "",
            ]
    (folder / "storyboard.vtt").write_text("\n".join(lines))


def chosen(cuts: Sequence[Cut]) -> list[Cut]:
    """Return the segments whose first pictures are shown: about one for every `STEP_S`, never too many."""
    step = max(Fraction(STEP_S), (cuts[-1].start + cuts[-1].duration) / MOST)
    found = [cuts[0]]
    for cut in cuts:
        if cut.start - found[-1].start >= step:
            found.append(cut)
    return found


def _draw(package: Path, init: str, cut: Cut) -> list[_Picture]:
    return [_Picture(cut.start, upright(frame, _size(frame))) for frame in first_picture(package, init, cut)]


def _size(frame: Any) -> tuple[int, int]:
    scale = Fraction(LONG_SIDE, max(frame.width, frame.height))
    return max(2, round(frame.width * scale / 2) * 2), max(2, round(frame.height * scale / 2) * 2)


def _sheet(pictures: Sequence[_Picture]) -> Any:
    height, width, _ = pictures[0].rgb.shape
    rows = -(-len(pictures) // ACROSS)
    sheet = np.zeros((rows * height, min(len(pictures), ACROSS) * width, 3), np.uint8)
    for place, picture in enumerate(pictures):
        x, y = place % ACROSS * width, place // ACROSS * height
        sheet[y : y + height, x : x + width] = picture.rgb
    return sheet


def _clock(seconds: Fraction) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
