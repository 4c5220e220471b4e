"""An assessor who marks a lesson with the keyboard alone."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.journeys.keyboard import follow, sign_in, tab_to


@dataclass(frozen=True)
class Remark:
    """One comment to write."""

    text: str
    tag: int  # the digit of its criterion
    is_span: bool = False


REMARKS = (
    Remark("You say at once what today's question is.", 1),
    Remark("You think aloud while you work through the example.", 3, is_span=True),
    Remark("What did you expect the pupils at the back to do?", 2),
    Remark("Wait a little longer before you answer yourself.", 4),
    Remark("You come back to the first question at the end.", 5),
)


class Marker:
    """One assessor at work on one observation."""

    def __init__(self, page: Page, base: str, observation: str) -> None:
        self.page = page
        self.base = base
        self.room = f"/observations/{observation}/mark"

    async def open_room(self, email: str, password: str) -> None:
        """Sign in and go to the marking room by the dashboard."""
        await sign_in(self.page, self.base, email, password)
        await follow(self.page, f'a[href="{self.room}"]')
        await expect(self.page.locator("lesson-player .timeline")).to_be_visible()

    async def comment(self, remark: Remark) -> int:
        """Write a comment on what is on the screen; returns its lesson time."""
        keyboard = self.page.keyboard
        await keyboard.press("k")
        await self._play_on(1_000)
        if remark.is_span:
            await keyboard.press("r")
            await self._play_on(1_000)
            await keyboard.press("r")
        else:
            await keyboard.press("c")
        text = self.page.locator("#comment-text")
        await expect(text).to_be_focused()
        await keyboard.type(remark.text)
        await keyboard.press("Tab")
        await keyboard.press(str(remark.tag))
        await keyboard.press("Enter")
        await expect(text).to_have_count(0)
        await expect(self.page.locator(".comment__text", has_text=remark.text)).to_be_visible()
        # Saving a comment plays on.
        await self.page.wait_for_function("() => document.querySelector('lesson-player').isPlaying")
        await keyboard.press("k")
        await expect(self.page.locator(".room__standing")).to_have_text("Saved.")
        return await self._time_of(remark)

    async def judge(self, criteria: list[str], *, not_met: str | None = None) -> None:
        """Give every criterion a level, a reason and a comment to cite."""
        keyboard = self.page.keyboard
        for code in criteria:
            await tab_to(self.page, f'[name="level-{code}"]')
            await keyboard.press("Space")
            if code in (not_met, "overall") and not_met is not None:
                await keyboard.press("ArrowRight")
            await tab_to(self.page, f"#reason-{code}")
            await keyboard.type(f"Seen in this lesson, on {code}.")
            if code != "overall":
                await keyboard.press("#")
                await expect(self.page.locator(f"#cite-{code} input").first).to_be_focused()
                await keyboard.press("Space")
                await keyboard.press("Escape")
                await expect(self.page.locator(f"#reason-{code}")).to_be_focused()

    async def submit(self) -> str:
        """Check, declare and submit; returns the reference."""
        await follow(self.page, 'a[href$="/mark/check"]')
        await self.page.wait_for_url("**/mark/check")
        await tab_to(self.page, "[name=is_declared]")
        await self.page.keyboard.press("Space")
        await tab_to(self.page, "main form button[type=submit], main form button:not([type])")
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url("**/mark/receipt")
        text = await self.page.locator("main").inner_text()
        return next(word for word in text.split() if word.startswith("MS-"))

    async def _play_on(self, ms: int) -> None:
        """Return once the film has gone on by so much."""
        start = await self._lesson_time()
        await self.page.wait_for_function(
            "goal => document.querySelector('lesson-player').lessonTime >= goal", arg=start + ms
        )

    async def _lesson_time(self) -> int:
        time: int = await self.page.evaluate("document.querySelector('lesson-player').lessonTime")
        return time

    async def _time_of(self, remark: Remark) -> int:
        address = self.room.removesuffix("/mark")
        answer = await self.page.evaluate(f"fetch('/api{address}/comments').then(r => r.json())")
        return int(next(each["at_ms"] for each in answer["comments"] if each["text"] == remark.text))
