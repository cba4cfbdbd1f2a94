"""One sandbox for all tests of a process, one browser for those of a file, and a window of its own for each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.page.person import Open, Reader
from tests.page.running import chromium, sandbox_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright holds the event loop of its thread, so it ends before the tests of the next file."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sandbox_page(tmp_path_factory.mktemp("page")) as where:
        yield where


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens windows, and closes them; a test fails if the console of one shows an error."""
    readers: list[Reader] = []

    def open_(**options: Any) -> Reader:
        readers.append(Reader.open(browser, address, **options))
        return readers[-1]

    yield open_
    for reader in readers:
        reader.close()
