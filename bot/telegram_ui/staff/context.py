"""What everything that staff do has at hand, and who may do it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias

from telegram import CallbackQuery, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message
from telegram.constants import ChatType

from bot.broadcasts.messages import format_moment
from bot.broadcasts.ports import MessageTransport
from bot.broadcasts.service import BroadcastService
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, Translator
from bot.knowledge import City, KnowledgeBase, Project
from bot.knowledge.diff import Edit, EditableField
from bot.people.ports import Audit, Role
from bot.publishing.ports import Versions
from bot.publishing.publisher import Publisher
from bot.telegram_ui.admins.callback_data import Part
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.cache import LRUCache
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import Button

#: How long the bot waits for a text that it asked for; what is written later is a question like any other.
PROMPT_STANDS = timedelta(minutes=15)


class Sheets(Protocol):
    """Spreadsheets of the knowledge."""

    async def write(self, knowledge: KnowledgeBase, phrases: Translator) -> bytes:
        """A workbook with a row for each project."""

    async def read(self, content: bytes, knowledge: KnowledgeBase) -> tuple[list[Edit], list[LazyMessage]]:
        """What a workbook would change in the knowledge, and what is wrong in it, cell by cell."""


@dataclass(frozen=True, slots=True)
class ExpectedInput:
    """A text that was asked for."""

    project: str
    field: EditableField
    language: Language | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedPart:
    """A part of a broadcast that was asked for."""

    broadcast: int
    part: Part
    language: Language | None  #: None: the time, which has none
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedHeadCount:
    """The number that its author has to type, so that a broadcast is sent as it was seen."""

    broadcast: int
    revision: int
    head_count: int
    at: datetime


#: Whatever the bot waits for in a chat.
AnyPrompt: TypeAlias = ExpectedInput | ExpectedPart | ExpectedHeadCount


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """The draft that further edits go into, and the project as it is in there."""

    draft: str
    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffContext:
    """The collaborators of all that staff do, and what is remembered of it while the bot runs."""

    desk: HandlerContext
    publisher: Publisher
    versions: Versions
    audit: Audit
    sheets: Sheets
    broadcasting: BroadcastService
    transport: MessageTransport
    news: EventQueue
    prompts: LRUCache[int, AnyPrompt] = field(default_factory=LRUCache)
    baskets: LRUCache[int, PendingEdit] = field(default_factory=LRUCache)
    #: chat -> the album of which the first picture was taken; the others are not
    albums: LRUCache[int, str] = field(default_factory=LRUCache)

    @property
    def city(self) -> City:
        """The city, as the knowledge describes it."""
        return self.publisher.live.snapshot.knowledge.city

    def today(self) -> date:
        """The day in the city."""
        return self.city.day_at(self.desk.now())

    def moment(self, at: datetime, phrases: Translator) -> str:
        """A point in time as the city's clocks show it."""
        return format_moment(at, self.city, phrases)

    def project(self, chat: int, identifier: str) -> Project | None:
        """A project as somebody edits it: with what waits for their yes; None when there is none of this id."""
        basket = self.baskets.get(chat)
        if basket and basket.project.id == identifier:
            return basket.project
        return self.publisher.live.snapshot.knowledge.project_by_id.get(identifier)

    def prompt_of(self, message: Message) -> AnyPrompt | None:
        """What the bot waits for in this chat; a message answers it only when it is new and the person's own."""
        prompt = self.prompts.get(message.chat.id)
        if prompt is None or self.desk.now() - prompt.at > PROMPT_STANDS or not is_own(message):
            return None
        return prompt

    async def gettext(self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Write into the chat of a message."""
        await self.desk.gateway.send(message.chat.id, text, keyboard=keyboard)

    async def tell(self, person: int, text: str, *buttons: Button) -> None:
        """Write to a person, whatever they did last."""
        keyboard = self.desk.keyboards.pairs(buttons, person) if buttons else None
        await self.desk.gateway.send(person, text, keyboard=keyboard)

    async def show(
        self, query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None = None, *, anew: bool = False
    ) -> None:
        """Change the message with the pressed button; a new one when that is gone, or shall stay (`anew`)."""
        message = query.message
        if message is None:
            return
        gateway = self.desk.gateway
        if anew or not await gateway.edit(message.chat.id, message.message_id, text, keyboard=keyboard):
            await gateway.send(message.chat.id, text, keyboard=keyboard)


def is_own(message: Message) -> bool:
    """Whether a person wrote this now, in their private chat: not edited, forwarded, or in another's name."""
    return (
        message.chat.type == ChatType.PRIVATE
        and message.from_user is not None
        and message.sender_chat is None
        and message.edit_date is None
        and message.forward_origin is None
        and message.via_bot is None
    )


def is_at_home(message: MaybeInaccessibleMessage, person: int) -> bool:
    """Whether a button was pressed in the person's own private chat."""
    return message.chat.type == ChatType.PRIVATE and message.chat.id == person


def suffices(role: Role | None, needed: Role) -> bool:
    """Whether a role is enough; admins may do all that staff may."""
    return role in ("admin", needed)
