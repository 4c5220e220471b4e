"""Accessibility, as axe-core sees it."""

from pathlib import Path

from playwright.async_api import Page

SOURCE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, a line each."""
    # Evaluated, not added as a script: the page's policy would refuse that.
    await page.evaluate(SOURCE.read_text())
    found = await page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found => found.violations)",
        TAGS,
    )
    return [
        f"{each['id']}: {each['help']} at {', '.join(' '.join(node['target']) for node in each['nodes'])}"
        for each in found
    ]
