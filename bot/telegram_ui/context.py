"""What handlers share: the services that they use, and what the bot remembers about chats while it runs.

Handlers of citizens take a `HandlerContext`; those of staff and admins take a `StaffContext`, which extends it. The app
creates a single `StaffContext`, through which all handlers get their services.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from telegram import CallbackQuery, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message, User
from telegram.constants import ChatType

from bot.answers.reply import Target
from bot.answers.service import TranslatorIn
from bot.answers.snapshot import Snapshot
from bot.broadcasts.messages import format_moment
from bot.broadcasts.ports import MessageTransport
from bot.broadcasts.service import BroadcastService
from bot.errors import StorageError
from bot.i18n.languages import language_by_tag
from bot.i18n.message import LazyMessage, Translator
from bot.inbox.report.service import ReportService
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.inbox.tickets.service import TicketService
from bot.knowledge import Area, City, KnowledgeBase, Project
from bot.people.ports import Audit, Chats, Role
from bot.people.roles import RoleService
from bot.publishing.ports import Versions
from bot.publishing.publisher import Publisher
from bot.publishing.tasks import Spreadsheets
from bot.telegram_api.sender import MessageSender
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.buttons import EditProject
from bot.telegram_ui.chat_memory import ChatMemory, Pending
from bot.telegram_ui.expected_input import INPUT_TIMEOUT, ExpectedInput, is_original_private_message
from bot.telegram_ui.keyboards import Button, Keyboards
from bot.telegram_ui.rate_limit import Limits, RateDecision
from bot.telegram_ui.staff.language import staff_language


class BotIdentity(NamedTuple):
    id: int
    username: str

    def start_link(self, payload: str) -> str:
        """A link that opens the private chat and sends `/start payload`."""
        return f"https://t.me/{self.username}?start={payload}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: who may send it, what it does, and its description in the help and in Telegram's menus."""

    name: str
    role: Role | None  #: None: everyone
    handle: "Callable[[StaffContext, Message, str, Translator], Awaitable[None]]"
    description: LazyMessage | None = None  #: None: neither in the help nor in a menu
    in_menu: bool = True
    in_groups: bool = True  #: whether the menu of groups offers it


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerContext:
    """Shared by all handlers."""

    sender: MessageSender
    chats: Chats
    roles: RoleService
    snapshot: Callable[[], Snapshot]
    translator_in: TranslatorIn
    keyboards: Keyboards
    bot: BotIdentity
    now: Callable[[], datetime]
    commands: Sequence[Command]
    inbox: InboxService
    tickets: TicketService
    memory: ChatMemory = field(default_factory=ChatMemory)
    limits: Limits = field(default_factory=Limits)

    async def translator_for(self, chat: int, person: User | None) -> Translator:
        """The language that the chat chose, or that of the person's Telegram, or the city's.

        Without a person (None), Telegram's language is that of their last /start. Never fails: an unreadable choice
        counts as none.
        """
        try:
            record = await self.chats.read(chat)
        except StorageError:
            return self.translator_by_telegram(person)
        chosen = record.language or (record.telegram_language if person is None else None)
        return self.translator_in(chosen) if chosen else self.translator_by_telegram(person)

    def translator_by_telegram(self, person: User | None) -> Translator:
        """The language of the person's Telegram, or the city's; does not access the storage."""
        telegram_language = language_by_tag(person.language_code if person else None)
        return self.translator_in(telegram_language or self.snapshot().knowledge.city.default_language)

    def check_rate(self, person: int) -> RateDecision:
        """Count one message or press; staff, who work with buttons, have no limit."""
        return RateDecision.ALLOW if self.roles.cached_role(person) else self.limits.messages.check(person, self.now())

    def edit_button(self, chat: int, subject: Target | None, translator: Translator) -> tuple[Button, ...]:
        """The button with which staff edit a project, in their own chats; empty for citizens."""
        if subject is None or subject.kind != "project" or not self.roles.cached_role(chat):
            return ()
        return ((translator.gettext("✎ Edit"), EditProject(subject.id)),)

    async def respond(self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> int | None:
        """Answer a message; if an earlier version of it, or its album, was answered, edit that answer.

        Returns the id of the answer, or None if the bot cannot write to the chat.
        """
        chat, key = message.chat.id, (message.chat.id, message.message_id)
        edited = message.edit_date is not None
        album = (chat, message.media_group_id) if message.media_group_id else None
        earlier = self.memory.answers.get(key) if edited else self.memory.albums.get(album) if album else None
        if album:
            self.memory.albums[album] = None
        if earlier and await self.sender.edit(chat, earlier, text, keyboard=keyboard):
            self.memory.answers[key] = earlier
            return earlier
        # If others write too, or the answer is late, it must show which message it answers.
        quoted = message.message_id if edited else _quoted(message)
        sent = await self.sender.send(chat, text, keyboard=keyboard, reply_to=quoted)
        if sent is not None:
            self.memory.answers[key] = sent
        return sent

    async def send_below(
        self, message: MaybeInaccessibleMessage, text: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Send a new message to the same chat; in a group as a reply, so that it stays in the topic."""
        await self.sender.send(message.chat.id, text, keyboard=keyboard, reply_to=_quoted(message))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffContext(HandlerContext):
    """Shared by the handlers of staff and admins."""

    publisher: Publisher
    reports: ReportService
    teaching: TeachingService
    versions: Versions
    audit: Audit
    spreadsheets: Spreadsheets
    broadcasts: BroadcastService
    #: sends previews of broadcasts
    transport: MessageTransport
    #: the chat that gets notices for all staff
    staff_chat_id: int | None = None
    #: changes of broadcasts that are not reported yet
    events: EventQueue = field(default_factory=EventQueue)
    pending: Pending = field(default_factory=Pending)

    async def translator_for_staff_chat(self) -> Translator:
        """The translator for notices to the staff chat; never fails."""
        default, chat = self.city.default_language, self.staff_chat_id
        return self.translator_in(await staff_language(chat, self.chats, self.roles, default) if chat else default)

    @property
    def knowledge(self) -> KnowledgeBase:
        return self.publisher.live.snapshot.knowledge

    @property
    def city(self) -> City:
        return self.knowledge.city

    def today(self) -> date:
        """The date in the city."""
        return self.city.day_at(self.now())

    def format_moment(self, at: datetime, translator: Translator) -> str:
        """A time in the city's time zone."""
        return format_moment(at, self.city, translator)

    def title_of(self, entry: Area | Project, translator: Translator) -> str:
        """The title of an area or project in the reader's language, or else in the city's."""
        return entry.title.in_language(translator.language, self.city.default_language)

    def project(self, chat: int, identifier: str) -> Project | None:
        """A project with the edits that wait for this person's confirmation; None if the id is unknown."""
        edit = self.pending.edits.get(chat)
        if edit and edit.project.id == identifier:
            return edit.project
        return self.knowledge.project_by_id.get(identifier)

    def expected_input_of(self, message: Message) -> ExpectedInput | None:
        """The input that the bot asked for in this chat, if the message can be it: new and written by the person."""
        expected = self.pending.inputs.get(message.chat.id)
        if expected is None or self.now() - expected.at > INPUT_TIMEOUT or not is_original_private_message(message):
            return None
        return expected

    async def send(self, chat: int, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        await self.sender.send(chat, text, keyboard=keyboard)

    async def notify(self, person: int, text: str, *buttons: Button) -> None:
        """Write to a person in their private chat."""
        await self.send(person, text, self.keyboards.pairs(buttons, person) if buttons else None)

    async def show(
        self,
        query: CallbackQuery,
        text: str,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        new_message: bool = False,
    ) -> None:
        """Edit the message of the pressed button; send a new one if it was deleted, or with `new_message`."""
        message = query.message
        if message is None:
            return
        if new_message or not await self.sender.edit(message.chat.id, message.message_id, text, keyboard=keyboard):
            await self.send(message.chat.id, text, keyboard)


def _quoted(message: MaybeInaccessibleMessage) -> int | None:
    """The message to reply to; in groups the one that is answered."""
    return message.message_id if message.chat.type != ChatType.PRIVATE else None
