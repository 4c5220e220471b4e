"""Which picture Chromium shows after a seek, around every segment boundary of every rendition."""

import functools
import http.server
import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.report import Row
from media.ingest.ladder import rungs_below
from tests.media.clips import BITS, Clip, make, played
from tests.media.packages import climb, packaged
from tests.media.test_browser import LOAD, PAGE, PLAYER, SEEK, Quiet, moments
from tests.media.test_package import B_FRAMES, uneven_times

CLIPS = {
    "constant rate": Clip(seconds=40, size=(1280, 720), options=B_FRAMES),
    "variable rate": Clip(seconds=40, size=(1280, 720), times=uneven_times(720), options=B_FRAMES),
}


def wrong_pictures() -> Row:
    """Seek in every rendition; count what is shown wrongly."""
    sought = wrong = 0
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name)
        shutil.copy(PLAYER, root / "hls.min.js")
        (root / "page.html").write_text(PAGE)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        handler = functools.partial(Quiet, directory=name)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            for number, clip in enumerate(CLIPS.values()):
                package = root / f"package-{number}"
                climb(package, *packaged(make(root / "film.mp4", clip), package))
                base = f"http://127.0.0.1:{server.server_port}"
                for track in ("video", *(rung.name for rung in rungs_below(*clip.size))):
                    seeks, misses = _look(browser.new_page(), base, package, track)
                    sought, wrong = sought + seeks, wrong + misses
            server.shutdown()
        browser.close()
    return Row(
        what="pictures shown wrongly in Chromium, constant and variable rate, all renditions",
        bar="0",
        figure=f"{wrong} of {sought}",
        is_held=wrong == 0,
        note="around every segment boundary; changes of quality: tests/clients/test_playback.py",
    )


def _look(page: Page, base: str, package: Path, track: str) -> tuple[int, int]:
    page.goto(f"{base}/page.html")
    page.evaluate(LOAD, [f"{base}/{package.name}/{track}.m3u8", -1])
    expected = moments(played(package, track), package)
    shown = [page.evaluate(SEEK, [time, BITS]) for time, _ in expected]
    page.close()
    return len(expected), sum(one != number for one, (_, number) in zip(shown, expected, strict=True))


ALL = (wrong_pictures,)
