"""The table of inputs: messages of staff that are not questions, who may send each, and its handler.

`input_of` has no side effects, so that the router knows the handler and the required role first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from telegram import Document, Message

from bot.i18n.dates import is_like_date
from bot.i18n.message import Translator
from bot.people.ports import Role
from bot.telegram_ui.admins import confirm, unassigned
from bot.telegram_ui.admins import inputs as admins
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import (
    ExpectedField,
    ExpectedHeadCount,
    ExpectedInput,
    ExpectedPart,
    ExpectedTeaching,
    OpenComposer,
    is_original_private_message,
)
from bot.telegram_ui.message_parser import ParsedMessage, TextMessage
from bot.telegram_ui.staff import edit, inbox_teach, versions


@dataclass(frozen=True, slots=True)
class RestOfAlbum:
    """Another picture of an album whose first picture was used for a draft."""


StaffInput: TypeAlias = ExpectedInput | Document | RestOfAlbum


@dataclass(frozen=True, slots=True)
class InputRow:
    """Who may send an input, and its handler."""

    role: Role
    handle: Callable[[StaffContext, Message, Any, Translator], Awaitable[None]]


INPUTS: Mapping[type[object], InputRow] = {
    ExpectedField: InputRow("staff", edit.receive_text),
    ExpectedTeaching: InputRow("staff", inbox_teach.receive_text),
    Document: InputRow("staff", versions.receive_file),
    OpenComposer: InputRow("admin", unassigned.ask_language),
    ExpectedPart: InputRow("admin", admins.receive_part),
    ExpectedHeadCount: InputRow("admin", confirm.receive_head_count),
    RestOfAlbum: InputRow("admin", admins.ignore),
}


def input_of(context: StaffContext, message: Message, parsed: ParsedMessage) -> StaffInput | None:
    """The kind of input in a message of staff; None for a question, and for messages of citizens."""
    album = message.media_group_id
    if album is not None and context.pending.albums.get(message.chat.id) == album:
        return RestOfAlbum()
    expected = context.expected_input_of(message)
    takes_files = isinstance(expected, ExpectedPart) and expected.part == "text"
    if message.document is not None and not takes_files:
        return message.document if _is_from_staff(context, message) else None
    text = parsed.text if isinstance(parsed, TextMessage) else ""
    if isinstance(expected, ExpectedField) and expected.is_offered and not is_like_date(text):
        return None
    return expected if takes_files or text else None


def _is_from_staff(context: StaffContext, message: Message) -> bool:
    person = message.from_user
    return (
        is_original_private_message(message) and person is not None and context.roles.cached_role(person.id) is not None
    )
