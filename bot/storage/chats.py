"""Chats: languages and subscriptions; implements the port `Chats`."""

from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Hashable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from cachetools import LRUCache
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.i18n.languages import Language
from bot.people.ports import ChatRecord
from bot.storage.circuit_breaker import CircuitBreaker
from bot.storage.deliveries import deliveries_of_chat, erase_deliveries, move_deliveries
from bot.storage.schema import broadcasts, chats, drafts
from bot.storage.tickets import erase_inbox, move_inbox
from bot.storage.transactions import AnyRow, AnyTransactions, Repository, storage_errors

#: The number of records cached in memory, so that answers rarely wait for the database.
_CACHED_CHATS = 20_000
_Result = TypeVar("_Result")


class ChatRepository(Repository):
    def __init__(self, transactions: AnyTransactions, breaker: CircuitBreaker | None = None) -> None:
        super().__init__(transactions)
        self._breaker = breaker
        self._cache: LRUCache[int, ChatRecord] = LRUCache(_CACHED_CHATS)
        self._changes = 0

    async def read(self, chat: int) -> ChatRecord:
        cached = self._cache.get(chat)
        if cached is not None:
            return cached
        changes = self._changes
        record = await self._soon(partial(self._query, chat))
        if changes == self._changes:  # otherwise another task wrote meanwhile, and the record may be outdated
            self._cache[chat] = record
        return record

    def drop_cached(self, chats: Iterable[Hashable]) -> None:
        """Remove chats from the cache, because another process may have changed them."""
        for chat in chats:
            number = chat[1] if isinstance(chat, tuple) else chat
            if isinstance(number, int):
                self._cache.pop(number, None)
            self._changes += 1

    async def _query(self, chat: int) -> ChatRecord:
        record = await self._first(select(chats).where(chats.c.chat_id == chat), _record)
        return record or ChatRecord(chat, None, None)

    async def _soon(self, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """Await what an answer needs; raises StorageError at once while a server hangs."""
        with storage_errors():
            return await (self._breaker.call(work) if self._breaker else work())

    async def choose_language(self, chat: int, language: Language | None) -> None:
        await self._change(chat, language=language)

    async def subscribe(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        record = await self.read(chat)
        since = record.subscribed_since or now
        if (record.subscribed_since, record.telegram_language) != (since, telegram_language):
            await self._change(chat, subscribed_since=since, telegram_language=telegram_language)

    async def unsubscribe(self, chat: int) -> None:
        record = await self.read(chat)
        if record.subscribed_since is not None or record.is_suspended:
            async with self._writing_of(chat) as connection:
                await unsubscribe_chats(connection, [chat])

    async def suspend(self, chat: int) -> None:
        if (await self.read(chat)).subscribed_since is not None:
            async with self._writing_of(chat) as connection:
                await suspend_chats(connection, [chat])

    async def resume(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        if (await self.read(chat)).is_suspended:
            await self._change(chat, subscribed_since=now, telegram_language=telegram_language)

    async def migrate(self, old: int, new: int) -> None:
        async with self._writing_of(old, new) as connection:
            await move_chat(connection, old, new)

    async def forget(self, chat: int) -> None:
        async with self._writing_of(chat) as connection:
            await connection.execute(delete(chats).where(chats.c.chat_id == chat))
            await connection.execute(delete(drafts).where(drafts.c.person == chat))
            draft = (broadcasts.c.author == chat) & (broadcasts.c.state == "draft")
            await connection.execute(delete(broadcasts).where(draft))
            card = update(broadcasts).where(broadcasts.c.card_chat == chat)
            await connection.execute(card.values(card_chat=None, card_message=None))
            await erase_deliveries(connection, chat)
            await erase_inbox(connection, chat)
        await self._transactions.purge()

    async def deliveries_of(self, chat: int) -> int:
        async with self._transactions.reading() as connection:
            return len(await deliveries_of_chat(connection, chat))

    async def _change(self, chat: int, **values: Any) -> None:
        """Set values of a chat; delete its row if no value is left."""
        here: ColumnElement[bool] = chats.c.chat_id == chat
        async with self._writing_of(chat) as connection:
            changed = await connection.execute(update(chats).where(here).values(**values))
            if not changed.rowcount:
                await connection.execute(insert(chats).values(chat_id=chat, **values))
            await connection.execute(delete(chats).where(here & _IS_EMPTY))

    @asynccontextmanager
    async def _writing_of(self, *changed: int) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes chats, and removes them from the cache."""
        try:
            async with self._transactions.writing() as connection:
                yield connection
        finally:
            self._changes += len(changed)
            for chat in changed:
                self._cache.pop(chat, None)


async def unsubscribe_chats(connection: AsyncConnection, chat_ids: Collection[int]) -> None:
    """Unsubscribe chats; delete the rows of those without a chosen language."""
    here = chats.c.chat_id.in_(chat_ids)
    await connection.execute(update(chats).where(here).values(subscribed_since=None, telegram_language=None))
    await connection.execute(delete(chats).where(here & _IS_EMPTY))


async def suspend_chats(connection: AsyncConnection, chat_ids: Collection[int]) -> None:
    """Suspend people's subscriptions; unsubscribe groups, since a group that the bot joins again has other members."""
    await unsubscribe_chats(connection, [chat for chat in chat_ids if chat < 0])
    here = chats.c.chat_id.in_([chat for chat in chat_ids if chat > 0]) & chats.c.subscribed_since.is_not(None)
    marked = func.coalesce(chats.c.telegram_language, _NO_LANGUAGE)
    await connection.execute(update(chats).where(here).values(subscribed_since=None, telegram_language=marked))


async def move_chat(connection: AsyncConnection, old: int, new: int) -> None:
    """Move a chat and its deliveries to its new id; an existing record of the new id is kept."""
    known = await connection.scalar(select(chats.c.chat_id).where(chats.c.chat_id == new))
    here = chats.c.chat_id == old
    await connection.execute(delete(chats).where(here) if known else update(chats).where(here).values(chat_id=new))
    await move_deliveries(connection, old, new)
    await move_inbox(connection, old, new)


def _record(row: AnyRow) -> ChatRecord:
    is_suspended = row.subscribed_since is None and row.telegram_language is not None
    return ChatRecord(
        row.chat_id, row.language, row.subscribed_since, None if is_suspended else row.telegram_language, is_suspended
    )


#: A row without a subscription but with a `telegram_language` is a suspended subscription; this value means no
#: language.
_NO_LANGUAGE = ""
_IS_EMPTY = chats.c.language.is_(None) & chats.c.subscribed_since.is_(None) & chats.c.telegram_language.is_(None)
