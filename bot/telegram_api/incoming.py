"""Validates everything that Telegram sends as an update: valid ones become an `Incoming`, others are set aside.

python-telegram-bot accepts any types, so a number in place of a text would raise somewhere in a handler, and again in
the apology. Every field that a handler reads is therefore checked here first (`_Message` and the models below). If a
handler begins to read another field, add it there.
"""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from telegram import Update

from bot.telegram_api.update_json import Unreadable

log = structlog.get_logger()

#: The most characters of an update's JSON. Usual ones have a few thousand; two full texts in Chinese have 50,000.
MAX_SIZE = 100_000
#: With this many waiting updates of a chat, another message is dropped.
MAX_MESSAGES = 30
#: With this many, a pressed button is dropped; it costs nothing to press, and shows a spinner until it is answered.
MAX_PRESSES = 300
#: With this many, a change of subscription is dropped.
MAX_CHANGES = 1000
#: Ids are numbers of up to 52 bits; update ids are consecutive.
_MAX_ID = 2**52 - 1
#: The last second of the year 9999.
_MAX_DATE = 253_402_300_799

_Id = Annotated[int, Field(ge=-_MAX_ID, le=_MAX_ID)]
_Number = Annotated[int, Field(ge=0, le=_MAX_ID)]
_Date = Annotated[int, Field(ge=0, le=_MAX_DATE)]
_Short = Annotated[str, Field(max_length=1024)]
_Text = Annotated[str, Field(max_length=10_000)]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A valid update."""

    id: int
    raw: dict[str, Any]
    chat: Hashable  #: updates with the same key are handled one after the other
    max_backlog: int = MAX_MESSAGES  #: the update is dropped if this many updates of its chat wait

    @property
    def is_of_group(self) -> bool:
        """Whether it is from a group, and not about a change of its members."""
        return isinstance(self.chat, int) and self.chat < 0 and self.max_backlog < MAX_CHANGES

    def parse(self) -> Update | None:
        """The object for handlers; None if python-telegram-bot cannot parse fields that the bot does not read."""
        try:
            return Update.de_json(self.raw)
        except Exception as error:  # noqa: BLE001 - whatever it cannot read, no handler could
            log.warning("update_set_aside", update=self.id, reason=type(error).__name__)
            return None


@dataclass(frozen=True, slots=True)
class SetAside:
    """An invalid update."""

    id: int | None  #: None: it cannot be confirmed or recorded
    reason: str  #: the field and the error, without the value


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _User(_Model):
    id: _Number
    is_bot: bool
    first_name: _Short
    last_name: _Short | None = None
    username: _Short | None = None
    language_code: _Short | None = None


class _Chat(_Model):
    id: _Id
    type: _Short
    title: _Short | None = None
    username: _Short | None = None
    first_name: _Short | None = None
    last_name: _Short | None = None
    is_forum: bool | None = None


class _Entity(_Model):
    type: _Short
    offset: Annotated[int, Field(ge=0, le=20_000)]
    length: Annotated[int, Field(ge=1, le=20_000)]
    url: _Text | None = None
    user: _User | None = None
    language: _Short | None = None
    custom_emoji_id: _Short | None = None


class _File(_Model):
    file_id: _Short
    file_unique_id: _Short
    file_size: _Number | None = None
    file_name: _Short | None = None
    mime_type: _Short | None = None


class _Photo(_File):
    width: _Number
    height: _Number


_Entities = Annotated[list[_Entity], Field(max_length=500)]


class _Message(_Model):
    message_id: _Number
    date: _Date
    chat: _Chat
    from_user: _User | None = Field(None, alias="from")
    sender_chat: _Chat | None = None
    edit_date: _Date | None = None
    text: _Text | None = None
    entities: _Entities | None = None
    caption: _Text | None = None
    caption_entities: _Entities | None = None
    photo: Annotated[list[_Photo], Field(max_length=50)] | None = None
    document: _File | None = None
    media_group_id: _Short | None = None
    via_bot: _User | None = None
    reply_to_message: Optional["_Message"] = None
    message_thread_id: _Number | None = None
    is_topic_message: bool | None = None
    is_automatic_forward: bool | None = None
    forum_topic_created: dict[str, Any] | None = None
    migrate_to_chat_id: _Id | None = None
    migrate_from_chat_id: _Id | None = None


class _CallbackQuery(_Model):
    id: _Short
    from_user: _User = Field(alias="from")
    message: _Message | None = None
    inline_message_id: _Short | None = None
    chat_instance: _Short | None = None
    data: _Short | None = None


class _InlineQuery(_Model):
    id: _Short
    from_user: _User = Field(alias="from")
    query: _Text
    offset: _Short


class _Member(_Model):
    status: _Short
    user: _User


class _MemberChange(_Model):
    chat: _Chat
    from_user: _User = Field(alias="from")
    date: _Date
    old_chat_member: _Member
    new_chat_member: _Member


class _Update(_Model):
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    inline_query: _InlineQuery | None = None
    my_chat_member: _MemberChange | None = None


def read_update(value: Any) -> Incoming | SetAside:
    """Validate a value that Telegram sent as an update; never raises."""
    if isinstance(value, Unreadable):
        return SetAside(value.id, "cannot be read")
    number = value.get("update_id") if isinstance(value, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= _MAX_ID:
        return SetAside(None, "no usable update_id" if isinstance(value, dict) else "not an object")
    try:
        if len(json.dumps(value)) > MAX_SIZE:
            return SetAside(number, "too large")
        model = _Update.model_validate(value)
    except ValidationError as error:
        return SetAside(number, _reason(error))
    except (ValueError, RecursionError, TypeError) as error:
        return SetAside(number, type(error).__name__)
    chat, max_backlog = _chat(model)
    return Incoming(number, value, chat or ("update", number), max_backlog)


def _chat(model: _Update) -> tuple[Hashable | None, int]:
    """The key that orders an update (None for kinds that the bot does not read), and its `max_backlog`."""
    if message := model.message or model.edited_message:
        has_moved = message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None
        return message.chat.id, MAX_CHANGES if has_moved else MAX_MESSAGES
    if query := model.callback_query:
        return (query.message.chat.id if query.message else ("person", query.from_user.id)), MAX_PRESSES
    if inline := model.inline_query:
        return ("person", inline.from_user.id), MAX_MESSAGES
    if change := model.my_chat_member:
        return change.chat.id, MAX_CHANGES
    return None, MAX_MESSAGES


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type']}"
