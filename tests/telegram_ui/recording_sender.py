"""A sender that records what the bot does instead of calling Telegram."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import (
    BotCommandScope,
    InlineKeyboardMarkup,
    InlineQueryResult,
    InlineQueryResultsButton,
)

from bot.telegram_api.sender import MessageSender


@dataclass(frozen=True)
class BotAction:
    """An action of the bot: `send`, `edit`, `callback` or `typing`."""

    act: str
    chat: int | None
    text: str | None = None
    keyboard: InlineKeyboardMarkup | None = None
    reply_to: int | None = None
    message: int | None = None

    @property
    def buttons(self) -> dict[str, Any]:
        """The callback data or URL of each button, by its label."""
        rows = self.keyboard.inline_keyboard if self.keyboard else ()
        return {button.text: button.callback_data or button.url for row in rows for button in row}


@dataclass(frozen=True)
class InlineAnswer:
    """The cards that the bot offered for an inline query."""

    results: Sequence[InlineQueryResult]
    next_offset: str
    button: InlineQueryResultsButton | None


@dataclass
class RecordingSender(MessageSender):
    """Records what the bot sends. Messages in `deleted` cannot be edited, and chats in `unreachable` get none."""

    acts: list[BotAction] = field(default_factory=list)
    offers: list[InlineAnswer] = field(default_factory=list)
    menus: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    takes_photos: bool = True
    unreachable: set[int] = field(default_factory=set)
    last: int = 8999

    async def send(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> int | None:
        if chat_id in self.unreachable:
            return None
        self.last += 1
        self.acts.append(BotAction("send", chat_id, text, keyboard, reply_to, self.last))
        return self.last

    async def edit(
        self, chat_id: int, message_id: int, text: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """Record the edit; False if the message is deleted."""
        if message_id in self.deleted:
            return False
        self.acts.append(BotAction("edit", chat_id, text, keyboard, message=message_id))
        return True

    async def send_file(self, chat_id: int, name: str, content: bytes, caption: str) -> int | None:
        """Record the name with the caption, and the content."""
        self.files[name] = content
        return await self.send(chat_id, f"{name}: {caption}")

    async def send_photo(self, chat_id: int, content: bytes, caption: str) -> int | None:
        """Record the caption after the word photo, and the content."""
        if not self.takes_photos:
            return None
        self.files["photo"] = content
        return await self.send(chat_id, f"photo: {caption}")

    async def fetch_file(self, file_id: str) -> bytes | None:
        return self.files.get(file_id)

    async def answer_callback(self, query_id: str, text: str | None = None) -> None:
        self.acts.append(BotAction("callback", None, text))

    async def answer_inline(
        self,
        query_id: str,
        results: Sequence[InlineQueryResult],
        *,
        next_offset: str = "",
        cache_seconds: int = 60,
        button: InlineQueryResultsButton | None = None,
    ) -> None:
        self.offers.append(InlineAnswer(results, next_offset, button))

    async def typing(self, chat_id: int) -> None:
        self.acts.append(BotAction("typing", chat_id))

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        *,
        language: str | None = None,
        scope: BotCommandScope | None = None,
    ) -> None:
        kind = scope.type if scope else "default"
        self.menus[language, kind] = [f"{name}: {text}" for name, text in commands]
