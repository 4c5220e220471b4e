"""Which frame of the film is on the screen, by its picture."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

WIDTH, HEIGHT = 1280, 720  # the film's own size: no scaler between
NEAR_MS = 140
MOVING = 0.01  # share of the picture that is looked at
Picture = NDArray[np.float64]

READ = f"""() => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [{WIDTH}, {HEIGHT}];
  const context = canvas.getContext("2d");
  context.drawImage(document.querySelector("lesson-player video"), 0, 0, {WIDTH}, {HEIGHT});
  const data = context.getImageData(0, 0, {WIDTH}, {HEIGHT}).data;
  return Array.from({{length: {WIDTH * HEIGHT}}}, (_, i) => data[i * 4] + data[i * 4 + 1] + data[i * 4 + 2]);
}}"""


async def picture_on_screen(page: Page) -> Picture:
    """Return what the player shows, in grey."""
    return np.array(await page.evaluate(READ), dtype=float).reshape(HEIGHT, WIDTH) / 3


def frames_near(film: Path, lesson_ms: int) -> tuple[list[Picture], int]:
    """Return the source's frames around a lesson time, and which of them is that moment's.

    Lesson time is counted from the take's first picture.
    """
    times: list[int] = []
    pictures: list[Picture] = []
    first_s: float | None = None
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            assert frame.time is not None
            first_s = frame.time if first_s is None else first_s
            at_ms = round((frame.time - first_s) * 1000)
            if abs(at_ms - lesson_ms) <= NEAR_MS:
                times.append(at_ms)
                rgb = frame.reformat(WIDTH, HEIGHT, format="rgb24").to_ndarray()
                pictures.append(rgb.astype(float).mean(axis=2))
            if at_ms > lesson_ms + NEAR_MS:
                break
    return pictures, int(np.argmin([abs(time - lesson_ms) for time in times]))


def nearest(picture: Picture, candidates: list[Picture]) -> int:
    """Return the candidate that the picture is, judged where the candidates differ most from one another.

    Elsewhere the film stands still, and what differs is only how two programs turn its colours into numbers.
    """
    stack = np.array(candidates)
    spread = stack.std(axis=0)
    moves = spread >= np.quantile(spread, 1 - MOVING)
    apart = ((stack[:, moves] - picture[moves]) ** 2).mean(axis=1)
    return int(np.argmin(apart))
