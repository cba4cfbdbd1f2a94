"""The guided tour, by its own button: `make test` stops before the broadcast, `make soak` does all in each language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.person import Reader
from tests.page.running import sandbox_page

#: The number of steps before the broadcast to 500 people, and of all.
_FIRST_STEPS, _STEPS = 7, 9
#: How long a step may take: 500 messages take 17 seconds, and a start of the bot on a busy machine more.
_STEP_MS = 150_000


@pytest.fixture
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox in which nothing was done."""
    with sandbox_page(tmp_path_factory.mktemp("tour")) as address:
        yield address


def test_the_steps_before_the_broadcast_can_be_done(browser: Browser, fresh: str) -> None:
    reader = Reader.open(browser, fresh, panel="tour")
    _do_steps(reader.page, _FIRST_STEPS, "delayed")
    reader.close()


@pytest.mark.soak
@pytest.mark.parametrize(("locale", "delayed"), [("en-GB", "delayed"), ("zh-CN", "延期"), ("ru-RU", "задерживается")])
def test_the_tour_can_be_finished_in_each_language(browser: Browser, fresh: str, locale: str, delayed: str) -> None:
    reader = Reader.open(browser, fresh, panel="tour", locale=locale)
    page = reader.page
    _do_steps(page, _STEPS, delayed)
    expect(page.locator(".tour .finished")).to_be_visible()
    expect(page.locator(".subscribers")).to_contain_text("500")
    reader.close()


def _do_steps(page: Page, steps: int, delayed: str) -> None:
    """Do the first steps; check that in the last one before the broadcast the citizen reads the new status."""
    for step in range(steps):
        expect(page.locator(".tour li.done")).to_have_count(step)
        page.locator(".present .primary").click()
        fault = page.locator(".present .fault")
        expect(page.locator(".tour li.done").nth(step).or_(fault).first).to_be_attached(timeout=_STEP_MS)
        assert fault.count() == 0, page.locator(".present").inner_text()
        if step == _FIRST_STEPS - 1:
            citizen = page.locator("section.chat").first
            expect(citizen.locator(".message.in").last).to_contain_text(delayed)
