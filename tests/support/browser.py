"""A real browser, which notices every error that a page makes."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What the network does to a page; what the page makes of it is looked at elsewhere.
OF_THE_NETWORK = ("Failed to load resource", "WebSocket connection to")
HEIGHTS = {1280: 900, 390: 844}


@contextlib.asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """Start Chromium, with more flags, for as long as the context is open."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_program(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def kept_chromium(profile: Path) -> AsyncIterator[Page]:
    """Start a Chromium that finds again what it kept in `profile` the last time; yields its page."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=_program(), args=list(FLAGS)
        )
        try:
            yield context.pages[0]
        finally:
            await context.close()


def _program() -> str:
    program = shutil.which("chromium")
    assert program, "Chromium is missing: `make test` installs it, or install the package `chromium`"
    return program


class Faults(list[str]):
    """What went wrong in a page: errors on the console, refused by its policy, or thrown."""

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._console)
        page.on("pageerror", self._thrown)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(OF_THE_NETWORK):
            self.append(message.text)

    def _thrown(self, error: Error) -> None:
        self.append(str(error))


async def open_page(browser: Browser, width: int = 1280, **options: Any) -> tuple[Page, Faults]:
    """Return a page of its own session, and what goes wrong in it."""
    context = await browser.new_context(viewport={"width": width, "height": HEIGHTS[width]}, **options)
    page = await context.new_page()
    faults = Faults()
    faults.watch(page)
    return page, faults


async def sign_in(page: Page, base: str, email: str, password: str) -> None:
    """Sign in as a person would."""
    await page.goto(f"{base}/sign-in")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", password)
    await page.click("main button[type=submit]")
    await page.wait_for_url(f"{base}/")
