"""Every page of the sample provider, in the states that people meet, and who meets them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Browser, Page

from tests.support import browser as browsers
from tests.support.browser import Faults, open_page
from web.demo import PASSWORD

TITLES = {
    "poetry": "Year 6: reading a poem aloud",
    "fractions": "Year 5: equivalent fractions",
    "rivers": "Year 7: how rivers shape land",
    "plants": "Year 4: what plants need",
    "energy": "Year 8: stores of energy",
    "letters": "Year 3: writing a letter",
}


@dataclass(frozen=True)
class Stop:
    """One page in one state: `{poetry}` in its path is the id of that observation."""

    name: str
    who: str  # "" for nobody
    path: str
    ready: str = "main"  # what is there once the page is
    press: str = ""  # a key to press first


TOUR = (
    Stop("sign-in", "", "/sign-in"),
    Stop("not-found", "joan", "/nowhere"),
    Stop("forbidden", "amara", "/people"),
    Stop("dashboard-trainee", "amara", "/"),
    Stop("dashboard-trainee-waiting", "hina", "/"),
    Stop("dashboard-mentor", "bola", "/"),
    Stop("dashboard-assessor", "helen", "/"),
    Stop("dashboard-lead-moderator", "margaret", "/"),
    Stop("dashboard-external-examiner", "edwin", "/"),
    Stop("dashboard-administrator", "joan", "/"),
    Stop("schedule", "joan", "/observations/new"),
    Stop("observation-trainee", "hina", "/observations/{letters}"),
    Stop("observation-assessor", "helen", "/observations/{rivers}", "lesson-player .timeline"),
    Stop("observation-administrator", "joan", "/observations/{fractions}"),
    Stop("upload", "hina", "/observations/{letters}/upload", ".uploader__drop"),
    Stop("upload-refused", "amara", "/observations/{poetry}/upload"),
    Stop("marking", "helen", "/observations/{rivers}/mark", ".room .timeline"),
    Stop("marking-comment", "helen", "/observations/{rivers}/mark", ".room .timeline", "c"),
    Stop("marking-help", "helen", "/observations/{rivers}/mark", ".room .timeline", "?"),
    Stop("marking-formative", "samuel", "/observations/{energy}/mark", ".room"),
    Stop("marking-submitted", "helen", "/observations/{fractions}/mark", ".room .timeline"),
    Stop("check-answers-empty", "helen", "/observations/{rivers}/mark/check"),
    Stop("receipt", "helen", "/observations/{fractions}/mark/receipt"),
    Stop("amend", "priya", "/observations/{plants}/mark/amend"),
    Stop("second-marker", "margaret", "/observations/{plants}/second-marker"),
    Stop("moderation", "margaret", "/moderation"),
    Stop("moderation-pair", "margaret", "/moderation/{fractions}"),
    Stop("moderation-single", "margaret", "/moderation/{plants}"),
    Stop("moderation-still-blind", "margaret", "/moderation/{rivers}"),
    Stop("moderation-released", "edwin", "/moderation/{poetry}"),
    Stop("feedback", "amara", "/observations/{poetry}/feedback", "lesson-player .timeline"),
    Stop("people", "joan", "/people"),
    Stop("person-new", "joan", "/people/new"),
    Stop("person", "joan", "{person}"),
    Stop("programme", "joan", "/programme"),
    Stop("frameworks", "joan", "/frameworks"),
    Stop("framework", "joan", "{framework}"),
    Stop("rubric", "joan", "{rubric}"),
    Stop("activity", "joan", "/activity"),
)


async def tour(
    browser: Browser, base: str, width: int, **options: object
) -> AsyncIterator[tuple[Stop, Page, Faults]]:
    """Go to every page in turn, as whoever meets it."""
    places = await _places(browser, base)
    pages: dict[str, tuple[Page, Faults]] = {}
    for stop in TOUR:
        if stop.who not in pages:
            pages[stop.who] = await open_page(browser, width, **options)
            if stop.who:
                page, _ = pages[stop.who]
                await browsers.sign_in(page, base, f"{stop.who}@northbridge.example", PASSWORD)
        page, faults = pages[stop.who]
        await page.goto(base + stop.path.format(**places))
        await page.wait_for_selector(stop.ready)
        if stop.press:
            await page.keyboard.press(stop.press)
        await page.wait_for_load_state("networkidle")
        yield stop, page, faults
    for page, _ in pages.values():
        await page.context.close()


async def _places(browser: Browser, base: str) -> dict[str, str]:
    """Return the ids and addresses that the tour's paths name."""
    page, _ = await open_page(browser)
    await browsers.sign_in(page, base, "joan@northbridge.example", PASSWORD)
    answer = await page.evaluate("fetch('/api/observations').then(r => r.json())")
    ids = {each["title"]: each["id"] for each in answer["observations"]}
    places = {key: ids[title] for key, title in TITLES.items()}
    for key, index, link in (
        ("person", "/people", 'main a[href^="/people/"]:not([href="/people/new"])'),
        ("framework", "/frameworks", 'main a[href^="/frameworks/"]'),
        ("rubric", "/frameworks", 'main a[href^="/rubrics/"]'),
    ):
        await page.goto(base + index)
        places[key] = await page.locator(link).first.get_attribute("href") or ""
    await page.context.close()
    return places
