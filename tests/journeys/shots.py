"""Pictures of every page, wide and narrow, light and dark: `python -m tests.journeys.shots`."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from tests.journeys.tour import tour
from tests.support.browser import HEIGHTS, chromium
from tests.support.footage import lesson_film
from tests.support.server import run, serving

SHOTS = Path(__file__).parents[2] / "build/shots"


async def take_shots() -> int:
    """Fill build/shots; returns how many pictures there are."""
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        await run("demo", "--film", str(lesson_film()), "--data", str(data))
        async with chromium() as browser, serving(data) as server:
            for scheme in ("light", "dark"):
                for width in HEIGHTS:
                    async for stop, page, _ in tour(browser, server.url, width, color_scheme=scheme):
                        name = f"{stop.name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
                        await page.screenshot(path=SHOTS / name, full_page=True)
    return len(list(SHOTS.iterdir()))


if __name__ == "__main__":
    count = asyncio.run(take_shots())
    print(f"{count} pictures in {SHOTS}")  # noqa: T201
