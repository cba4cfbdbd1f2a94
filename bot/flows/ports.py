"""What the stories need of the world; whoever is given to them fits these shapes, nobody inherits from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.text import Language


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """All that is stored of a chat."""

    chat: int
    language: Language | None  #: the chosen one; None: that of each question
    subscribed_since: datetime | None  #: None: never pressed start, left, or blocked the bot


class Chats(Protocol):
    """What is kept of people."""

    async def read(self, chat: int) -> ChatRecord:
        """What is stored of a chat; an empty record when there is nothing."""

    async def choose_language(self, chat: int, language: Language | None) -> None:
        """Keep the language that a chat chose; None goes back to that of each question."""

    async def subscribe(self, chat: int, now: datetime) -> None:
        """The chat pressed start; a chat that had blocked the bot is back."""

    async def unsubscribe(self, chat: int) -> None:
        """The chat blocked the bot or left."""

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup with another id."""

    async def forget(self, chat: int) -> None:
        """Erase all that is stored of a chat, in one transaction."""


class Inbox(Protocol):
    """Which updates were handled, and those that wait for it."""

    async def unhandled(self, update_ids: Sequence[int]) -> set[int]:
        """Those of the ids that were not handled in the last two days."""

    async def handled(self, update_ids: Sequence[int], now: datetime) -> None:
        """These updates are done: never again, and no longer parked."""

    async def park(self, updates: Sequence[tuple[int, str]], now: datetime) -> None:
        """Keep updates (id, JSON) durably until they are handled."""

    async def parked(self) -> list[tuple[int, str]]:
        """The parked updates, oldest first."""

    async def expire(self, now: datetime) -> None:
        """Forget update ids that are older than two days."""
