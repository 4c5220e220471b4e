"""Doing a job with the keyboard alone."""

from playwright.async_api import Page

MOST_TABS = 250


async def tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is on what the selector names."""
    key = "Shift+Tab" if backwards else "Tab"
    for _ in range(MOST_TABS):
        if await page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{selector} cannot be reached with {key}")


async def sign_in(page: Page, base: str, email: str, password: str) -> None:
    """Sign in without a mouse."""
    await page.goto(f"{base}/sign-in")
    await tab_to(page, "[name=email]")
    await page.keyboard.type(email)
    await tab_to(page, "[name=password]")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{base}/")


async def follow(page: Page, selector: str) -> None:
    """Go to a link and follow it."""
    await tab_to(page, selector)
    await page.keyboard.press("Enter")
