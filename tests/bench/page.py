"""How long a visitor of the sandbox page waits: `python -m tests.bench page` (needs Chromium).

The page is that of `minsheng sandbox` with its bot, in Chromium. The baseline is the smallest action of a page: a key
is pressed in a chat's field, and the letter appears. It is measured in the same run, so the ratios can be compared
between machines.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect

from tests.bench.machine import load
from tests.page.person import Reader
from tests.page.running import chromium, sandbox_page

_TIMES = 10
_QUESTION = "new childcare center?"
_SUBSCRIBERS = 500
_PAINTED = "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)"
#: Milliseconds for 500 people to join, at about 30 a second.
_JOINING = 180_000


def main() -> None:
    """Print one line for each figure, with its goal."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        address = stack.enter_context(sandbox_page(folder))
        browser = stack.enter_context(chromium())
        painted = median(_first_paint(browser, address) for _ in range(_TIMES))
        reader = Reader.open(browser, address)
        reader.write("Emma", _QUESTION)  # the chat is begun
        key = median(_timed(lambda: _press(reader)) for _ in range(_TIMES))
        alone = median(_answer(reader) for _ in range(_TIMES))
        _join(reader)
        among = median(_answer(reader) for _ in range(_TIMES))
        reader.close()
    print(f"\nThe page, medians of {_TIMES} (load {load()})")
    _show("a key to its letter (baseline)", key, key, "-")
    _show("first paint", painted, key, "<= 1,000 ms")
    _show("a question to its answer", alone, key, "<= 300 ms")
    _show(f"the same with {_SUBSCRIBERS} subscribers", among, key, "<= 300 ms")


def _show(name: str, milliseconds: float, baseline: float, goal: str) -> None:
    print(f"  {name:40} {milliseconds:7.0f} ms  {milliseconds / baseline:6.1f} x  goal {goal}")


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds of an act."""
    begin = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begin)


def _first_paint(browser: Browser, address: str) -> float:
    """Milliseconds from the navigation to the first content, as the browser measures it."""
    reader = Reader.open(browser, address)
    # Asked for here and not awaited in the page, whose content security policy forbids to evaluate a text there.
    while not (times := reader.page.evaluate(_PAINTED)):
        reader.page.wait_for_timeout(10)
    reader.close()
    return float(times[0])


def _press(reader: Reader) -> None:
    field = reader.chat("Emma").locator("textarea")
    field.press("a")
    expect(field).to_have_value("a")
    field.fill("")


def _answer(reader: Reader) -> float:
    """Milliseconds from Enter to the answer; not at once, because a chat gets one message a second."""
    reader.page.wait_for_timeout(2_500)
    return _timed(lambda: reader.write("Emma", _QUESTION))


def _join(reader: Reader) -> None:
    """Add the subscribers by the button of the page, and return when all have joined."""
    shown = reader.page.locator(".subscribers")
    shown.get_by_role("button").click()
    expect(shown.locator("p span").first).to_have_text(str(_SUBSCRIBERS), timeout=_JOINING)
    expect(shown.get_by_role("status")).to_have_count(0, timeout=_JOINING)
