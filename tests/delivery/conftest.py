"""Both databases, and no minute of waiting before a message is sent again."""

from datetime import timedelta

import pytest

from bot.adapters.storage import deliveries, outbox
from bot.flows import delivering
from tests.storage.conftest import place, store

__all__ = ["place", "store"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "RESEND_AFTER", timedelta(0))


@pytest.fixture
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three chats are many."""
    for module in (outbox, deliveries):
        monkeypatch.setattr(module, "CHUNK", 3)
