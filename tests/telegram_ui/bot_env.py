"""The small city's bot with a sender that only records, and people who send it real updates."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from telegram import (
    Bot,
    Update,
)

from bot.answers.reply import Target
from bot.answers.service import Conversations
from bot.broadcasts.model import Progress
from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.inbox.collecting import Collector
from bot.inbox.report.service import ReportService
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.inbox.tickets.model import OwnInbox
from bot.inbox.tickets.service import StaffChats, TicketService
from bot.people.ports import ChatRecord, Chats
from bot.people.roles import RoleService
from bot.publishing.live import LiveVersion, digest_of
from bot.publishing.prepare import prepare
from bot.publishing.publisher import Publisher
from bot.publishing.results import Notice
from bot.publishing.tasks import Spreadsheets, ThreadedTasks
from bot.storage.store import Store
from bot.storage.transactions import NoTransactions
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.buttons import OpenTarget, RenderMode
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.chat_memory import ChatMemory
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import BotIdentity, Command, StaffContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.router import Router
from tests.factories import YAML_TEXT, make_knowledge
from tests.telegram_ui.memory_stores import MemoryBroadcasts, MemoryRecords, MemoryRepository, RecordingTransport
from tests.telegram_ui.recording_sender import BotAction, InlineAnswer, RecordingSender

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"a key for signing buttons in tests"
BOT_ID, USERNAME = 1000, "harbin_bot"
ANN, BEN, GROUP, STAFF = 11, 12, -500, -900
ADMIN, CLERK = 21, 22
Json = dict[str, Any]

#: A poll as Telegram sends it.
POLL: Json = {
    "id": "1",
    "question": "?",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": True,
    "members_only": False,
}


@dataclass
class TaggedTranslator:
    """A translator without catalogues. It puts the language before the English sentence: `zh: You are welcome!`."""

    language: Language

    @property
    def space(self) -> str:
        return " "

    def gettext(self, message: str, /, **values: object) -> str:
        """The English text, with the language before it."""
        return f"{self.language}: {message.format(**values)}"

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self.gettext(one if number == 1 else many, number=number, **values)

    def date(self, day: date) -> str:
        """The day in ISO format."""
        return day.isoformat()


@cache
def tagged(language: Language) -> Translator:
    """The translator that tests use in place of the catalogues."""
    return TaggedTranslator(language)


@cache
def small_city() -> LiveVersion:
    """The live version of the small city, ready for questions."""
    content = YAML_TEXT.encode()
    return LiveVersion(prepare(make_knowledge(), digest_of(content)), content)


class MemoryChats:
    """The port `Chats` on a dictionary; `delay` makes it slow, `changes` counts the changes."""

    def __init__(self) -> None:
        self.records: dict[int, ChatRecord] = {}
        self.deliveries: dict[int, int] = {}
        self.delay = 0.0
        self.changes = 0

    async def read(self, chat: int) -> ChatRecord:
        await asyncio.sleep(self.delay)
        return self.records.get(chat, ChatRecord(chat, None, None))

    async def choose_language(self, chat: int, language: Language | None) -> None:
        await self._keep(replace(await self.read(chat), language=language))

    async def subscribe(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        await self._keep(replace(await self.read(chat), subscribed_since=now, telegram_language=telegram_language))

    async def unsubscribe(self, chat: int) -> None:
        await self._keep(
            replace(await self.read(chat), subscribed_since=None, telegram_language=None, is_suspended=False)
        )

    async def suspend(self, chat: int) -> None:
        """Suspend the subscription of a person; end that of a group."""
        record = await self.read(chat)
        if record.subscribed_since is not None:
            await self._keep(replace(record, subscribed_since=None, telegram_language=None, is_suspended=chat > 0))

    async def resume(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        """Restore a suspended subscription."""
        record = await self.read(chat)
        if record.is_suspended:
            await self._keep(
                replace(record, subscribed_since=now, telegram_language=telegram_language, is_suspended=False)
            )

    async def migrate(self, old: int, new: int) -> None:
        if record := self.records.pop(old, None):
            await self._keep(replace(record, chat=new))

    async def forget(self, chat: int) -> None:
        self.changes += 1
        self.records.pop(chat, None)
        self.deliveries.pop(chat, None)

    async def deliveries_of(self, chat: int) -> int:
        return self.deliveries.get(chat, 0)

    async def _keep(self, record: ChatRecord) -> None:
        self.changes += 1
        self.records[record.chat] = record
        if record.language is None and record.subscribed_since is None and not record.is_suspended:
            del self.records[record.chat]


class NoTickets(Store):
    """No storage at all, so nothing is stored about any chat; tests/process and test_tickets.py have real ones."""

    async def own_inbox(self, chat: int) -> OwnInbox:
        return OwnInbox()


class BotEnv:
    """A bot with people, and a clock that only moves when a test moves it."""

    def __init__(self, chats: Chats | None = None, commands: Sequence[Command] = COMMANDS) -> None:
        self.sender = RecordingSender()
        self.chats = MemoryChats()
        self.conversations = Conversations()
        self.now = NOON
        self.records = MemoryRecords()
        self.file = MemoryRepository(YAML_TEXT.encode())
        self.notices: list[Notice] = []
        self.publisher = Publisher(
            small_city(),
            repository=self.file,
            tasks=ThreadedTasks(lambda: self.now),
            store=self.records,
            announce=self._hear_notice,
            now=lambda: self.now,
        )
        self.roles = RoleService(self.records, admins={ADMIN}, staff={CLERK})
        self.keyboards = Keyboards(CallbackCodec(KEY))
        self.broadcasts = MemoryBroadcasts(self.records)
        self.transport = RecordingTransport()
        self.events = EventQueue()
        self.live: Progress | None = None
        self.wakes = 0
        self.broadcasting = BroadcastService(
            store=self.broadcasts,
            testers=self._testers,
            city=lambda: self.publisher.live.snapshot.knowledge.city,
            policy=BroadcastPolicy(30, 100),
            wake=self._wake,
            live=lambda: self.live,
            now=lambda: self.now,
        )
        storage = NoTickets(NoTransactions("there is no database in these tests"))
        self.inbox = InboxService(storage, Collector(storage, None, lambda: self.now), lambda: self.now)
        self.context = StaffContext(
            sender=self.sender,
            chats=chats or self.chats,
            roles=self.roles,
            snapshot=lambda: self.publisher.live.snapshot,
            translator_in=tagged,
            keyboards=self.keyboards,
            bot=BotIdentity(BOT_ID, USERNAME),
            now=lambda: self.now,
            commands=commands,
            memory=ChatMemory(conversations=self.conversations),
            inbox=self.inbox,
            reports=ReportService(storage, lambda: self.publisher.live.snapshot.knowledge.city, lambda: self.now),
            tickets=TicketService(
                storage, storage, staff=StaffChats(self.roles, STAFF), wake=lambda: None, now=lambda: self.now
            ),
            teaching=TeachingService(self.inbox, self.publisher, lambda: self.now),
            publisher=self.publisher,
            versions=self.records,
            audit=self.records,
            spreadsheets=Spreadsheets(),
            broadcasts=self.broadcasting,
            transport=self.transport,
            events=self.events,
            staff_chat_id=STAFF,
        )
        self.router = Router(self.context)
        self.cards = ProgressCards(self.context, lambda: self.live, self.records)
        self._numbers = count(1)

    async def start(self) -> None:
        """Set the menus and the profile, as the bot does when it starts."""
        await set_profile(self.context, Bot("1000:not-a-token-and-never-used"))

    async def _testers(self) -> list[int]:
        return [member.person for member in await self.roles.members()]

    def _wake(self) -> None:
        self.wakes += 1

    async def _hear_notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    async def receives(self, update: Json) -> list[BotAction]:
        """Handle an update, parsed by python-telegram-bot; return the actions of the bot."""
        before = len(self.sender.acts)
        parsed = Update.de_json({"update_id": next(self._numbers), **update})
        await self.router.handle(parsed)
        return self.sender.acts[before:]

    def message(self, person: int = ANN, *, chat: int | None = None, code: str = "en", **content: Any) -> Json:
        """Make a message as Telegram sends it, without the update around it."""
        where = person if chat is None else chat
        base = {"message_id": next(self._numbers), "date": int(self.now.timestamp())}
        return {**base, "chat": chat_json(where), "from": person_json(person, code), **content}

    async def writes(
        self, text: str, person: int = ANN, *, chat: int | None = None, code: str = "en", **content: Any
    ) -> list[BotAction]:
        """Write a text; return the actions of the bot."""
        return await self.receives({"message": self.message(person, chat=chat, code=code, text=text, **content)})

    async def presses(
        self, data: str, person: int = ANN, *, chat: int | None = None, message: int = 9000, code: str = "en"
    ) -> list[BotAction]:
        """Press a button with this data under a message of the bot; return the actions of the bot."""
        where = person if chat is None else chat
        query = {
            "id": str(next(self._numbers)),
            "from": person_json(person, code),
            "chat_instance": "1",
            "data": data,
            "message": {
                "message_id": message,
                "date": int(self.now.timestamp()),
                "chat": chat_json(where),
                "text": "x",
            },
        }
        return await self.receives({"callback_query": query})

    async def types(self, text: str, person: int = ANN, *, code: str = "en", offset: str = "") -> InlineAnswer | None:
        """Type a text after the bot's name in another chat; return the answer to the inline query."""
        before = len(self.sender.offers)
        query = {
            "id": str(next(self._numbers)),
            "from": person_json(person, code),
            "query": text,
            "offset": offset,
        }
        await self.receives({"inline_query": query})
        return self.sender.offers[before] if len(self.sender.offers) > before else None

    def button(self, target: Target, language: Language = "en", chat: int = ANN) -> str:
        """The data of a button that shows a target in a new message."""
        return self.keyboards.codec.pack(OpenTarget.of(target, language, RenderMode.NEW_MESSAGE), chat)

    def wait(self, seconds: float) -> None:
        """Move the clock forward."""
        self.now += timedelta(seconds=seconds)


def person_json(person: int, code: str = "en") -> Json:
    """A person as Telegram sends one; without a language if the code is empty."""
    return {"id": person, "is_bot": False, "first_name": "Ann"} | ({"language_code": code} if code else {})


def chat_json(chat: int) -> Json:
    """A private chat, or a supergroup for negative numbers."""
    if chat > 0:
        return {"id": chat, "type": "private", "first_name": "Ann"}
    return {"id": chat, "type": "supergroup", "title": "Neighbours"}


def button(said: list[BotAction], label: str) -> str:
    """The callback data of the last button whose text contains the label."""
    for act in reversed(said):
        for name, data in act.buttons.items():
            if label in name:
                return str(data)
    raise AssertionError(f"no button {label!r} in {[list(act.buttons) for act in said]}")


def texts(said: list[BotAction]) -> str:
    """The texts of all actions, one a line."""
    return "\n".join(act.text or "" for act in said)


async def follow(env: BotEnv, said: list[BotAction], *labels: str, person: int = CLERK) -> list[BotAction]:
    """Press one button after the other, each in the answer to the one before; return the last answer."""
    for label in labels:
        said = await env.presses(button(said, label), person)
    return said
