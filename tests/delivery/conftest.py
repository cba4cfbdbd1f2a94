"""Both databases, and no minute of waiting before a message is sent again."""

from datetime import timedelta

import pytest

from bot.flows import delivering
from tests.storage.conftest import place, store

__all__ = ["place", "store"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "RESEND_AFTER", timedelta(0))
