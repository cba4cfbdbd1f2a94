"""The folder in which commands run, and the knowledge that they load repeatedly, prepared once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.control.socket import NAME
from bot.settings import NAMES
from tests.cli.running_bot import ADMIN, RunningBot
from tests.console import prepare_once
from tests.factories import YAML_TEXT
from tests.telegram_ui.memory_stores import MemoryBroadcasts, MemoryRecords


@pytest.fixture(autouse=True)
def _knowledge_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("bot.cli.loading", "bot.publishing.lint.check"):
        monkeypatch.setattr(f"{user}.prepare", prepare_once)


@pytest.fixture
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the developer's machine, a wide terminal, and an empty current folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_city(empty_folder: Path) -> Path:
    """The same, with the small city's knowledge in it."""
    (empty_folder / "knowledge").mkdir()
    (empty_folder / "knowledge" / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    return empty_folder


@pytest.fixture
def english_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine, and an English terminal in a folder of its own."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def running(english_terminal: None, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A bot that serves its socket: three people get notices; the admin is one of them."""
    running = RunningBot(tmp_path, MemoryBroadcasts(MemoryRecords(), {ADMIN: "en", 31: "zh", 32: "zh"}))
    stopping = asyncio.Event()
    serving = asyncio.create_task(running.control().serve(stopping))
    async with asyncio.timeout(60):
        while not (tmp_path / "data" / NAME).exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
        yield running
    stopping.set()
    await serving
