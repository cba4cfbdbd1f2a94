"""What is kept of chats, behind the port `Chats`."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.i18n.languages import Language
from bot.people.ports import ChatRecord
from bot.storage.deliveries import erase_of, kept_of, move
from bot.storage.schema import broadcasts, chats, drafts
from bot.storage.transactions import Access, Repository

#: Records of chats that are held in memory, so that an answer seldom waits for the disk.
_CHATS_AT_HAND = 20_000


class ChatRepository(Repository):
    """Languages and subscriptions."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._at_hand: OrderedDict[int, ChatRecord] = OrderedDict()
        self._changes = 0

    async def read(self, chat: int) -> ChatRecord:
        """What is stored of a chat; an empty record when there is nothing."""
        record = self._at_hand.get(chat)
        if record is None:
            changes = self._changes
            async with self._access.reading() as connection:
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

    async def subscribe(self, chat: int, now: datetime, spoken: Language | None) -> None:
        """The chat pressed start; whoever is subscribed already stays so since then."""
        record = await self.read(chat)
        since = record.subscribed_since or now
        if (record.subscribed_since, record.spoken) != (since, spoken):
            await self._change(chat, subscribed_since=since, spoken=spoken)

    async def unsubscribe(self, chat: int) -> None:
        """The chat stopped the notices, blocked the bot or left; the language of its Telegram was kept for them."""
        if (await self.read(chat)).subscribed_since is not None:
            async with self._writing_of(chat) as connection:
                await unsubscribe_chats(connection, [chat])

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup with another id, which may be known already."""
        async with self._writing_of(old, new) as connection:
            await move_chat(connection, old, new)

    async def forget(self, chat: int) -> None:
        """Erase all that is stored of a chat, its deliveries, and the drafts of the person whose private chat it is.

        Of deliveries only how many there were stays. What that person did as staff stays as well: grants, versions,
        broadcasts and the audit are the city's record.
        """
        async with self._writing_of(chat) as connection:
            await connection.execute(delete(chats).where(chats.c.chat_id == chat))
            await connection.execute(delete(drafts).where(drafts.c.person == chat))
            draft = (broadcasts.c.author == chat) & (broadcasts.c.state == "draft")
            await connection.execute(delete(broadcasts).where(draft))
            card = update(broadcasts).where(broadcasts.c.card_chat == chat)
            await connection.execute(card.values(card_chat=None, card_message=None))
            await erase_of(connection, chat)

    async def deliveries_of(self, chat: int) -> int:
        """Of how many broadcasts it is kept what became of them in this chat."""
        async with self._access.reading() as connection:
            return len(await kept_of(connection, chat))

    async def _change(self, chat: int, **values: Any) -> None:
        """Set values of a chat; a chat of which nothing is left to keep has no row."""
        here: ColumnElement[bool] = chats.c.chat_id == chat
        async with self._writing_of(chat) as connection:
            changed = await connection.execute(update(chats).where(here).values(**values))
            if not changed.rowcount:
                await connection.execute(insert(chats).values(chat_id=chat, **values))
            await connection.execute(delete(chats).where(here & _IS_EMPTY))

    @asynccontextmanager
    async def _writing_of(self, *changed: int) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes chats, which are read anew afterwards."""
        try:
            async with self._access.writing() as connection:
                yield connection
        finally:
            self._changes += len(changed)
            for chat in changed:
                self._at_hand.pop(chat, None)


async def unsubscribe_chats(connection: AsyncConnection, those: Collection[int]) -> None:
    """No notices for these chats from now on; of those that chose no language nothing is left to keep."""
    here = chats.c.chat_id.in_(those)
    await connection.execute(update(chats).where(here).values(subscribed_since=None, spoken=None))
    await connection.execute(delete(chats).where(here & _IS_EMPTY))


async def move_chat(connection: AsyncConnection, old: int, new: int) -> None:
    """Keep a chat and its deliveries under its new number; a record that is there already stays as it is."""
    known = await connection.scalar(select(chats.c.chat_id).where(chats.c.chat_id == new))
    here = chats.c.chat_id == old
    await connection.execute(delete(chats).where(here) if known else update(chats).where(here).values(chat_id=new))
    await move(connection, old, new)


_IS_EMPTY = chats.c.language.is_(None) & chats.c.subscribed_since.is_(None)
