"""Which frame of the film is on the screen, by its picture."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

WIDTH, HEIGHT = 320, 180
NEIGHBOURS = 4
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
            times.append(round((frame.time - first_s) * 1000))
            small = frame.reformat(WIDTH, HEIGHT, format="rgb24").to_ndarray().astype(float).mean(axis=2)
            pictures.append(small)
            if times[-1] > lesson_ms + 1000:
                break
    index = int(np.argmin([abs(time - lesson_ms) for time in times]))
    first = max(0, index - NEIGHBOURS)
    return pictures[first : index + NEIGHBOURS + 1], index - first


def nearest(picture: Picture, candidates: list[Picture]) -> list[int]:
    """Return the candidates that look most like the picture: several where the film stands still."""
    apart = [float(np.abs(picture - each).mean()) for each in candidates]
    return [index for index, each in enumerate(apart) if each <= min(apart) + 1e-9]
