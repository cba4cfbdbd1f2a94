"""The reference model of a broadcast's deliveries in plain Python, with which the storage is compared row by row."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.broadcasts.delivery import MAX_ATTEMPTS, DeliveryState, Settled

#: Every way from one state into another; from `sent`, `failed`, `skipped` and
#: `cancelled` none leads away. What waits for a second attempt that is not made becomes unknown again.
WAYS: frozenset[tuple[DeliveryState, DeliveryState]] = frozenset(
    {
        ("pending", "sending"),
        ("pending", "skipped"),
        ("pending", "cancelled"),
        ("sending", "sent"),
        ("sending", "failed"),
        ("sending", "unknown"),
        ("sending", "pending"),
        ("unknown", "pending"),
        ("pending", "unknown"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery, without its key."""

    state: DeliveryState
    attempts: int
    epoch: int
    claimed_at: datetime | None
    next_at: datetime
    message_id: int | None
    reason: str


@dataclass
class ReferenceModel:
    """The deliveries of one broadcast by chat, and how many were erased."""

    rows: dict[int, Row] = field(default_factory=dict)
    erased: Counter[tuple[str, str]] = field(default_factory=Counter)

    def chats(self, *states: DeliveryState) -> list[int]:
        """The chats whose deliveries are in these states."""
        return [chat for chat, row in self.rows.items() if row.state in states]

    def due(self, now: datetime) -> list[int]:
        """The chats that may be claimed, the one that has waited longest first."""
        waiting = [(row.next_at, chat) for chat, row in self.rows.items() if row.state == "pending"]
        return [chat for at, chat in sorted(waiting) if at <= now]

    def doubtful(self, before: datetime) -> list[int]:
        """The chats with an unknown outcome that were claimed before this time and have an attempt left."""
        unknown = ((chat, self.rows[chat]) for chat in self.chats("unknown"))
        unknown = ((chat, row) for chat, row in unknown if row.reason not in ("unsubscribed", "migrated"))
        return [chat for chat, row in unknown if row.attempts < MAX_ATTEMPTS and _claimed_at(row) < before]

    def settle(self, settled: Iterable[Settled], epoch: int, now: datetime) -> None:
        """Apply outcomes to deliveries that were claimed in the same epoch and still exist."""
        for one in settled:
            row = self.rows.get(one.chat)
            if row is not None and (row.state, row.epoch) == ("sending", epoch):
                self._becomes(
                    one.chat,
                    one.state,
                    reason=one.reason,
                    message_id=one.message_id,
                    next_at=one.next_at or now,
                    attempts=row.attempts - (not one.counts),
                )

    def claim(self, chats: Sequence[int], epoch: int, now: datetime) -> None:
        """Put deliveries in flight; each counts as an attempt."""
        for chat in chats:
            attempts = self.rows[chat].attempts + 1
            assert attempts <= MAX_ATTEMPTS, "a third attempt"
            self._becomes(chat, "sending", reason="", attempts=attempts, epoch=epoch, claimed_at=now)

    def together(self, due: Sequence[int], epoch: int) -> Sequence[int]:
        """The first of them that may be claimed together: a copy that is due after a crash is claimed alone."""
        apart = (place for place, chat in enumerate(due) if self.rows[chat].attempts and self.rows[chat].epoch < epoch)
        copy = next(apart, len(due))
        return due[: copy or 1]

    def skip(self, chats: Collection[int], reason: str) -> None:
        """Settle deliveries that cannot be sent; one that may have arrived stays unknown."""
        for chat in chats:
            self._becomes(chat, "unknown" if self.rows[chat].attempts else "skipped", reason=reason)

    def die(self) -> None:
        """Make the outcomes of messages in flight unknown."""
        for chat in self.chats("sending"):
            self._becomes(chat, "unknown", reason="died")

    def take_back(self) -> None:
        """Make claims pending again that were certainly not sent."""
        for chat in self.chats("sending"):
            self._becomes(chat, "pending", attempts=self.rows[chat].attempts - 1)

    def requeue_unknown(self, chats: Collection[int], now: datetime) -> None:
        """Make unknown deliveries pending again."""
        for chat in chats:
            self._becomes(chat, "pending", reason="", next_at=now)

    def cancel(self) -> None:
        """Cancel what is pending."""
        for chat in self.chats("pending"):
            tried = self.rows[chat].attempts > 0
            self._becomes(chat, "unknown" if tried else "cancelled", reason="cancelled" if tried else "")

    def forget(self, chat: int) -> None:
        """Erase a chat; only the count of its deliveries stays."""
        row = self.rows.pop(chat, None)
        if row is not None:
            waits = row.state in ("pending", "sending")
            self.erased["skipped" if waits else row.state, "erased" if waits else row.reason] += 1

    def move(self, old: int, new: int) -> bool:
        """Move what may still be sent to the new chat, unless it has its own delivery; return whether it moved."""
        row = self.rows.get(old)
        if row is None or row.state not in ("pending", "unknown"):
            return False
        if new not in self.rows:
            self.rows[new] = self.rows.pop(old)
            return True
        if row.state == "pending":
            self.skip([old], "migrated")
        return False

    def _becomes(self, chat: int, state: DeliveryState, **values: Any) -> None:
        row = self.rows[chat]
        assert (row.state, state) in WAYS, f"no way leads from {row.state} to {state}"
        self.rows[chat] = replace(row, state=state, **values)


def _claimed_at(row: Row) -> datetime:
    assert row.claimed_at is not None, "of unknown fate, and never claimed"
    return row.claimed_at
