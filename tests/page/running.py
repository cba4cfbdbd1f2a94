"""The sandbox page as its user opens it: the real process, and Debian's Chromium driven by Playwright."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console import KNOWLEDGE, PROJECT, bring_caches

#: Seconds until the page and the bot behind it must be there, on a busy machine.
_START = 180.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MISSING = "the tests of the sandbox page need Chromium; on Debian and Ubuntu: apt-get install chromium"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium of this machine. Without one the test is skipped; under CI=true it fails."""
    path = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(_MISSING)
    with sync_playwright() as playwright:
        # Containers have no user namespaces for its sandbox; it shows only this page.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@contextmanager
def sandbox_page(folder: Path, knowledge: Path = KNOWLEDGE) -> Iterator[str]:
    """Run a sandbox whose bot answers from this knowledge; yield the address of the page."""
    data, output = folder / "data", folder / "output"
    bring_caches(data, engine=True)
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "HOME", "LANG")}
    command = [sys.executable, "-m", "bot", "sandbox", "--page", "--no-browser", "--port", str(_free_port())]
    with output.open("wb") as log:
        running = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment
            | {
                "DATA_DIR": str(data),
                "PYTHONPATH": str(PROJECT),
                "KNOWLEDGE_PATH": str(knowledge),
            },
        )
    try:
        yield _wait_for_address(running, output)
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(20.0)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)


def _wait_for_address(running: "subprocess.Popen[bytes]", output: Path) -> str:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        said = output.read_text(encoding="utf-8")
        assert running.poll() is None, said
        if (address := _ADDRESS.search(said)) and "The bot answers" in said:
            return address[0]
        time.sleep(0.1)
    raise AssertionError(output.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
