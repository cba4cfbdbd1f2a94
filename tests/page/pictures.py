"""`make pictures`: takes the pictures of README and of the staff guides from the real page, and notes their recipe.

The guided tour is done in each language. Two pictures are taken on the way: a clerk teaches the bot, and a broadcast is
being sent. A picture is current as long as neither this file nor the built page has changed.
"""

import base64
import hashlib
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.console import PROJECT
from tests.page.person import Reader
from tests.page.running import chromium, sandbox_page

PICTURES = PROJECT / "docs" / "pictures"
RECIPE = PICTURES / "recipe.sha256"
LOCALES = {"en": "en-GB", "zh": "zh-CN", "ru": "ru-RU"}
_STATIC = PROJECT / "bot" / "sandbox" / "page" / "static"
_SIZE = {"width": 1440, "height": 860}
_STEP_MS = 150_000
#: The steps after which a picture is taken, and its name.
_TAUGHT, _SENDING = 5, 8
_SHOTS = {_TAUGHT: "teaching", _SENDING: "broadcast"}


def names() -> list[str]:
    """The file names of all pictures."""
    return [f"{name}-{language}.webp" for language in LOCALES for name in _SHOTS.values()]


def recipe() -> str:
    """The digest of what the pictures are made from."""
    digest = hashlib.sha256()
    for path in (Path(__file__), *sorted(_STATIC.iterdir())):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def take_all(languages: list[str]) -> None:
    """Take the pictures of these languages; note the recipe if these are all."""
    PICTURES.mkdir(exist_ok=True)
    with chromium() as browser:
        for language in languages:
            with tempfile.TemporaryDirectory() as folder, sandbox_page(Path(folder)) as address:
                _take(browser, address, language)
    if set(languages) == set(LOCALES):
        RECIPE.write_text(f"{recipe()}\n", encoding="utf-8")


def _take(browser: Browser, address: str, language: str) -> None:
    reader = Reader.open(browser, address, panel="tour", locale=LOCALES[language], viewport=_SIZE)
    page = reader.page
    for step in range(1, _SENDING + 1):
        expect(page.locator(".tour li.done")).to_have_count(step - 1)
        page.locator(".present .primary").click()
        expect(page.locator(".tour li.done")).to_have_count(step, timeout=_STEP_MS)
        if name := _SHOTS.get(step):
            page.wait_for_timeout(4000 if step == _SENDING else 1500)
            _shoot(page, PICTURES / f"{name}-{language}.webp")
    reader.close()


def _shoot(page: Page, path: Path) -> None:
    """What the window shows, as WebP: a fifth of the size of a PNG."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    answer = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": 88})
    path.write_bytes(base64.b64decode(answer["data"]))
    print(f"{path.relative_to(PROJECT)}: {path.stat().st_size // 1024} KB", flush=True)  # noqa: T201


if __name__ == "__main__":
    take_all(sys.argv[1:] or list(LOCALES))
