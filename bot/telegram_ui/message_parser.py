"""Whether a message is meant for the bot, and its content."""

import re
from collections.abc import Container
from dataclasses import dataclass

from telegram import Message
from telegram.constants import ChatType

#: Content without text that people can send; any other message without text is a service message.
ATTACHMENTS = (
    "animation audio checklist contact dice document game live_photo location paid_media photo poll sticker"
    " story venue video video_note voice"
).split()
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text, or the caption of an attachment; empty if the bot was only mentioned."""

    text: str


@dataclass(frozen=True, slots=True)
class CommandMessage:
    """A bot command and its arguments."""

    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A message without text; its attachment is never downloaded."""


ParsedMessage = TextMessage | CommandMessage | Attachment


def text_of(message: Message) -> str:
    """The text of a message or the caption of its attachment; empty if it has neither."""
    return message.text or message.caption or ""


class MessageParser:
    """Parses messages for one bot. In groups it accepts only commands, mentions and replies to the bot."""

    def __init__(self, bot_id: int, username: str, commands: Container[str]) -> None:
        self._bot_id = bot_id
        self._username = username.casefold()
        self._commands = commands
        self._mention = re.compile(rf"(?<!\w)@{re.escape(username)}\b", re.IGNORECASE | re.ASCII)

    def parse(self, message: Message) -> ParsedMessage | None:
        """What the message says to the bot; None if it is for others, or a service message."""
        if message.chat.type == ChatType.CHANNEL or self._is_automatic(message):
            return None
        text = text_of(message)
        private = message.chat.type == ChatType.PRIVATE
        if found := _COMMAND.fullmatch(text):
            return self._command(found, private=private)
        mentioned = self._mention.search(text) is not None
        if not (private or mentioned or self._is_reply(message)):
            return None
        if text:
            return TextMessage(self._mention.sub(" ", text).strip())
        # A live location is "edited" every few seconds, which needs no reaction.
        is_new = message.edit_date is None
        return Attachment() if is_new and any(getattr(message, kind, None) for kind in ATTACHMENTS) else None

    def _is_automatic(self, message: Message) -> bool:
        """Whether it is from another bot or copied from a channel; anonymous people have a `sender_chat` too."""
        if message.is_automatic_forward or (message.via_bot and message.via_bot.id == self._bot_id):
            return True
        return bool(message.from_user and message.from_user.is_bot and not message.sender_chat)

    def _command(self, found: re.Match[str], *, private: bool) -> CommandMessage | None:
        """The command; in groups an unknown one without a name, or one with another's, is for another bot."""
        name, addressee, argument = found[1].lower(), found[2], found[3] or ""
        for_me = addressee is not None and addressee.casefold() == self._username
        if private or for_me or (addressee is None and name in self._commands):
            return CommandMessage(name, argument.strip())
        return None

    def _is_reply(self, message: Message) -> bool:
        """Whether it replies to the bot; in a topic every message "replies" to the note that opened the topic."""
        replied_to = message.reply_to_message
        if replied_to is None or replied_to.from_user is None or replied_to.forum_topic_created:
            return False
        return replied_to.from_user.id == self._bot_id
