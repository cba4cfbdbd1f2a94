"""The guided tour by its own button: to its broadcast in `make test`, to its end in each language in `make soak`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.person import Reader
from tests.page.running import sandbox_page

#: The steps before the broadcast to 500 people, and all.
_FIRST_STEPS, _STEPS = 7, 9
#: 500 messages take 17 seconds, and a start of the bot on a busy machine more.
_STEP_MS = 150_000


@pytest.fixture
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox in which nothing was done."""
    with sandbox_page(tmp_path_factory.mktemp("tour")) as address:
        yield address


def test_the_steps_before_the_broadcast_can_be_done(browser: Browser, fresh: str) -> None:
    """With the two steps after them, and in each language, `make soak` does them."""
    reader = Reader.open(browser, fresh, panel="tour")
    _does(reader.page, _FIRST_STEPS, "delayed")
    reader.close()


@pytest.mark.soak
@pytest.mark.parametrize(("locale", "delayed"), [("en-GB", "delayed"), ("zh-CN", "延期"), ("ru-RU", "задерживается")])
def test_the_tour_can_be_finished_in_each_language(browser: Browser, fresh: str, locale: str, delayed: str) -> None:
    reader = Reader.open(browser, fresh, panel="tour", locale=locale)
    page = reader.page
    _does(page, _STEPS, delayed)
    expect(page.locator(".tour .finished")).to_be_visible()
    expect(page.locator(".subscribers")).to_contain_text("500")
    reader.close()


def _does(page: Page, steps: int, delayed: str) -> None:
    """The steps up to this one; the citizen reads the new status in the last step before the broadcast."""
    for step in range(steps):
        expect(page.locator(".tour li.done")).to_have_count(step)
        page.locator(".present .primary").click()
        fault = page.locator(".present .fault")
        expect(page.locator(".tour li.done").nth(step).or_(fault).first).to_be_attached(timeout=_STEP_MS)
        assert fault.count() == 0, page.locator(".present").inner_text()
        if step == _FIRST_STEPS - 1:
            citizen = page.locator("section.chat").first
            expect(citizen.locator(".message.in").last).to_contain_text(delayed)
