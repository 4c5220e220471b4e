"""Two cameras of one lesson, and its captions, as a trainee sends them and anyone sees them."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.clients.conftest import PASSWORD, Service
from tests.clients.test_playback import READ, SEEK, until_high
from tests.media.clips import BITS, Clip, make
from tests.support.browser import chromium, open_page, sign_in

STARTED_AT = "2026-11-20T09:00:00+01:00"
CAPTIONS = b"WEBVTT\n\n00:02.000 --> 00:06.000\n<b>Good</b> morning &amp; welcome\n"
CUES = """() => [...document.querySelector('video').textTracks]
  .flatMap((track) => [...(track.activeCues ?? [])].map((cue) => cue.text))"""


async def until(page: Page, script: str, wanted: Any) -> None:
    """Wait until a script in the page answers what is wanted."""
    async with asyncio.timeout(20):
        while (found := await page.evaluate(script)) != wanted:
            assert found is not None
            await asyncio.sleep(0.05)


async def test_a_lesson_of_two_cameras_with_captions(service: Service, tmp_path: Path) -> None:
    front = make(tmp_path / "front.mp4", Clip(seconds=8, size=(1280, 720)))
    board = make(tmp_path / "board.mp4", Clip(seconds=8, size=(640, 360)))
    await service.send(front, camera="Front", started_at=STARTED_AT)
    await service.until_complete()
    await service.send(board, camera="Board", started_at=STARTED_AT)
    async with chromium() as browser:
        page, faults = await open_page(browser)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        address = f"{service.server.url}/observations/{service.observation_id}"
        await page.goto(address)
        await expect(page.locator(".takes .tag", has_text="Ready")).to_have_count(2, timeout=60_000)
        await page.get_by_role("link", name="Captions of the film").click()
        await page.get_by_label("Film").select_option(label="front.mp4 (Front)")
        await page.get_by_label("Language").select_option(label="English")
        file = {"name": "lesson.vtt", "mimeType": "text/vtt", "buffer": CAPTIONS}
        await page.get_by_label("Captions", exact=True).set_input_files(file)  # type: ignore[arg-type]
        await page.get_by_role("button", name="Add the captions").click()
        await expect(page.locator(".captions__caption")).to_contain_text("English")

        await page.goto(address)
        camera = page.get_by_label("Camera")
        await camera.select_option(label="Front")
        await until_high(page, 720)
        await page.get_by_label("Captions").select_option(label="English")
        await page.evaluate(SEEK, 4_000)
        await until(page, CUES, ["Good morning &amp; welcome"])
        number = await page.evaluate(READ, BITS)

        await camera.select_option(label="Board")
        await until_high(page, 360)
        await until(page, f"() => ({READ})({BITS})", number)
        await until(page, CUES, [])

        await camera.select_option(label="Front")
        await until_high(page, 720)
        await until(page, CUES, ["Good morning &amp; welcome"])
        await until(page, f"() => ({READ})({BITS})", number)
    assert faults == []
