"""Every page, in every state of the tour: accessible, without a fault, nothing inline."""

from pathlib import Path

import pytest

from tests.journeys.tour import tour
from tests.support.axe import violations
from tests.support.browser import HEIGHTS, chromium
from tests.support.footage import lesson_film
from tests.support.server import run, serving


@pytest.fixture(scope="module")
async def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the sample provider, with its films."""
    data = tmp_path_factory.mktemp("sample") / "data"
    await run("demo", "--film", str(lesson_film()), "--data", str(data))
    return data


@pytest.mark.parametrize("width", HEIGHTS)
async def test_every_page_is_accessible_and_keeps_to_its_policy(sample: Path, width: int) -> None:
    found: dict[str, list[str]] = {}
    async with chromium() as browser, serving(sample) as server:
        async for stop, page, faults in tour(browser, server.url, width):
            markup = await (await page.context.request.get(page.url)).text()
            assert 'style="' not in markup, stop
            assert "<style" not in markup, stop
            assert "onclick" not in markup, stop
            assert all(" src=" in tag.split(">")[0] for tag in markup.split("<script")[1:]), stop
            overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            problems = await violations(page) + faults + (["it scrolls sideways"] if overflow > 0 else [])
            if problems:
                found[stop.name] = problems
            faults.clear()
    assert found == {}
