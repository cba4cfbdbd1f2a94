"""Both databases, for tests of what must hold in either."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest

from bot.storage import Store, open_store
from tests.postgres import Server
from tests.storage.databases import Place, file_place, server_place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database of either kind with all tables and no rows."""
    yield from _place(request, tmp_path, empty=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database of either kind that no bot has used yet."""
    yield from _place(request, tmp_path, empty=True)


def _place(request: pytest.FixtureRequest, folder: Path, *, empty: bool) -> Iterator[Place]:
    if request.param == "sqlite":
        yield file_place(folder / "data" / "minsheng.db", empty=empty)
        return
    server = cast("Server", request.getfixturevalue("postgresql"))
    made = server_place(server, empty=empty)
    yield made
    server.drop(made.name)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """A store in a database of either kind."""
    async with open_store(place.address) as opened:
        yield opened
