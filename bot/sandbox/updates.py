"""The queue of updates that wait for the bot: numbered, confirmed by offset, never lost before that."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, islice, takewhile
from typing import Any

from bot.sandbox.notifier import Notifier

#: sent only to a bot that asks for them by name
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "message_reaction",
        "message_reaction_count",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "purchased_paid_media",
        "managed_bot",
        "guest_message",
    ]
)


@dataclass(slots=True)
class Queued:
    """One update on its way; `again` marks a second copy, which no offset confirms before it was sent."""

    body: dict[str, Any]
    #: updates of one lane reach the webhook one after the other
    lane: int
    serial: int = 0
    again: bool = False
    handed_out: bool = False
    #: attempts of the webhook that failed
    failures: int = 0

    @property
    def id(self) -> int:
        """Its update_id."""
        return int(self.body["update_id"])


@dataclass(slots=True)
class Poll:
    """A getUpdates that waits; `ended` says why it must give up."""

    ended: str = ""


class Updates:
    """What happened and has not been confirmed yet, and everything that ever happened."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._serials = count()
        self.waiting: dict[int, Queued] = {}
        self.issued: dict[int, Queued] = {}
        self.arrived = Notifier()
        self.emptied = Notifier()
        self.allowed: frozenset[str] | None = None
        self._poll = Poll()

    def add(self, kind: str, content: dict[str, Any], lane: int) -> int | None:
        """Queue an update of a kind and return its id; None if the bot did not ask for that kind."""
        return self.add_raw({kind: content}, lane) if self.wants(kind) else None

    def add_raw(self, body: dict[str, Any], lane: int = 0) -> int:
        """Queue any object; it gets a number unless it brings one."""
        update = Queued({"update_id": self._next_id} | body, lane)
        self._next_id = max(self._next_id, update.id) + 1
        self.issued[update.id] = update
        self._queue([update])
        return update.id

    def add_again(self, ids: Iterable[int]) -> None:
        """Queue copies of earlier updates under their old numbers, in this order."""
        self._queue([Queued(self.issued[id_].body, self.issued[id_].lane, again=True) for id_ in ids])

    def wants(self, kind: str) -> bool:
        """Whether the bot asked for this kind."""
        return kind not in ON_REQUEST if self.allowed is None else kind in self.allowed

    def allow(self, kinds: Any) -> None:
        """Remember which kinds the bot wants; an empty or unknown list means the usual ones."""
        if isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds):
            self.allowed = frozenset(kind.lower() for kind in kinds) & KINDS or None

    def confirm(self, offset: int) -> None:
        """Forget everything before the offset; a negative one keeps only so many of the last."""
        waiting = list(self.waiting.values())
        kept = waiting[offset:] if offset < 0 else [update for update in waiting if _stays(update, offset)]
        self.waiting = {update.serial: update for update in kept}
        self._tell_if_empty()

    def take(self, limit: int) -> list[dict[str, Any]]:
        """The first so many; they stay until confirmed."""
        batch = list(islice(self.waiting.values(), limit))
        for update in batch:
            update.handed_out = True
        return [update.body for update in batch]

    def after(self, serial: int) -> list[Queued]:
        """What was queued after the one with this serial number."""
        newer = takewhile(lambda update: update.serial > serial, reversed(self.waiting.values()))
        return list(newer)[::-1]

    def remove(self, update: Queued) -> None:
        """Delivered to the webhook, so done."""
        self.waiting.pop(update.serial, None)
        self._tell_if_empty()

    def begin_poll(self) -> Poll:
        """The poll that waits from now on; only one does."""
        self._poll = Poll()
        return self._poll

    def end_poll(self, reason: str) -> None:
        """Make the poll that waits give up, if there is one."""
        self._poll.ended = reason
        self.arrived.beat()

    def clear(self) -> None:
        """Drop what waits."""
        self.waiting = {}
        self._tell_if_empty()

    def _queue(self, updates: list[Queued]) -> None:
        for update in updates:
            update.serial = next(self._serials)
            self.waiting[update.serial] = update
        self.arrived.beat()

    def _tell_if_empty(self) -> None:
        if not self.waiting:
            self.emptied.beat()


def _stays(update: Queued, offset: int) -> bool:
    return update.id >= offset or (update.again and not update.handed_out)
