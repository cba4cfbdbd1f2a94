"""The port of the update queue, a Protocol without inheritance; `bot/storage/updates.py` implements it."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class NewUpdate(Protocol):
    """A received update."""

    @property
    def id(self) -> int:
        """The update_id."""

    @property
    def chat(self) -> Hashable:
        """Updates with the same value are handled in order."""

    @property
    def raw(self) -> Mapping[str, Any]:
        """The update as Telegram sent it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The result of `UpdateStore.claim`. All other updates were handled, or are parked and wait for a replica."""

    own: AbstractSet[int]  #: to be handled by this process now
    elsewhere: AbstractSet[int] = frozenset()  #: being handled by another replica; Telegram must not delete them yet


class UpdateStore(Protocol):
    """Handled and parked updates. Every method may raise StorageError."""

    async def claim(self, updates: Sequence[NewUpdate], now: datetime) -> Claimed:
        """Claim updates; return those for this process, and those that another replica is handling."""

    async def handled(self, update_ids: Sequence[int], now: datetime, *, newest_message: int = 0) -> None:
        """Record handled updates and delete their parked copies. `newest_message` is recorded with them."""

    async def park(self, updates: Sequence[NewUpdate], now: datetime) -> None:
        """Store updates durably until they are handled."""

    async def parked(self) -> list[tuple[int, str]]:
        """The parked updates that this process must handle, oldest first; each goes to one replica."""

    async def newest_message(self) -> int | None:
        """The highest recorded message number in private chats and groups, or None.

        Includes messages of an unfinished broadcast.
        """

    async def note_newest_message(self, number: int) -> None:
        """Record a message number; a number below the recorded one changes nothing."""

    async def expire(self, now: datetime) -> None:
        """Delete ids of updates, drafts and deliveries that are older than `bot/storage` keeps them.

        Only the number of deliveries stays.
        """
