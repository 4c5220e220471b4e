"""Several films of one lesson, chosen together: pieces follow one another, cameras lie side by side."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from infra.session import Actor
from media.take import Take
from tests.clients.conftest import PASSWORD, PATIENCE_S, Service
from tests.media.clips import Clip, make
from tests.support.browser import chromium, open_page, sign_in


async def takes_of(service: Service) -> list[Take]:
    """Return the films that arrived, in the order in which they were begun."""
    async with service.sessions.open(Actor.system(service.tenant.provider_id), write=False) as session:
        return await session.all(select(Take).order_by(Take.id))


@pytest.mark.parametrize("way", ["One after another", "At the same time"])
async def test_films_chosen_together_share_a_timeline(service: Service, tmp_path: Path, way: str) -> None:
    names = ("1.mp4", "2.mp4", "3.mp4")
    films = [make(tmp_path / name, Clip(seconds=4, size=(320, 180))) for name in names]
    async with chromium() as browser:
        page, faults = await open_page(browser)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        await page.goto(f"{service.server.url}/observations/{service.observation_id}/upload")
        await page.set_input_files("#film", films)
        await page.get_by_role("radio", name=way).check()
        await page.get_by_role("button", name="Leave out 3.mp4").click()
        await page.get_by_role("button", name="Send 2 films").click()
        await expect(page.locator(".uploader__name").first).to_contain_text(
            "2.mp4", timeout=PATIENCE_S * 1000
        )
        ready = page.locator(".uploader__state", has_text="Ready to watch.")
        await expect(ready).to_be_visible(timeout=PATIENCE_S * 1000)
        async with asyncio.timeout(PATIENCE_S):
            while not all(take.state == "ready" for take in await takes_of(service)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert faults == []
    first, second = await takes_of(service)
    assert (first.filename, second.filename) == ("1.mp4", "2.mp4")
    if way == "One after another":
        assert (first.camera, second.camera) == (None, None)
        assert second.position_ms == first.duration_ms
    else:
        assert (first.camera, second.camera) == ("Camera 1", "Camera 2")
        assert (first.position_ms, second.position_ms) == (0, 0)
