"""What a person does and sees on the page."""

from collections.abc import Callable
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    ViewportSize,
    expect,
)

#: Milliseconds for what the bot must do; a machine that is busy with tests is slow.
PATIENCE = 20_000

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 720}
#: How a window is opened unless a test says otherwise.
_USUAL = {"viewport": WIDE, "locale": "en-GB"}
#: What `Reader.open_again` can change in a window that is open already.
CHANGEABLE = {"panel", "viewport", "color_scheme", "reduced_motion"}


class Reader:
    """A window of the browser with the page, and its reader."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._notes_line)
        page.on("pageerror", self._notes_error)

    @classmethod
    def open(
        cls,
        browser: Browser,
        address: str,
        *,
        panel: str = "",
        prepare: Callable[[BrowserContext], None] = lambda _: None,
        **options: Any,
    ) -> "Reader":
        """Open a window with a storage of its own and show this panel; `prepare` is called before the page loads."""
        context: BrowserContext = browser.new_context(**_USUAL | options)
        context.add_init_script(f"localStorage.panel ??= JSON.stringify({panel!r})")
        prepare(context)
        reader = cls(context.new_page())
        reader.load(address)
        return reader

    @classmethod
    def open_again(
        cls,
        page: Page,
        address: str,
        *,
        panel: str = "",
        viewport: dict[str, int] = WIDE,
        color_scheme: Literal["light", "dark"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
    ) -> "Reader":
        """Do what `open` does in a page that another reader has left; a new window costs a second of processor time."""
        page.evaluate("panel => { localStorage.clear(); localStorage.panel = JSON.stringify(panel); }", panel)
        page.set_viewport_size(ViewportSize(width=viewport["width"], height=viewport["height"]))
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        reader = cls(page)
        reader.load(address)
        return reader

    def load(self, address: str) -> None:
        """Load the page and wait until it is connected."""
        self.page.goto(address)
        self.page.wait_for_selector(".desk")

    def chat(self, name: str) -> Locator:
        """Return the chat of this person; open it from the list if it is not on the screen."""
        chat = self.page.locator("section.chat").filter(has=self.page.get_by_role("heading", name=name, exact=True))
        if not chat.count():
            self.page.locator(".entry-name").get_by_text(name, exact=True).click()
        return chat

    def write(self, name: str, text: str) -> Locator:
        """Write as this person; return the bot's answer, which is the first newer message."""
        chat = self.chat(name)
        if (start := chat.locator(".big-button")).count():
            start.click()
            expect(chat.locator(".message.in")).not_to_have_count(0, timeout=PATIENCE)
        before = chat.locator(".message.in").count()
        chat.locator("textarea").fill(text)
        chat.locator("textarea").press("Enter")
        answer = chat.locator(".message.in").nth(before)
        expect(answer).to_be_visible(timeout=PATIENCE)
        return answer

    def person_id(self, name: str) -> int:
        """The id of a person whose chat is on the screen."""
        return int((self.chat(name).get_attribute("data-chat") or "").partition(":")[0])

    def scroll_width(self) -> int:
        """The width of the page, which is more than the window if something does not fit."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def leave(self) -> None:
        """Leave the page to another reader; fail if its console has reports."""
        self.page.remove_listener("console", self._notes_line)
        self.page.remove_listener("pageerror", self._notes_error)
        assert self.errors == []

    def close(self) -> None:
        """Close the window; fail if its console has reports."""
        self.page.context.close()
        assert self.errors == []

    def _notes_line(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self.errors.append(line.text)

    def _notes_error(self, error: Error) -> None:
        self.errors.append(str(error))


Open = Callable[..., Reader]
Call = Callable[..., Any]
