"""Both databases, for the promises that hold in either."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from bot.storage import Store, open_store
from tests.postgres import Server
from tests.storage.databases import Place, file_place, server_place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return file_place(tmp_path / "data" / "minsheng.db")
    return server_place(cast("Server", request.getfixturevalue("postgresql")))


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """A store in it."""
    async with open_store(place.address) as opened:
        yield opened
