"""What somebody hides in a film's name, camera or captions is text on every page that shows it."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, expect

from tests.clients.conftest import PATIENCE_S, Service
from tests.media.clips import Clip, make
from tests.support.browser import Faults, chromium, open_page
from tests.support.server import run

SEED = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>{{7*7}}${7*7}"
CAPTIONS = f"""WEBVTT

00:00.000 --> 00:08.000
{SEED}

00:08.000 --> 00:09.000
<c.x onclick="hacked=1">plain <a href="javascript:hacked=1">words</a>
"""
ROLES = ("trainee", "first", "lead", "administrator")
NOT_FOLLOWED = ("/sign-out", "/api/", "/static/")


async def signed_in(browser: Browser, service: Service, who: str) -> tuple[Page, Faults]:
    """Return a page of one of the provider's people."""
    token = (await run("token", f"{who}@north.example", "--data", str(service.server.data))).split()[-1]
    return await open_page(browser, extra_http_headers={"Authorization": f"Bearer {token}"})


async def links(page: Page, service: Service) -> list[str]:
    """Return the addresses of the service's own pages that a page leads to."""
    found: list[str] = await page.eval_on_selector_all("a[href]", "all => all.map((each) => each.href)")
    own = [each.split("#")[0] for each in found if each.startswith(service.server.url)]
    return [each for each in own if not urlsplit(each).path.startswith(NOT_FOLLOWED)]


async def test_what_is_stored_with_a_film_never_runs(service: Service, tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", Clip(seconds=10, size=(320, 180)))
    (tmp_path / "captions.vtt").write_text(CAPTIONS)
    await service.send(film, filename=SEED, camera=SEED[:50])
    await service.until_watchable()
    observation = f"{service.server.url}/observations/{service.observation_id}"
    visited = 0
    async with chromium() as browser:
        page, faults = await signed_in(browser, service, "trainee")
        await page.goto(f"{observation}/captions")
        await page.select_option("[name=language]", "en")
        await page.set_input_files("[name=captions]", tmp_path / "captions.vtt")
        await page.get_by_role("button", name="Add the captions").click()
        await expect(page.get_by_text("hacked=1").first).to_be_visible()
        assert faults == []
        for who in ROLES:
            page, faults = await signed_in(browser, service, who)
            waiting, seen = [service.server.url + "/", observation], set[str]()
            while waiting:
                address = waiting.pop()
                if address in seen or len(seen) > 30:
                    continue
                seen.add(address)
                answer = await page.goto(address)
                assert answer is not None
                assert answer.status < 500, address
                waiting += await links(page, service)
                assert await page.evaluate("window.hacked") is None, (who, address)
            assert faults == [], who
            visited += len(seen)
        page, faults = await signed_in(browser, service, "first")
        await page.goto(observation)
        await page.get_by_label("Captions").select_option("en", timeout=PATIENCE_S * 1000)
        cues = await page.wait_for_function(
            "() => { const track = [...document.querySelector('lesson-player video').textTracks]"
            ".find((each) => each.mode !== 'disabled' && each.cues?.length); "
            "return track && [...track.cues].map((cue) => cue.text); }"
        )
        shown = await cues.json_value()
        assert "plain words" in shown[1]
        assert await page.evaluate("window.hacked") is None
        assert faults == []
    assert visited > 20
