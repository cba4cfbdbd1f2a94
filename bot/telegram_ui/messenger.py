"""What the handlers need of the gateway: to write, to change what was written, and to answer taps."""

from collections.abc import Sequence
from typing import Protocol

from telegram import BotCommandScope, InlineKeyboardMarkup, InlineQueryResult, InlineQueryResultsButton


class Messenger(Protocol):
    """Telegram's other side. Texts are plain: escaping and splitting are done behind this.

    Nothing here fails because of a chat: who blocked the bot, a message that is gone or a query that is too
    old becomes None or False and is no exception.
    """

    async def send(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> int | None:
        """Write into a chat, also when the message to reply to is gone; the message's number, or None."""

    async def send_file(self, chat_id: int, name: str, content: bytes, caption: str) -> int | None:
        """Send a file with up to 1,024 characters below it; the message's number, or None."""

    async def send_photo(self, chat_id: int, content: bytes, caption: str) -> int | None:
        """Send a picture with up to 1,024 characters below it; the message's number, or None."""

    async def fetch_file(self, file_id: str) -> bytes | None:
        """The content of a file that somebody sent, of at most 5 MB; None when it cannot be had."""

    async def edit(
        self, chat_id: int, message_id: int, text: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """Change a message of the bot; True also when it already says that, False when it cannot be."""

    async def answer_callback(self, query_id: str, text: str | None = None) -> None:
        """End the waiting circle of a button, with a short text over the chat if there is one."""

    async def answer_inline(
        self,
        query_id: str,
        results: Sequence[InlineQueryResult],
        *,
        next_offset: str = "",
        cache_seconds: int = 60,
        button: InlineQueryResultsButton | None = None,
    ) -> None:
        """Offer cards to share, for this person only."""

    async def typing(self, chat_id: int) -> None:
        """Show for some seconds that the bot is writing."""

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        *,
        language: str | None = None,
        scope: BotCommandScope | None = None,
    ) -> None:
        """Offer these commands (name, description) in the menu; none: those of the next wider scope."""
