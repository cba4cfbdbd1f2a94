"""Flood control: how much a bot may send, and how long it must pause after too much."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.errors import too_many


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram publishes about 30/s in total, 1/s in a chat with short bursts, 20/min in a group."""

    per_second: float = 30
    burst: int = 30
    per_chat_second: float = 1
    chat_burst: int = 5
    per_group_minute: float = 20
    group_burst: int = 20
    #: the shortest retry_after of a refusal, in seconds
    penalty: int = 1


@dataclass(slots=True)
class _Bucket:
    rate: float
    burst: int
    level: float
    at: float
    closed_until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next send is allowed; 0 if now."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if now < self.closed_until:
            return self.closed_until - now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


@dataclass(slots=True)
class FloodControl:
    """Counts accepted sends; after a refusal everything is refused until retry_after is over."""

    limits: Limits | None
    now: Callable[[], float]
    _everybody: _Bucket | None = None
    _chats: dict[int, _Bucket] = field(default_factory=dict)

    def change(self, limits: Limits | None) -> None:
        """Set other limits, with full buckets; None for no limits."""
        self.limits = limits
        self._everybody = None
        self._chats = {}

    def admit(self, chat_id: int) -> None:
        """Count one send, or raise a 429."""
        if self.limits is None:
            return
        now = self.now()
        buckets = self._buckets(chat_id, self.limits, now)
        waits = [bucket.wait(now) for bucket in buckets]
        if any(waits):
            self._close(buckets, waits, now, self.limits.penalty)
        for bucket in buckets:
            bucket.level -= 1

    def _close(self, buckets: list[_Bucket], waits: list[float], now: float, penalty: int) -> None:
        for bucket, wait in zip(buckets, waits, strict=True):
            if wait > 0 and now >= bucket.closed_until:
                bucket.closed_until = now + max(math.ceil(wait), penalty)
        longest = max(bucket.closed_until - now for bucket in buckets)
        raise too_many(math.ceil(longest))

    def _buckets(self, chat_id: int, limits: Limits, now: float) -> list[_Bucket]:
        if self._everybody is None:
            self._everybody = _Bucket(limits.per_second, limits.burst, limits.burst, now)
        if chat_id not in self._chats:
            self._chats[chat_id] = _chat_bucket(chat_id, limits, now)
        return [self._everybody, self._chats[chat_id]]


def _chat_bucket(chat_id: int, limits: Limits, now: float) -> _Bucket:
    if chat_id > 0:
        return _Bucket(limits.per_chat_second, limits.chat_burst, limits.chat_burst, now)
    return _Bucket(limits.per_group_minute / 60, limits.group_burst, limits.group_burst, now)
