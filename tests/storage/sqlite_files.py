"""SQLite files on a disk that fails."""

from datetime import UTC, datetime

import pytest

from bot.errors import StorageError
from bot.storage import Store, open_store
from tests.storage.databases import Place, Update

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 11, 12


async def fill(place: Place, chats: int = 500) -> None:
    """Make the file, with enough in it to be damaged."""
    async with open_store(place.address):
        pass
    rows = ", ".join(f"({number}, 'ru')" for number in range(1, chats + 1))
    place.execute(f"INSERT INTO chats (chat_id, language) VALUES {rows}")
    place.execute("PRAGMA journal_mode=DELETE")


async def keeps_nothing(store: Store) -> None:
    """Check that reading and writing both raise the reason, and that nothing unknown is returned."""
    for act in (store.read(ANN), store.choose_language(ANN, "ru"), store.grants(), store.park([Update(1)], NOON)):
        with pytest.raises(StorageError) as refused:
            await act
        assert str(refused.value) == store.failure
