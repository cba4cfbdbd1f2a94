"""Ports of tickets and their deliveries, as Protocols (structural; no inheritance)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.broadcasts.delivery import Outcome, Settled
from bot.inbox.tickets.model import AnswerResult, NewTicket, OpenResult, OwedMessage, OwnInbox, Ticket, Wish


class TicketStore(Protocol):
    """Tickets, wishes and owed messages; every method raises StorageError."""

    async def open_ticket(self, ticket: NewTicket, staff: Collection[int], now: datetime) -> OpenResult:
        """Open a ticket for a question and owe it to the staff chats; return the existing ticket if there is one."""

    async def ticket(self, identifier: int) -> Ticket | None:
        """A ticket in any state."""

    async def ticket_at(self, chat: int, message: int) -> Ticket | None:
        """The ticket that a message in a staff chat shows."""

    async def answer_ticket(self, identifier: int, person: int, answer: str, now: datetime) -> AnswerResult:
        """Answer an open ticket and owe the answer to the citizen; return None if there is no such ticket."""

    async def close_ticket(self, identifier: int) -> bool:
        """Close an answered ticket and erase its text and asker; return False if it is not answered."""

    async def reopen_ticket(self, identifier: int, staff: Collection[int], now: datetime) -> bool:
        """Reopen an answered ticket and notify staff; return False if it is not answered."""

    async def remind(self, before: datetime, staff: Collection[int], now: datetime) -> int:
        """Owe staff one reminder for each ticket that was opened before this time and had none; return how many."""

    async def keep_wish(self, wish: Wish) -> bool:
        """Store a wish; return False if the chat has too many. A chat has one wish per group."""

    async def grant_wishes(self, group: int, text: str, now: datetime) -> int:
        """Close the tickets of a group, delete its wishes, and notify each asker once; return the number of chats."""

    async def own_inbox(self, chat: int) -> OwnInbox:
        """What is stored about a chat."""


class OwedMessages(Protocol):
    """The queue of owed messages; every method raises StorageError."""

    async def recover_owed(self, staff: Collection[int], now: datetime) -> None:
        """After a start: mark claimed messages as unknown, because they may have been sent."""

    async def claim_owed(self, most: int, now: datetime) -> Sequence[OwedMessage]:
        """Claim due messages, oldest first; the claim is committed."""

    async def settle_owed(
        self, settled: Sequence[tuple[OwedMessage, Settled]], staff: Collection[int], now: datetime
    ) -> None:
        """Store outcomes. If an answer cannot be delivered, a message to staff is owed."""

    async def next_owed(self) -> datetime | None:
        """When the next message is due, or None."""


class OwedTransport(Protocol):
    """Sends owed messages."""

    async def send(self, message: OwedMessage) -> Outcome:
        """Send it once; never raises because of Telegram."""
