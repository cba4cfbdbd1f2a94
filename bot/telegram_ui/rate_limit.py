"""How often a person may write, and how often a notice is repeated (`Limits`)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from cachetools import LRUCache

from bot.answers.service import REMEMBERED_CHATS
from bot.telegram_api.token_bucket import TokenBucket
from bot.telegram_ui.cooldown import Cooldown


class RateDecision(Enum):
    """What to do with another message."""

    ALLOW = auto()
    NOTIFY = auto()  #: say once that there were too many
    DROP = auto()


@dataclass(slots=True)
class _Person:
    bucket: TokenBucket
    muted: bool = False


class PersonRateLimiter:
    """A token bucket for each person: `burst` messages, then `per_second`.

    A person who exceeds it gets one notice and then no reply until the bucket holds `recovered` tokens again. Messages
    meanwhile cost tokens too; otherwise a flood would get an answer and a notice again and again.
    """

    def __init__(
        self, *, burst: int = 20, per_second: float = 0.5, recovered: int = 10, limit: int = REMEMBERED_CHATS
    ) -> None:
        self._burst, self._per_second, self._recovered = burst, per_second, recovered
        self._people: LRUCache[int, _Person] = LRUCache(limit)

    def check(self, person: int, now: datetime) -> RateDecision:
        """Count one message of a person."""
        known = self._known(person, now)
        tokens = known.bucket.fill(now.timestamp())
        known.bucket.draw(min(tokens, 1.0))
        if tokens >= self._recovered:
            known.muted = False
        if tokens >= 1 and not known.muted:
            return RateDecision.ALLOW
        first, known.muted = not known.muted, True
        return RateDecision.NOTIFY if first else RateDecision.DROP

    def mute(self, person: int, now: datetime) -> bool:
        """Silence a person until the bucket has recovered; return False if they were already silenced."""
        known = self._known(person, now)
        known.bucket.level = 0.0
        was_muted, known.muted = known.muted, True
        return not was_muted

    def _known(self, person: int, now: datetime) -> _Person:
        at = now.timestamp()
        if person not in self._people:
            self._people[person] = _Person(TokenBucket(self._per_second, self._burst, self._burst, at))
        known = self._people[person]
        known.bucket.at = min(known.bucket.at, at)  # the clock may have been set back
        return known


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a person may write, and how often a notice is repeated."""

    messages: PersonRateLimiter = field(default_factory=PersonRateLimiter)
    inline_queries: PersonRateLimiter = field(
        default_factory=lambda: PersonRateLimiter(burst=60, per_second=2.0, recovered=10)
    )
    text_only_notice: Cooldown = field(default_factory=lambda: Cooldown(timedelta(minutes=10)))
    delay_notice: Cooldown = field(default_factory=lambda: Cooldown(timedelta(hours=1)))
