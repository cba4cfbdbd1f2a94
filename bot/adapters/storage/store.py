"""Everything that is kept, behind the ports `Chats` and `Inbox`."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.adapters.storage.database import alone, connect, local_file
from bot.adapters.storage.migrating import migrate
from bot.adapters.storage.tables import chats, handled_updates, parked_updates
from bot.core.errors import OperatorError
from bot.core.text import Language
from bot.flows.ports import ChatRecord

#: Telegram delivers an update again for at most one day.
REMEMBERED_FOR = timedelta(days=2)
#: Records of chats that are held in memory, so that an answer seldom waits for the disk.
_CHATS_AT_HAND = 20_000


@asynccontextmanager
async def open_store(address: str) -> AsyncIterator["Store"]:
    """The store at an SQLAlchemy address, locked against other bots and brought up to date; OperatorError."""
    url, path = local_file(address)
    with alone(path):
        writer, reader = connect(url, writes=True), connect(url, writes=False)
        try:
            await _prepare(writer, path.name)
            store = Store(writer, reader)
            await store.recall()
            yield store
        finally:
            await reader.dispose()
            await writer.dispose()


async def _prepare(writer: AsyncEngine, name: str) -> None:
    try:
        async with writer.begin() as connection:
            await connection.run_sync(migrate)
    except DatabaseError as error:
        why = str(error.orig)
    else:
        return
    raise OperatorError(
        f"The database {name} cannot be used ({why}); nothing was changed in it. Restore a backup,"
        " or move the file away to begin anew."
    )


class Store:
    """What is kept of people and of updates. One writer at a time; nobody else writes while it lives."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader
        self._writing = asyncio.Lock()
        self._at_hand: OrderedDict[int, ChatRecord] = OrderedDict()
        self._changes = 0
        self._newest = -1  #: no update behind this one was ever handled or parked

    async def recall(self) -> None:
        """Look up what must be known before the first update."""
        newest = [func.max(table.c.update_id) for table in (handled_updates, parked_updates)]
        async with self._reader.begin() as connection:
            for query in newest:
                self._newest = max(self._newest, (await connection.scalar(select(query))) or -1)

    # --- Chats ---

    async def read(self, chat: int) -> ChatRecord:
        """What is stored of a chat; an empty record when there is nothing."""
        record = self._at_hand.get(chat)
        if record is None:
            changes = self._changes
            async with self._reader.begin() as connection:
                row = (await connection.execute(select(chats).where(chats.c.chat_id == chat))).first()
            record = ChatRecord(*row) if row else ChatRecord(chat, None, None)
            if changes != self._changes:
                return record  # somebody wrote meanwhile: good for now, not to be held on to
            self._at_hand[chat] = record
        self._at_hand.move_to_end(chat)
        while len(self._at_hand) > _CHATS_AT_HAND:
            self._at_hand.popitem(last=False)
        return record

    async def choose_language(self, chat: int, language: Language | None) -> None:
        """Keep the language that a chat chose; None goes back to that of each question."""
        await self._change(chat, language=language)

    async def subscribe(self, chat: int, now: datetime) -> None:
        """The chat pressed start; whoever is subscribed already stays so since then."""
        if (await self.read(chat)).subscribed_since is None:
            await self._change(chat, subscribed_since=now)

    async def unsubscribe(self, chat: int) -> None:
        """The chat blocked the bot or left."""
        if (await self.read(chat)).subscribed_since is not None:
            await self._change(chat, subscribed_since=None)

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup with another id, which may be known already."""
        async with self._write(old, new) as connection:
            row = (await connection.execute(select(chats).where(chats.c.chat_id == old))).first()
            if row is None:
                return
            known = await connection.scalar(select(chats.c.chat_id).where(chats.c.chat_id == new))
            await connection.execute(
                delete(chats).where(chats.c.chat_id == old)
                if known
                else update(chats).where(chats.c.chat_id == old).values(chat_id=new)
            )

    async def forget(self, chat: int) -> None:
        """Erase all that is stored of a chat."""
        async with self._write(chat) as connection:
            await connection.execute(delete(chats).where(chats.c.chat_id == chat))

    async def _change(self, chat: int, **values: Any) -> None:
        """Set values of a chat; a chat of which nothing is left to keep has no row."""
        here: ColumnElement[bool] = chats.c.chat_id == chat
        async with self._write(chat) as connection:
            changed = await connection.execute(update(chats).where(here).values(**values))
            if not changed.rowcount:
                await connection.execute(insert(chats).values(chat_id=chat, **values))
            empty = here & chats.c.language.is_(None) & chats.c.subscribed_since.is_(None)
            await connection.execute(delete(chats).where(empty))

    # --- Inbox ---

    async def unhandled(self, update_ids: Sequence[int]) -> set[int]:
        """Those of the ids that were not handled in the last two days."""
        old = [number for number in update_ids if number <= self._newest]
        if not old:
            return set(update_ids)
        query = select(handled_updates.c.update_id).where(handled_updates.c.update_id.in_(old))
        async with self._reader.begin() as connection:
            return set(update_ids).difference(await connection.scalars(query))

    async def handled(self, update_ids: Sequence[int], now: datetime) -> None:
        """These updates are done: never again, and no longer parked."""
        rows = [{"update_id": number, "handled_at": now} for number in sorted(set(update_ids))]
        if not rows:
            return
        async with self._write() as connection:
            for table in (handled_updates, parked_updates):
                await connection.execute(delete(table).where(table.c.update_id.in_(update_ids)))
            await connection.execute(insert(handled_updates), rows)
        self._newest = max(self._newest, *update_ids)

    async def park(self, updates: Sequence[tuple[int, str]], now: datetime) -> None:
        """Keep updates (id, JSON) durably until they are handled."""
        ids = [number for number, _ in updates]
        if not ids:
            return
        rows = [{"update_id": number, "body": body, "parked_at": now} for number, body in updates]
        async with self._write() as connection:
            await connection.execute(delete(parked_updates).where(parked_updates.c.update_id.in_(ids)))
            await connection.execute(insert(parked_updates), rows)
        self._newest = max(self._newest, *ids)

    async def parked(self) -> list[tuple[int, str]]:
        """The parked updates, oldest first."""
        query = select(parked_updates.c.update_id, parked_updates.c.body)
        async with self._reader.begin() as connection:
            rows = await connection.execute(query.order_by(parked_updates.c.update_id))
            return [(number, body) for number, body in rows]

    async def expire(self, now: datetime) -> None:
        """Forget update ids that are older than two days."""
        old = handled_updates.c.handled_at < now - REMEMBERED_FOR
        await self._execute(delete(handled_updates).where(old))

    async def _execute(self, statement: Executable) -> None:
        async with self._write() as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _write(self, *changed: int) -> AsyncIterator[AsyncConnection]:
        """The one transaction that writes; chats that it changes are read anew afterwards."""
        async with self._writing:
            try:
                async with self._writer.begin() as connection:
                    yield connection
            finally:
                self._changes += len(changed)
                for chat in changed:
                    self._at_hand.pop(chat, None)
