"""Ports of tickets and their deliveries, as Protocols (structural; no inheritance)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.broadcasts.delivery import Outcome, Settled
from bot.inbox.tickets.model import AnswerResult, NewTicket, OpenResult, OwedMessage, OwnInbox, Ticket, Wish


class TicketStore(Protocol):
    """Tickets, wishes and owed messages; every method raises StorageError."""

    async def open_ticket(self, ticket: NewTicket, staff: Collection[int], now: datetime) -> OpenResult:
        """Open the ticket of a question, and owe it to the chats of staff; its earlier one where it has one."""

    async def ticket(self, identifier: int) -> Ticket | None:
        """A ticket in whatever state."""

    async def ticket_at(self, chat: int, message: int) -> Ticket | None:
        """The ticket that a message in a chat of staff shows."""

    async def answer_ticket(self, identifier: int, person: int, answer: str, now: datetime) -> AnswerResult:
        """Answer an open ticket, and owe the answer to the citizen; None when there is no such ticket."""

    async def close_ticket(self, identifier: int) -> bool:
        """Close an answered ticket, and erase its text and its asker; False when it is not answered."""

    async def reopen_ticket(self, identifier: int, staff: Collection[int], now: datetime) -> bool:
        """Open an answered ticket again, and owe staff the news; False when it is not answered."""

    async def remind(self, before: datetime, staff: Collection[int], now: datetime) -> int:
        """Owe staff one reminder for each ticket that was opened before this and had none; how many."""

    async def keep_wish(self, wish: Wish) -> bool:
        """Keep a wish; False when the chat has too many. A chat has one for a group."""

    async def grant_wishes(self, group: int, text: str, now: datetime) -> int:
        """Close the tickets of a group, drop its wishes, and owe each asker the news once; to how many chats."""

    async def own_inbox(self, chat: int) -> OwnInbox:
        """What is kept of a chat."""


class OwedMessages(Protocol):
    """The queue of owed messages; every method raises StorageError."""

    async def recover_owed(self, staff: Collection[int], now: datetime) -> None:
        """After a start: what was claimed may have been sent, so it is unknown."""

    async def claim_owed(self, most: int, now: datetime) -> Sequence[OwedMessage]:
        """Claim due messages, oldest first; the claim is on the disk."""

    async def settle_owed(
        self, settled: Sequence[tuple[OwedMessage, Settled]], staff: Collection[int], now: datetime
    ) -> None:
        """Write outcomes. An answer that cannot be delivered is reported: a message is owed to staff."""

    async def next_owed(self) -> datetime | None:
        """When the next message is due; None when none waits."""


class OwedTransport(Protocol):
    """Sends owed messages."""

    async def send(self, message: OwedMessage) -> Outcome:
        """Send it once; never raises for a reason of Telegram's."""
