"""The whole job, on real film, in a real browser, over a connection that breaks."""

import hashlib
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.session import Actor, Sessions
from media.take import Take
from tests.journeys.frames import frames_near, nearest, picture_on_screen
from tests.journeys.marker import REMARKS, Marker
from tests.support import browser as browsers
from tests.support.browser import chromium, open_page
from tests.support.footage import index_first, lesson_film
from tests.support.server import Server, run, serving
from tests.support.tcp_proxy import Proxy, proxied
from web.demo import PASSWORD

pytestmark = pytest.mark.journey

TITLE = "Year 5: equivalent fractions"
CRITERIA = [*(f"TS{number}" for number in range(1, 9)), "P2", "overall"]
LINK = 6 * 1024**2  # bytes a second
SLOW_LINK = 512 * 1024  # the rest of the film takes longer than somebody needs to look at its beginning
PATIENCE_MS = 60_000


def email(who: str) -> str:
    return f"{who}@northbridge.example"


async def test_a_lesson_goes_all_the_way(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await run("demo", "--data", str(data))
    async with chromium() as browser, serving(data) as server:
        film = index_first(lesson_film(), tmp_path)
        observation = await upload_over_a_link_that_breaks(browser, server, film)
        assert await stored_hash(data) == hashlib.sha256(film.read_bytes()).hexdigest()
        await mark(browser, server, observation, "helen", not_met=None)
        await mark(browser, server, observation, "samuel", not_met="TS2")
        await moderate(browser, server, observation)
        await read_feedback(browser, server, observation)
    assert "whole" in await run("journal", "verify", "--data", str(data))


async def upload_over_a_link_that_breaks(browser: Browser, server: Server, film: Path) -> str:
    """Send the film; the link is cut twice, the server killed once, and it is watched while it arrives.

    Returns the observation.
    """
    async with proxied(server.port) as link:
        base = f"http://localhost:{link.port}"
        page, faults = await open_page(browser)
        await browsers.sign_in(page, base, email("amara"), PASSWORD)
        observation = await find(page, TITLE)
        await page.goto(f"{base}/observations/{observation}/upload")
        link.bytes_per_second = LINK
        await page.set_input_files("#film", film)
        await break_it(link, server, film.stat().st_size)
        await watch_while_it_arrives(browser, server, observation)
        link.bytes_per_second = LINK
        await expect(page.get_by_text("Ready to watch.")).to_be_visible(timeout=PATIENCE_MS)
        assert faults == []
        await page.context.close()
    return observation


async def watch_while_it_arrives(browser: Browser, server: Server, observation: str) -> None:
    """Play the beginning, before the last byte is there."""
    page, faults = await open_page(browser)
    await browsers.sign_in(page, server.url, email("amara"), PASSWORD)
    await page.goto(f"{server.url}/observations/{observation}")
    await expect(page.locator(".player__growing")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Play").click()
    await expect(page.locator(".player__time")).to_contain_text("0:02", timeout=PATIENCE_MS)
    await expect(page.locator(".player__growing")).to_be_visible()
    await expect(page.locator(".takes")).to_contain_text("Arriving")
    assert faults == []
    await page.context.close()


async def break_it(link: Proxy, server: Server, size: int) -> None:
    for share in (0.2, 0.4):
        await link.until_uploaded(int(size * share))
        link.cut()
    await link.until_uploaded(int(size * 0.6))
    link.bytes_per_second = SLOW_LINK
    await server.kill()
    link.cut()
    await server.start()


async def stored_hash(data: Path) -> str:
    """Return the SHA-256 of the film as it rests in the store; the take says the same."""
    database = Database(f"sqlite+aiosqlite:///{data / 'observe.sqlite'}")
    async with Sessions(database, SystemClock(), LocalHub()).open(Actor.system(), write=False) as session:
        [take] = await session.all(select(Take))
    await database.close()
    stored = hashlib.sha256((data / "store" / (take.original_key or "")).read_bytes()).hexdigest()
    assert take.sha256 == stored
    return stored


async def mark(browser: Browser, server: Server, observation: str, who: str, *, not_met: str | None) -> None:
    """One marker, blind, with the keyboard alone: five comments, one a span; every judgement; submit."""
    page, faults = await open_page(browser)
    marker = Marker(page, server.url, observation)
    await marker.open_room(email(who), PASSWORD)
    await expect(page.locator(".comment")).to_have_count(0)
    for remark in REMARKS:
        await marker.comment(remark)
    await marker.judge(CRITERIA, not_met=not_met)
    await expect(page.locator(".room__standing")).to_have_text("Saved.")
    assert (await marker.submit()).startswith("MS-")
    assert faults == []
    await page.context.close()


async def moderate(browser: Browser, server: Server, observation: str) -> None:
    """The lead moderator sees the discrepancies, decides each with a reason, and releases."""
    page, faults = await open_page(browser)
    await browsers.sign_in(page, server.url, email("margaret"), PASSWORD)
    await page.goto(f"{server.url}/moderation")
    await page.click(f'a[href="/moderation/{observation}"]')
    for code in ("TS2", "overall"):
        await page.check(f'[name="level.{code}"][value="not_met"]')
        await page.fill(f'[name="reason.{code}"]', "The second marker's evidence is the stronger.")
    await page.click(f'form[action="/moderation/{observation}/decision"] button')
    await expect(page.get_by_text("The agreed judgement is written down.")).to_be_visible()
    await page.click("summary:has-text('Release')")
    await page.click(f'form[action="/moderation/{observation}/release"] button')
    await expect(page.get_by_text("The trainee can now read the feedback.")).to_be_visible()
    assert faults == []
    await page.context.close()


async def read_feedback(browser: Browser, server: Server, observation: str) -> None:
    """The trainee reads the feedback; a click on a comment shows the frame that it speaks of."""
    page, faults = await open_page(browser)
    await browsers.sign_in(page, server.url, email("amara"), PASSWORD)
    await page.goto(f"{server.url}/observations/{observation}/feedback")
    await expect(page.locator("lesson-player .timeline")).to_be_visible()
    moments = page.locator("[data-comment]")
    assert await moments.count() == 2 * len(REMARKS)
    for number in (0, 5, 9):
        moment = moments.nth(number)
        at_ms = int(await moment.get_attribute("data-at-ms") or "0")
        await moment.locator('a[href^="#at="]').first.click()
        await page.wait_for_function(
            "goal => Math.abs(document.querySelector('lesson-player').lessonTime - goal) <= 1", arg=at_ms
        )
        candidates, right = frames_near(lesson_film(), at_ms)
        assert nearest(await picture_on_screen(page), candidates) == right
    assert faults == []
    await page.context.close()


async def find(page: Page, title: str) -> str:
    """Return the id of the observation with this title."""
    answer = await page.evaluate("fetch('/api/observations').then(r => r.json())")
    observation: str = next(each["id"] for each in answer["observations"] if each["title"] == title)
    return observation
