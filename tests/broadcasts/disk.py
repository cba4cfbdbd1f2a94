"""The database of broadcasts, read without the program."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import create_engine, delete, insert, select

from bot.i18n.languages import Language
from bot.storage.schema import broadcasts, chats, deliveries, delivery_totals
from tests.broadcasts.reference_model import Row
from tests.storage.databases import Place

_TABLES = (deliveries, delivery_totals, broadcasts, chats)


@dataclass(frozen=True, slots=True)
class Repository:
    """The stored rows of a broadcast other than its deliveries."""

    state: str
    epoch: int
    is_open: bool
    total: int
    erased: Counter[tuple[str, str]]  #: deliveries of which only their state and reason stayed


class Disk:
    """Reads and writes a database with all tables, without the program."""

    def __init__(self, place: Place) -> None:
        self._engine = create_engine(place.address.replace("+aiosqlite", ""))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def clear(self) -> None:
        """Delete all chats, broadcasts and deliveries."""
        with self._engine.begin() as connection:
            for table in _TABLES:
                connection.execute(delete(table))

    def write(
        self, people: Mapping[int, Language | None], since: datetime, broadcast: int, rows: Mapping[int, Row]
    ) -> None:
        """Write subscribers, and deliveries of a broadcast."""
        known = {"subscribed_since": since, "language": None}
        records = [{"chat_id": chat, "telegram_language": language} | known for chat, language in people.items()]
        kept = [{"broadcast_id": broadcast, "chat_id": chat} | asdict(row) for chat, row in rows.items()]
        with self._engine.begin() as connection:
            connection.execute(insert(chats), records)
            connection.execute(insert(deliveries), kept)

    def rows(self, broadcast: int) -> dict[int, Row]:
        """The deliveries of a broadcast by their chats."""
        columns = [deliveries.c[field.name] for field in fields(Row)]
        query = select(deliveries.c.chat_id, *columns).where(deliveries.c.broadcast_id == broadcast)
        with self._engine.connect() as connection:
            return {chat: Row(*row) for chat, *row in connection.execute(query)}

    def look(self, broadcast: int) -> Repository:
        """The row of the broadcast."""
        columns = [broadcasts.c[name] for name in ("state", "epoch", "is_open", "total")]
        erased = select(delivery_totals.c.state, delivery_totals.c.reason, delivery_totals.c.number).where(
            delivery_totals.c.broadcast_id == broadcast
        )
        with self._engine.connect() as connection:
            row = connection.execute(select(*columns).where(broadcasts.c.id == broadcast)).one()
            numbers = {(state, reason): number for state, reason, number in connection.execute(erased)}
        return Repository(row.state, row.epoch, row.is_open, row.total, Counter(numbers))

    def subscribers(self) -> dict[int, Language | None]:
        """The subscribers, with the language of their Telegram."""
        query = select(chats.c.chat_id, chats.c.telegram_language).where(chats.c.subscribed_since.is_not(None))
        with self._engine.connect() as connection:
            return {chat: telegram_language for chat, telegram_language in connection.execute(query)}  # noqa: C416 - these are rows

    def everything(self) -> list[list[Any]]:
        """All rows that a worker can change."""
        with self._engine.connect() as connection:
            return [[*connection.execute(select(table))] for table in _TABLES]
