"""The queue of updates for the bot: numbered, confirmed by offset, never lost before that."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice, takewhile
from typing import Any

from bot.sandbox.notifier import Notifier

#: sent only to a bot that explicitly asks for them
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
#: A second call with the same offset within this many seconds gets one update.
_TOO_SOON = 0.5
#: A second call with the same offset within this many seconds waits for updates, for at least
#: `_MIN_REPEATED_POLL` seconds.
_SOON = 3.0
_MIN_REPEATED_POLL = 3
#: Seconds since the last call, if none had the same offset.
_LONG_AGO = 100.0
#: An offset this far behind the newest update is ignored, and so is one that is not a 32-bit number.
_FURTHEST_OFFSET, _MAX_OFFSET = 10, 2**31 - 1
#: The most bytes of updates in one answer.
_MAX_BATCH = 1 << 22
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
    """A queued update; `again` marks a second copy, which an offset confirms only after it was sent."""

    body: dict[str, Any]
    #: updates with the same key reach the webhook one after the other
    key: int
    serial: int = 0
    again: bool = False
    handed_out: bool = False
    #: the number of failed attempts of the webhook
    failures: int = 0

    @property
    def id(self) -> int:
        """Its update_id."""
        return int(self.body["update_id"])


@dataclass(slots=True)
class Poll:
    """One getUpdates call; `ended` is the reason if it must be refused while it waits."""

    limit: int = 100
    timeout: int = 0  #: seconds
    ended: str = ""


class Updates:
    """Updates that are not confirmed yet, and all updates so far."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._serials = count()
        self.waiting: dict[int, Queued] = {}
        self.issued: dict[int, Queued] = {}
        self._elements: list[Any] = []
        self.arrived = Notifier()
        self.emptied = Notifier()
        self.allowed: frozenset[str] | None = None
        self.next_conflict_at = 0.0
        self.next_set_webhook_at = 0.0
        self._poll = Poll()
        self._polled_offset, self._polled_at = 0, -_LONG_AGO

    def add(self, kind: str, content: dict[str, Any], key: int) -> int | None:
        """Queue an update and return its id; None if the bot did not ask for that kind."""
        return self.add_raw({kind: content}, key) if self.wants(kind) else None

    def add_raw(self, body: dict[str, Any], key: int = 0) -> int:
        """Queue any object; it gets an id unless it has one."""
        update = Queued({"update_id": self._next_id} | body, key)
        self._next_id = max(self._next_id, update.id) + 1
        self.issued[update.id] = update
        self._queue([update])
        return update.id

    def add_again(self, ids: Iterable[int]) -> None:
        """Queue copies of earlier updates under their old ids, in this order."""
        self._queue([Queued(self.issued[id_].body, self.issued[id_].key, again=True) for id_ in ids])

    def wants(self, kind: str) -> bool:
        """Whether the bot asked for this kind."""
        return kind not in ON_REQUEST if self.allowed is None else kind in self.allowed

    def allow(self, kinds: Any) -> None:
        """Set the kinds that the bot wants; an empty or unknown list means the default ones."""
        if isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds):
            self.allowed = frozenset(kind.lower() for kind in kinds) & KINDS or None

    def confirm(self, offset: int) -> None:
        """Delete everything before the offset; a negative one keeps only that many of the last."""
        if offset > min(self._next_id + _FURTHEST_OFFSET, _MAX_OFFSET):
            return
        waiting = list(self.waiting.values())
        kept = waiting[offset:] if offset < 0 else [update for update in waiting if _stays(update, offset)]
        self.waiting = {update.serial: update for update in kept}
        self._tell_if_empty()

    def add_element(self, value: Any) -> None:
        """Return any JSON value once, before the next updates."""
        self._elements.append(value)
        self.arrived.notify()

    def take(self, limit: int) -> list[Any]:
        """The first updates, up to `limit`; they stay until confirmed."""
        batch = list(_fitting(islice(self.waiting.values(), limit)))
        for update in batch:
            update.handed_out = True
        elements, self._elements = self._elements, []
        return elements + [update.body for update in batch]

    def after(self, serial: int) -> list[Queued]:
        """The updates queued after the one with this serial number."""
        newer = takewhile(lambda update: update.serial > serial, reversed(self.waiting.values()))
        return list(newer)[::-1]

    def remove(self, update: Queued) -> None:
        """Remove an update that was delivered to the webhook."""
        self.waiting.pop(update.serial, None)
        self._tell_if_empty()

    def begin_poll(self, offset: int, limit: int, timeout: int, now: float) -> Poll:
        """Apply the rules for a repeated offset (`Client::process_get_updates_query`).

        The same offset again within 0.5 s gets one update; within 3 s the call waits three seconds if there is none.
        """
        passed = now - self._polled_at if offset == self._polled_offset else _LONG_AGO
        if passed < _TOO_SOON:
            limit = 1
        if passed < _SOON:
            timeout = max(timeout, _MIN_REPEATED_POLL)
        self._polled_offset, self._polled_at = offset, now
        return Poll(limit, timeout)

    def wait_with(self, poll: Poll) -> None:
        """Make this the waiting call; there is only one."""
        self._poll = poll

    def end_poll(self, reason: str) -> None:
        """End the waiting poll, if there is one."""
        self._poll.ended = reason
        self.arrived.notify()

    def clear(self) -> None:
        """Delete what waits."""
        self.waiting = {}
        self._tell_if_empty()

    def dump(self) -> dict[str, Any]:
        """The queue and the next id as JSON values."""
        return {"next": self._next_id, "waiting": [[update.body, update.key] for update in self.waiting.values()]}

    def restore(self, saved: dict[str, Any], gap: int) -> None:
        """Restore the queue, and number new updates from the next id plus the gap on."""
        for body, key in saved["waiting"]:
            self.add_raw(body, key)
        self._next_id = saved["next"] + gap

    def _queue(self, updates: list[Queued]) -> None:
        for update in updates:
            update.serial = next(self._serials)
            self.waiting[update.serial] = update
        self.arrived.notify()

    def _tell_if_empty(self) -> None:
        if not self.waiting:
            self.emptied.notify()


def _fitting(updates: Iterable[Queued]) -> Iterator[Queued]:
    """The first updates, up to the largest answer (`Client::JsonUpdates`)."""
    left = _MAX_BATCH
    for update in updates:
        left -= 50 + len(json.dumps(update.body))
        if left <= 0:
            return
        yield update


def _stays(update: Queued, offset: int) -> bool:
    return update.id >= offset or (update.again and not update.handed_out)
