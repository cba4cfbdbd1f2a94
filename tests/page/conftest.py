"""One sandbox for all tests of a process, one browser for those of a file, and a window of its own for each test."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser

from bot.cli.sandbox_folder import SandboxFolder
from tests.page.person import Call, Open, Reader
from tests.page.running import chromium, sandbox_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright holds the event loop of its thread, so it ends before the tests of the next file."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    with sandbox_page(folder) as where:
        yield where


@pytest.fixture
def call(folder: Path, address: str) -> Call:
    """Calls a method of the Bot API in the bot's name: for what this bot never does itself."""
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
