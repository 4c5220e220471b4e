"""What the page finds out about a film on the device, and does to it, before and while it is sent."""

from pathlib import Path
from typing import Any

import av
from playwright.async_api import CDPSession, Page, expect

from tests.clients.conftest import PASSWORD, PATIENCE_S, Service
from tests.clients.test_tus_js import says, send
from tests.media.clips import Clip, make
from tests.support.browser import chromium, open_page, sign_in
from tests.support.footage import lesson_film
from tests.support.tcp_proxy import proxied

CRAWL = 24 * 1024  # bytes a second
CLICK_AT_ONCE = """(words) => new MutationObserver((_, observer) => {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent.includes(words));
  if (button) { observer.disconnect(); button.click(); }
}).observe(document.body, { childList: true, subtree: true })"""
TELLS_NETWORK = "--enable-blink-features=NetInfoDownlinkMax"  # as browsers on phones do


def times_of(film: Path) -> list[float]:
    """Return when each picture is shown, in seconds after the first."""
    with av.open(str(film)) as container:
        stream: Any = container.streams.video[0]
        times = sorted(
            float(packet.pts * stream.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None
        )
    return [time - times[0] for time in times]


async def test_a_smaller_copy_is_made_where_the_whole_takes_long(service: Service) -> None:
    async with chromium() as browser, proxied(service.server.port) as link:
        page, faults = await open_page(browser)
        await send(page, link, service, lesson_film())
        link.bytes_per_second = CRAWL
        offer = page.get_by_role("button", name="Make a smaller copy and send that")
        await expect(offer).to_be_visible(timeout=PATIENCE_S * 1000)
        await expect(page.locator("#uploader-smaller")).to_contain_text("A smaller copy has about")
        await page.evaluate(CLICK_AT_ONCE, "Send the whole film instead")
        await offer.click()
        await expect(offer).to_be_hidden()
        await says(page, "Sending.")
        await cancel(page)
        await page.set_input_files("#film", lesson_film())
        await offer.click(timeout=PATIENCE_S * 1000)
        link.bytes_per_second = None
        await says(page, "Ready to watch.")
        kept = await page.evaluate(
            "async () => { const names = []; const folder = await navigator.storage.getDirectory();"
            " for await (const [name] of folder.entries()) names.push(name); return names; }"
        )
        assert (faults, kept) == ([], [])
    take = await service.take()
    assert take.filename == "lesson (smaller).mp4"
    sent = service.server.data / "store" / str(take.original_key)
    assert sent.stat().st_size < lesson_film().stat().st_size / 2
    whole, smaller = times_of(lesson_film()), times_of(sent)
    assert len(smaller) == len(whole)
    assert max(abs(one - other) for one, other in zip(whole, smaller, strict=True)) < 0.001


async def test_a_film_without_sound_is_pointed_out(service: Service, tmp_path: Path) -> None:
    silent = make(tmp_path / "silent.mp4", Clip(seconds=130, audio=None, size=(640, 480)))
    async with chromium() as browser, proxied(service.server.port) as link:
        page, faults = await open_page(browser)
        await open_uploader(page, service, link.port)
        link.bytes_per_second = CRAWL
        await page.set_input_files("#film", silent)
        await expect(page.get_by_text("There is no sound in this film.")).to_be_visible(timeout=30_000)
        link.bytes_per_second = None
        await says(page, "Ready to watch.")
        assert faults == []


async def test_films_wait_for_wifi_if_asked_to(service: Service) -> None:
    async with chromium(TELLS_NETWORK) as browser, proxied(service.server.port) as link:
        page, faults = await open_page(browser)
        await open_uploader(page, service, link.port)
        device = await page.context.new_cdp_session(page)
        await device.send("Network.enable")
        await be_on(device, "wifi")
        await page.get_by_label("Only over Wi-Fi").check()
        link.bytes_per_second = 2 * 1024**2
        before = link.uploaded
        await page.set_input_files("#film", lesson_film())
        await link.until_uploaded(before + 4 * 1024**2)
        await be_on(device, "cellular4g")
        await says(page, "Waiting for Wi-Fi")
        await be_on(device, "wifi")
        await says(page, "Sending.")
        await be_on(device, "cellular4g")
        await says(page, "Waiting for Wi-Fi")
        link.bytes_per_second = None
        await page.get_by_role("button", name="Send over the mobile network").click()
        await says(page, "Ready to watch.")
        await page.reload()
        await expect(page.get_by_label("Only over Wi-Fi")).not_to_be_checked()
        assert faults == []


async def test_another_camera_can_be_sent_later(service: Service, tmp_path: Path) -> None:
    films = [make(tmp_path / name, Clip(seconds=4, size=(320, 180))) for name in ("one.mp4", "two.mp4")]
    await service.send(films[0])
    async with chromium() as browser:
        page, faults = await open_page(browser)
        await open_uploader(page, service, service.server.port)
        await page.set_input_files("#film", films[1])
        await expect(page.get_by_text("How does this film belong to what has arrived?")).to_be_visible()
        await page.get_by_role("radio", name="At the same time").check()
        await expect(page.get_by_role("textbox", name="Camera")).to_have_value("Camera 2")
        await page.get_by_role("button", name="Send one film").click()
        await says(page, "Ready to watch.")
        assert faults == []


async def open_uploader(page: Page, service: Service, port: int) -> None:
    """Sign in, and open the page on which films are sent."""
    base = f"http://localhost:{port}"
    await sign_in(page, base, service.email, PASSWORD)
    await page.goto(f"{base}/observations/{service.observation_id}/upload")


async def cancel(page: Page) -> None:
    """Throw away what has been sent."""
    await page.get_by_role("button", name="Cancel this upload").click()
    await page.get_by_role("button", name="Throw it away").click()
    await expect(page.locator("#film")).to_be_visible()


async def be_on(session: CDPSession, network: str) -> None:
    """Be on another kind of network, as the device tells the page."""
    conditions = {"offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": -1}
    await session.send("Network.emulateNetworkConditions", conditions | {"connectionType": network})
