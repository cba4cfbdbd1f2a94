"""What the bot remembers of chats while it runs: bounded, in memory only, and never needed to be right."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Generic, TypeVar

#: For how many chats anything is remembered.
REMEMBERED_CHATS = 50_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class LRUCache(Generic[Key, Value]):
    """A dictionary of at most `limit` entries; the one that was not used for longest leaves first."""

    def __init__(self, limit: int = REMEMBERED_CHATS) -> None:
        self._limit = limit
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What was put there, if it is still known."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Remember this."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Forget this, if it is known."""
        self._entries.pop(key, None)


class Verdict(Enum):
    """What one more message of somebody gets."""

    ANSWER = auto()
    NOTICE = auto()  #: that it was too much; once, then nothing
    SILENCE = auto()


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    muted: bool = False


class UserRateLimiter:
    """How fast each person may ask: a burst, then so many per second.

    Whoever is too fast gets one notice and then silence, until the bucket has recovered. Messages into the
    silence are paid for as well: else a flood of an hour would earn an answer and a notice again and again.
    """

    def __init__(
        self, *, burst: int = 20, per_second: float = 0.5, recovered: int = 10, limit: int = REMEMBERED_CHATS
    ) -> None:
        self._burst, self._per_second, self._recovered = burst, per_second, recovered
        self._buckets: LRUCache[int, _Bucket] = LRUCache(limit)

    def judge(self, who: int, now: datetime) -> Verdict:
        """Count one message of `who`."""
        bucket = self._buckets.get(who) or _Bucket(self._burst, now)
        self._buckets.put(who, bucket)
        earned = max((now - bucket.at).total_seconds(), 0.0) * self._per_second
        bucket.tokens, bucket.at = min(self._burst, bucket.tokens + earned), now
        if bucket.muted and bucket.tokens >= self._recovered:
            bucket.muted = False
        enough = bucket.tokens >= 1
        bucket.tokens = max(bucket.tokens - 1, 0.0)
        if enough and not bucket.muted:
            return Verdict.ANSWER
        first, bucket.muted = not bucket.muted, True
        return Verdict.NOTICE if first else Verdict.SILENCE


class Cooldown:
    """Says yes to a chat at most once in a while."""

    def __init__(self, every: timedelta, limit: int = REMEMBERED_CHATS) -> None:
        self._every = every
        self._last: LRUCache[int, datetime] = LRUCache(limit)

    def is_due(self, chat: int, now: datetime) -> bool:
        """Whether it is time again; if so, the while begins anew."""
        last = self._last.get(chat)
        if last is not None and now - last < self._every:
            return False
        self._last.put(chat, now)
        return True
