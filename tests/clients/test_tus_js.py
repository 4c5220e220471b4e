"""Films sent by the page itself, with tus-js-client in Chromium, over a connection that breaks."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from tests.clients.conftest import PASSWORD, PATIENCE_S, Service, hash_of
from tests.support.browser import Faults, chromium, kept_chromium, open_page, sign_in
from tests.support.footage import lesson_film
from tests.support.tcp_proxy import Proxy, proxied

LINK = 8 * 1024**2  # bytes a second
RESENT_AT_MOST = 0.6  # of the film, for all three breaks; beginning again after the last would make it 0.7


async def test_the_page_sends_a_film_over_two_cuts_and_a_killed_server(service: Service) -> None:
    film = lesson_film()
    size = film.stat().st_size
    async with chromium() as browser, proxied(service.server.port) as link:
        page, faults = await open_page(browser)
        before = await send(page, link, service, film)
        for share in (0.2, 0.4):
            await link.until_uploaded(before + int(size * share))
            link.cut()
        await link.until_uploaded(before + int(size * 0.7))
        await kill_for_a_while(page, link, service)
        await says(page, "Ready to watch.")
        assert link.uploaded - before < size * (1 + RESENT_AT_MOST)
        assert faults == []
    assert await service.stored_hash() == hash_of(film)
    assert (await service.take()).is_watchable


async def test_a_closed_browser_goes_on_where_it_stopped(service: Service, tmp_path: Path) -> None:
    film = lesson_film()
    size = film.stat().st_size
    faults = Faults()
    async with proxied(service.server.port) as link:
        base = f"http://localhost:{link.port}"
        address = f"{base}/observations/{service.observation_id}/upload"
        link.bytes_per_second = LINK // 4
        async with kept_chromium(tmp_path / "profile") as page:
            faults.watch(page)
            await sign_in(page, base, service.email, PASSWORD)
            await page.goto(address)
            await page.set_input_files("#film", film)
            await link.until_uploaded(int(size * 0.3))
            await asyncio.sleep(2)  # the profile is written to the disk a moment later
        before = link.uploaded
        link.bytes_per_second = LINK
        async with kept_chromium(tmp_path / "profile") as page:
            faults.watch(page)
            await page.goto(address)
            begun = page.get_by_role("region", name="Unfinished upload")
            await expect(begun).to_contain_text(film.name, timeout=PATIENCE_S * 1000)
            await page.set_input_files("#film", film)
            await says(page, "Ready to watch.")
        assert link.uploaded - before < size * 0.8
    assert faults == []
    assert await service.stored_hash() == hash_of(film)


async def test_a_device_without_network_goes_on_by_itself(service: Service) -> None:
    film = lesson_film()
    size = film.stat().st_size
    async with chromium() as browser, proxied(service.server.port) as link:
        page, _ = await open_page(browser)
        before = await send(page, link, service, film)
        await link.until_uploaded(before + int(size * 0.3))
        await page.context.set_offline(True)
        link.cut()  # what is under way ends too, as on a phone in a tunnel
        await says(page, "There is no network.")
        await asyncio.sleep(3)
        await page.context.set_offline(False)
        await says(page, "Ready to watch.")
        assert link.uploaded - before < size * (1 + RESENT_AT_MOST)
    assert await service.stored_hash() == hash_of(film)


async def send(page: Page, link: Proxy, service: Service, film: Path) -> int:
    """Sign in and begin to send a film over the link; returns what had gone over it before."""
    base = f"http://localhost:{link.port}"
    await sign_in(page, base, service.email, PASSWORD)
    await page.goto(f"{base}/observations/{service.observation_id}/upload")
    link.bytes_per_second = LINK
    before = link.uploaded
    await page.set_input_files("#film", film)
    return before


async def kill_for_a_while(page: Page, link: Proxy, service: Service) -> None:
    """Kill the server as a power cut would, and start it again once the page has noticed."""
    await service.server.kill()
    link.is_open = False
    link.cut()
    await says(page, "The server cannot be reached just now.")
    await service.server.start()
    link.is_open = True


async def says(page: Page, words: str) -> None:
    """Wait until the uploader says so."""
    await expect(page.locator(".uploader__state")).to_contain_text(words, timeout=PATIENCE_S * 1000)
