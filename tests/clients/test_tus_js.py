"""Films sent by the page itself, with tus-js-client in Chromium, over a connection that breaks."""

from playwright.async_api import Page, expect

from tests.clients.conftest import PASSWORD, PATIENCE_S, Service, hash_of
from tests.support.browser import chromium, open_page, sign_in
from tests.support.footage import lesson_film
from tests.support.tcp_proxy import Proxy, proxied

LINK = 8 * 1024**2  # bytes a second
RESENT_AT_MOST = 0.6  # of the film, for all three breaks; beginning again after the last would make it 0.7


async def test_the_page_sends_a_film_over_two_cuts_and_a_killed_server(service: Service) -> None:
    film = lesson_film()
    size = film.stat().st_size
    async with chromium() as browser, proxied(service.server.port) as link:
        base = f"http://localhost:{link.port}"
        page, faults = await open_page(browser)
        await sign_in(page, base, service.email, PASSWORD)
        await page.goto(f"{base}/observations/{service.observation_id}/upload")
        link.bytes_per_second = LINK
        before = link.uploaded
        await page.set_input_files("#film", film)
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
