"""The browser is the judge: which picture it shows after a seek, on both sides of every segment boundary."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.media.clips import BITS, Clip, make, played
from tests.media.packages import packaged
from tests.media.test_package import B_FRAMES, uneven_times

PLAYER = Path(__file__).parents[2] / "node_modules/hls.js/dist/hls.min.js"
PAGE = """<!doctype html><video id="film" muted></video><script src="hls.min.js"></script>"""
LOAD = """([address, start]) => new Promise((resolve, reject) => {
  const player = new Hls({startPosition: start});
  player.on(Hls.Events.ERROR, (_, error) => error.fatal && reject(new Error(error.details)));
  player.loadSource(address);
  player.attachMedia(film);
  film.addEventListener('loadeddata', () => resolve(film.currentTime), {once: true});
})"""
SEEK = """([time, bits]) => new Promise((resolve) => {
  const read = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    const picture = canvas.getContext('2d');
    picture.drawImage(film, 0, 0);
    let number = 0;
    for (let bit = 0; bit < bits; bit++) {
      const at = Math.floor((bit + 0.5) * canvas.width / bits);
      if (picture.getImageData(at, canvas.height >> 1, 1, 1).data[0] > 128) number |= 1 << bit;
    }
    resolve(number);
  };
  // It is there when it has been handed to the compositor; one that was shown already never is again.
  let frames = 0, hasArrived = false;
  film.requestVideoFrameCallback(() => { hasArrived = true; });
  const settle = () => (frames++ > 2 && hasArrived) || frames > 60 ? read() : requestAnimationFrame(settle);
  film.addEventListener('seeked', () => requestAnimationFrame(settle), {once: true});
  film.currentTime = time;
})"""

CLIPS = {
    "copied, reordered": ("mp4", Clip(seconds=20, options=B_FRAMES)),
    "copied, reordered, variable rate": ("mp4", Clip(times=uneven_times(400), seconds=24, options=B_FRAMES)),
    "copied from Matroska, sound late": (
        "mkv", Clip(times=uneven_times(300), seconds=14, sound_starts_at=1.6, options=B_FRAMES),
    ),
    "encoded, variable rate": (
        "mov",
        Clip(video="libx265", times=uneven_times(300), seconds=18, options={"x265-params": "log-level=none"}),
    ),
}  # fmt: skip


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def copyfile(self, *files: Any) -> None:
        """Send a file; a player that has seen enough hangs up."""
        try:
            super().copyfile(*files)
        except ConnectionError:
            self.close_connection = True


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the folder of the test is served, with a page that plays."""
    shutil.copy(PLAYER, tmp_path / "hls.min.js")
    (tmp_path / "page.html").write_text(PAGE)
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of the machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser.new_page()
        browser.close()


def moments(pictures: list[tuple[Fraction, int]], folder: Path) -> list[tuple[float, int]]:
    """Return the middle of the pictures around each segment's start and at both ends, and what they carry."""
    lines = (folder / "video.m3u8").read_text().splitlines()
    boundary, near = Fraction(), {0, 1, len(pictures) - 2}
    for line in lines:
        if line.startswith("#EXTINF:"):
            boundary += Fraction(line[8:-1])
            nearest = min(range(len(pictures)), key=lambda n: abs(pictures[n][0] - boundary))
            near |= set(range(max(0, nearest - 2), min(len(pictures) - 1, nearest + 3)))
    middles = [(float((one + other) / 2), number) for (one, number), (other, _) in pairwise(pictures)]
    return [middles[n] for n in sorted(near)]


@pytest.mark.parametrize("starts_at", [-1, 9.3], ids=["from the start", "from the middle"])
@pytest.mark.parametrize("name", CLIPS)
def test_every_picture_is_shown_at_its_time(
    name: str, starts_at: float, page: Page, address: str, tmp_path: Path
) -> None:
    kind, clip = CLIPS[name]
    folder = tmp_path / "package"
    source = make(tmp_path / f"source.{kind}", clip)
    packaged(source, folder)
    page.goto(f"{address}/page.html")
    page.evaluate(LOAD, [f"{address}/package/master.m3u8", starts_at])
    sought = moments(played(folder), folder)
    shown = [(time, page.evaluate(SEEK, [time, BITS])) for time, _ in sought]
    assert shown == sought
