"""The guided tour, from its first step to its last, by its own button."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.page.person import Reader
from tests.page.running import sandbox_page

_STEPS = 9
#: 500 messages take 17 seconds, and a start of the bot on a busy machine more.
_STEP_MS = 150_000


@pytest.fixture
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox in which nothing was done."""
    with sandbox_page(tmp_path_factory.mktemp("tour")) as address:
        yield address


@pytest.mark.parametrize(
    ("locale", "delayed"),
    [
        ("en-GB", "delayed"),
        pytest.param("zh-CN", "延期", marks=pytest.mark.soak),
        pytest.param("ru-RU", "задерживается", marks=pytest.mark.soak),
    ],
)
def test_the_tour_can_be_finished_in_each_language(browser: Browser, fresh: str, locale: str, delayed: str) -> None:
    reader = Reader.open(browser, fresh, panel="tour", locale=locale)
    page = reader.page
    for step in range(_STEPS):
        expect(page.locator(".tour li.done")).to_have_count(step)
        page.locator(".present .primary").click()
        fault = page.locator(".present .fault")
        expect(page.locator(".tour li.done").nth(step).or_(fault).first).to_be_attached(timeout=_STEP_MS)
        assert fault.count() == 0, page.locator(".present").inner_text()
        if step == 6:
            citizen = page.locator("section.chat").first
            expect(citizen.locator(".message.in").last).to_contain_text(delayed)
    expect(page.locator(".tour .finished")).to_be_visible()
    expect(page.locator(".subscribers")).to_contain_text("500")
    reader.close()
