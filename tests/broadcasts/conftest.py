"""Both databases, a Telegram with subscribers, and no waiting time before a message is sent again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.broadcasts import worker as delivering
from bot.broadcasts.checkpoint import CheckpointFile
from bot.storage import deliveries
from bot.storage import delivery_queue as outbox
from tests.broadcasts.sending_env import SendingEnv, sending_env
from tests.storage.conftest import place, store
from tests.storage.databases import file_place

__all__ = ["place", "store"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "RESEND_AFTER", timedelta(0))


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[SendingEnv]:
    """A sandbox with people, and an empty SQLite database of the bot."""
    async with sending_env(file_place(tmp_path / "minsheng.db")) as found:
        yield found


@pytest.fixture
def checkpoint(tmp_path: Path) -> CheckpointFile:
    """A checkpoint on a system whose only clock is the one that these tests set."""
    return CheckpointFile(tmp_path / "broadcasts.json", uptime=lambda: None)


@pytest.fixture
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gather recipients in chunks of three."""
    for module in (outbox, deliveries):
        monkeypatch.setattr(module, "CHUNK", 3)
