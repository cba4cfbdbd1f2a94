"""One sandbox and one browser for all tests of a process, and a fresh window for each test."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, Page

from bot.cli.sandbox_folder import SandboxFolder
from tests.factories import YAML_TEXT
from tests.page.person import CHANGEABLE, Call, Open, Reader
from tests.page.running import chromium, sandbox_page

_HERE = Path(__file__).parent
_running = ExitStack()


@cache
def _browser() -> Browser:
    return _running.enter_context(chromium())


@pytest.hookimpl(trylast=True)  # when the windows of the last test are closed
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Stop Playwright before the tests of another folder, because it holds the event loop of its thread."""
    if nextitem is None or _HERE not in nextitem.path.parents:
        _running.close()
        _browser.cache_clear()
        _first_page.cache_clear()


@pytest.fixture
def browser() -> Browser:
    """The browser of all tests in this folder."""
    return _browser()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """The address of a page with the small city; the shipped one takes seconds to learn at each start and edit."""
    (folder / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    with sandbox_page(folder, folder / "projects.yaml") as where:
        yield where


@pytest.fixture
def call(folder: Path, address: str) -> Call:
    """Call methods of the Bot API as the bot, for what this bot never does itself."""
    _, settings = SandboxFolder(folder / "data").running() or ("", {})
    root = f"{settings['TELEGRAM_API_BASE_URL']}/bot{settings['TELEGRAM_BOT_TOKEN']}"

    def call_(method: str, **parameters: Any) -> Any:
        body = json.dumps(parameters).encode()
        request = urllib.request.Request(f"{root}/{method}", body, {"Content-Type": "application/json"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    return json.load(reply)["result"]
            except HTTPError as error:
                if error.code != 429:  # this sandbox has Telegram's limits: about one message a second in a chat
                    raise
                time.sleep(1.0)

    return call_


@cache
def _first_page(address: str) -> Page:
    reader = Reader.open(_browser(), address)
    reader.leave()
    return reader.page


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens windows, and closes them; a test fails if the console of one shows an error.

    The first window of a test is the page that the tests leave to each other, with nothing kept in it, if it may be an
    English one.
    """
    first_page = _first_page(address)
    readers: list[Reader] = []

    def open_(**options: Any) -> Reader:
        if not readers and options.keys() <= CHANGEABLE:
            reader = Reader.open_again(first_page, address, **options)
        else:
            reader = Reader.open(browser, address, **options)
        readers.append(reader)
        return reader

    yield open_
    for reader in readers:
        (reader.leave if reader.page is first_page else reader.close)()
