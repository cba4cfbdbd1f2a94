"""What every handler has at hand, and the few things that all of them do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram import InlineKeyboardMarkup, Message, User
from telegram.constants import ChatType

from bot.answers.reply import Target
from bot.answers.service import Conversations, PhrasesIn
from bot.answers.snapshot import Snapshot
from bot.errors import StorageError
from bot.i18n.languages import language_by_tag
from bot.i18n.message import Translator
from bot.people.ports import Chats
from bot.people.roles import RoleService
from bot.telegram_ui.cache import Cooldown, LRUCache, UserRateLimiter, Verdict
from bot.telegram_ui.keyboards import Button, Keyboards
from bot.telegram_ui.messenger import Messenger
from bot.telegram_ui.staff.callback_data import EditProject

#: After this nobody believes any more that the bot is only thinking.
TYPING_AFTER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerContext:
    """The collaborators of all handlers, and what is remembered while the bot runs."""

    gateway: Messenger
    chats: Chats
    snapshot: Callable[[], Snapshot]
    subjects: Conversations
    phrases_in: PhrasesIn
    keyboards: Keyboards
    roster: RoleService
    bot_id: int
    username: str
    now: Callable[[], datetime]
    #: how fast each person may write, and type behind the bot's name in other chats
    pace: UserRateLimiter = field(default_factory=UserRateLimiter)
    typing_pace: UserRateLimiter = field(
        default_factory=lambda: UserRateLimiter(burst=60, per_second=2.0, recovered=10)
    )
    #: notes that nobody wants to read twice
    only_text: Cooldown = field(default_factory=lambda: Cooldown(timedelta(minutes=10)))
    late: Cooldown = field(default_factory=lambda: Cooldown(timedelta(hours=1)))
    #: (chat, message of a person) -> the message that answered it
    answers: LRUCache[tuple[int, int], int] = field(default_factory=LRUCache)

    async def phrases_for(self, chat: int, person: User | None) -> Translator:
        """The sentences in the language that was chosen, or that of the person's Telegram, or the city's.

        Of whoever is not here (None) Telegram's language is that of their last start. It never fails: where the choice
        cannot be read, nothing was chosen.
        """
        try:
            record = await self.chats.read(chat)
        except StorageError:
            return self.phrases_by_telegram(person)
        chosen = record.language or (record.spoken if person is None else None)
        return self.phrases_in(chosen) if chosen else self.phrases_by_telegram(person)

    def phrases_by_telegram(self, person: User | None) -> Translator:
        """The sentences in the language of the person's Telegram, or the city's; asks no storage."""
        spoken = language_by_tag(person.language_code if person else None)
        return self.phrases_in(spoken or self.snapshot().knowledge.city.default_language)

    def judge(self, person: int) -> Verdict:
        """Whether somebody may write once more; staff, who work with buttons, always."""
        return Verdict.ANSWER if self.roster.cached_role(person) else self.pace.judge(person, self.now())

    def for_staff(self, chat: int, subject: Target | None, phrases: Translator) -> tuple[Button, ...]:
        """The button under a project with which staff edit it; only in their own chats, and none for citizens."""
        if subject is None or subject.kind != "project" or not self.roster.cached_role(chat):
            return ()
        return ((phrases.gettext("✎ Edit"), EditProject(subject.id)),)

    @asynccontextmanager
    async def typing_if_slow(self, chat: int) -> AsyncIterator[None]:
        """Show "typing" when what is done here takes long; not while it is sent: it would outlive it."""
        task: asyncio.Task[None] | None = None

        def show() -> None:
            nonlocal task
            task = asyncio.create_task(self.gateway.typing(chat))

        timer = asyncio.get_running_loop().call_later(TYPING_AFTER, show)
        try:
            yield
        finally:
            timer.cancel()
            if task is not None:
                await task

    async def respond(self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Answer a message: where its earlier wording was answered, that answer is changed."""
        key = (message.chat.id, message.message_id)
        edited = message.edit_date is not None
        answered = self.answers.get(key) if edited else None
        if answered and await self.gateway.edit(message.chat.id, answered, text, keyboard=keyboard):
            return
        # Where others write too, and where the answer comes late, it must be seen what it belongs to.
        quoted = message.message_id if edited or message.chat.type != ChatType.PRIVATE else None
        sent = await self.gateway.send(message.chat.id, text, keyboard=keyboard, reply_to=quoted)
        if sent is not None:
            self.answers.put(key, sent)
