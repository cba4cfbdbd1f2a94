"""The input that the bot asked staff to send as their next message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from telegram import MaybeInaccessibleMessage, Message
from telegram.constants import ChatType

from bot.i18n.languages import Language
from bot.knowledge import Project
from bot.knowledge.edits import EditableField
from bot.telegram_ui.broadcast_buttons import Part
from bot.telegram_ui.inbox_buttons import Choice, TextStep

#: How long the bot waits for it; a later message is an ordinary question.
INPUT_TIMEOUT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ExpectedField:
    """A new text for a project's field or the statement of one of its facts, or a date (language None)."""

    project: str
    field: EditableField | Literal["statement"]
    language: Language | None
    at: datetime
    fact: str | None = None  #: the id of the fact
    is_offered: bool = False  #: whether no button asked for it: only what is like a date is meant for the field


@dataclass(frozen=True, slots=True)
class ExpectedPart:
    """A part of a broadcast; the time has no language (None)."""

    broadcast: int
    part: Part
    language: Language | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenComposer:
    """The draft that an admin has open: a text may be meant for it, although no button asked for one."""

    broadcast: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedHeadCount:
    """The number of recipients that the author types to confirm the previewed broadcast."""

    broadcast: int
    revision: int
    head_count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedTeaching:
    """A text for teaching a group: a search term, the sentence of a fact, or title and summary of a project."""

    step: TextStep
    group: int
    selection: str
    target: str
    choice: Choice
    at: datetime


ExpectedInput: TypeAlias = ExpectedTeaching | ExpectedField | ExpectedPart | OpenComposer | ExpectedHeadCount


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """The draft that further edits extend, and the project in it."""

    draft: str
    project: Project


def is_original_private_message(message: Message) -> bool:
    """Whether a person wrote this now in their private chat: not edited, forwarded, or in another name."""
    return message.chat.type == ChatType.PRIVATE and is_original_message(message)


def is_original_message(message: Message) -> bool:
    """Whether a person wrote this now under their own account: not edited, forwarded, or in another name."""
    return (
        message.from_user is not None
        and message.sender_chat is None
        and message.edit_date is None
        and message.forward_origin is None
        and message.via_bot is None
    )


def is_own_private_chat(message: MaybeInaccessibleMessage, person: int) -> bool:
    """Whether a button was pressed in the person's own private chat."""
    return message.chat.type == ChatType.PRIVATE and message.chat.id == person
