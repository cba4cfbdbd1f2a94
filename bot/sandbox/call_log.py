"""The bot's calls in order: the ground truth for tests."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.notifier import Notifier

#: the methods that put a message into a chat
SENDS = frozenset({"sendmessage", "sendphoto", "senddocument", "copymessage"})


@dataclass(slots=True)
class Call:
    """One request of the bot and its result."""

    #: time.monotonic() when Telegram accepted or refused it
    at: float
    #: in Telegram's spelling, for example sendMessage
    method: str
    chat_id: int | None
    #: the parameters as sent
    payload: dict[str, Any]
    #: 200, or Telegram's error code (a fault may have lost the answer itself)
    status: int
    description: str = ""
    message_id: int | None = None
    #: the fault that struck it, if any
    fault: str = ""
    #: milliseconds until Telegram decided
    ms: float = 0.0
    #: the kinds of the updates in the answer
    updates: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether Telegram executed it, whatever the bot received."""
        return self.status == 200

    @property
    def text(self) -> str:
        """The text or the caption that was sent."""
        return str(self.payload.get("text", self.payload.get("caption", "")))


class CallLog:
    """Calls in the order of their acceptance; a call costs only an append."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.grown = Notifier()
        self.last_at = 0.0
        self._counts: Counter[str] = Counter()

    def add(self, call: Call) -> None:
        """Append and wake waiting tasks."""
        self.calls.append(call)
        self._counts[call.method.lower()] += 1
        if call.method not in ("getUpdates", "getMe"):
            self.last_at = call.at
        self.grown.notify()

    def sends(self, chat_id: int | None = None) -> list[Call]:
        """Accepted messages, in one chat or in all."""
        return [call for call in self._of(SENDS) if call.accepted and chat_id in (None, call.chat_id)]

    def of(self, method: str) -> list[Call]:
        """All calls of one method, including refused ones."""
        return list(self._of({method.lower()}))

    def count(self, method: str) -> int:
        """The number of calls of one method."""
        return self._counts[method.lower()]

    def copies(self) -> dict[tuple[int | None, str], int]:
        """How often each text was sent to each chat."""
        counts: dict[tuple[int | None, str], int] = {}
        for call in self.sends():
            counts[call.chat_id, call.text] = counts.get((call.chat_id, call.text), 0) + 1
        return counts

    def quiet_for(self) -> float:
        """Seconds since the last call other than getUpdates and getMe."""
        return time.monotonic() - self.last_at

    def clear(self) -> None:
        """Remove all calls."""
        self.calls.clear()
        self._counts.clear()

    def _of(self, methods: Iterable[str]) -> Iterator[Call]:
        wanted = frozenset(methods)
        return (call for call in self.calls if call.method.lower() in wanted)
