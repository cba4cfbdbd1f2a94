"""The rate limit for all messages: answers first, broadcasts with the remainder.

Telegram accepts about 30 messages a second from a bot, about one a second in a chat and 20 a minute in a group. Beyond
the first limit it refuses all chats for seconds. The size of a permitted burst is not published.

- **One budget, two buckets.** `_burst_bucket` limits bursts; it stores few tokens. `_rate_bucket` is slightly slower
  than the limit, so that a broadcast that was woken late can catch up. Every message draws from both.
- **An answer to a person** may draw at any time, even below zero. While a broadcast is being sent it waits up to 0.1 s
  for its token; at all other times the budget only counts.
- **An answer to a group, or to a chat with a backlog**, waits in line for a token above the reserve, and leaves a
  quarter of the rate to people. So if a hundred groups ask at once, Telegram does not refuse the answer to a person.
- **A broadcast** takes only tokens above the reserve.
- **Replicas** share the limit through leases in the database, renewed every second (`lease`, `respect`). Each leases
  what it needs for answers; the one that sends a broadcast uses the part of the rate that the others do not lease.
- **After a 429** broadcasts stop for the time that Telegram asks, unless only that chat was sent too much: no person
  can stop broadcasts by asking a lot (`on_flood`).

Decision 0016 has the measurements. Tests: tests/telegram_api/test_rate_limiter.py.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from cachetools import LRUCache

from bot.broadcasts.delivery import NotSent, Outcome
from bot.broadcasts.model import SHARE
from bot.telegram_api.token_bucket import TokenBucket

#: A burst that Telegram certainly accepts at 30 messages a second; proportional for higher rates. If it accepts five,
#: messages of the last 50 ms may arrive together because of network jitter.
_BURST = 3.5
#: The rate for which `_BURST` holds: that of a bot that does not pay for more.
_USUAL = 30.0
#: The part of the burst that broadcasts leave to answers. With half of it, a broadcast that is woken 25 ms late
#: permanently loses messages; with a quarter, more messages leave at once when it is late.
_RESERVED = 0.36
#: The longest wait of an answer for a broadcast, in seconds.
_PATIENCE = 0.1
#: A broadcast is active if something was taken for it within this many seconds.
_SENDING_WITHIN = 2.0
#: Within this many seconds a second answer to a person may exceed that chat's own limit of one a second.
_PERSONAL = 3.0
#: Within this many seconds any answer to a group may exceed that group's own limit of 20 a minute.
_COMMON = 60.0
#: After a chat's own 429, further ones within this many seconds are its own too.
_REPEATED = 60.0
#: The number of chats whose last answers are remembered; at 30 a second, 1,800 are answered within `_COMMON`.
_REMEMBERED = 10_000
#: The part of the rate for answers to groups and to chats with a backlog.
_SHARED = 0.75
#: The longest wait of the first in line, in seconds.
_MAX_LINE_WAIT = 5.0
#: A lease is this many times the answers of the last second, plus one, to allow for more.
_HEADROOM = 1.25
#: The factor by which a lease shrinks at each renewal, because answers come in bursts.
_SHRINKS = 0.8
#: A lease ends after this many seconds without an answer.
_LEASED_FOR = 5.0
#: The shortest time over which answers are counted, in seconds.
_LEASE_INTERVAL = 0.5
#: The least rate of a broadcast, whatever the others lease, so that it never stalls.
_MIN_RATE = 0.1
#: The tolerance for rounding errors of seconds times messages.
_ROUNDING = 1e-6


class RateLimiter:
    """The bot's message rate; the rules are at the top of this module."""

    def __init__(
        self,
        per_second: float,
        *,
        has_backlog: Callable[[int], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_second = per_second
        self._has_backlog = has_backlog
        self._clock = clock
        self._sleep = sleep
        self._burst = _BURST * max(1.0, per_second / _USUAL)
        now = clock()
        self._burst_bucket = TokenBucket(per_second, self._burst, self._burst, now)
        self._rate_bucket = TokenBucket(per_second * SHARE, self._burst, self._burst, now)
        self._shared_bucket = TokenBucket(per_second * _SHARED, self._burst, self._burst, now)
        self._line = asyncio.Lock()
        self._lease = 0.0
        self._leased_at, self._answers = now, 0
        self._flood_until = float("-inf")
        self._taken_at = float("-inf")
        #: chat -> the times of its last two answers
        self._answered: LRUCache[int, tuple[float, float]] = LRUCache(_REMEMBERED)
        #: chat -> the end of a wait that concerns this chat alone
        self._own_until: LRUCache[int, float] = LRUCache(_REMEMBERED)

    @property
    def per_second(self) -> float:
        """The rate of the whole bot, in messages per second."""
        return self._per_second

    @property
    def available(self) -> float:
        """The number of messages that could be sent now; negative after answers that were sent in advance."""
        return self._burst_bucket.fill(self._clock())

    async def answer(self, chat: int) -> None:
        """Return when an answer may be sent; see the top of this module."""
        if chat < 0 or self._has_backlog(chat):
            await self._wait_in_line()
        wait = self.reserve(chat)
        if wait > 0:
            await self._sleep(wait)

    async def _wait_in_line(self) -> None:
        async with self._line:
            end = self._clock() + _MAX_LINE_WAIT
            while (now := self._clock()) < end:
                wait = max(self._burst_bucket.wait(self._reserve / 2 + 1, now), self._shared_bucket.wait(1, now))
                if wait <= 0:
                    break
                await self._sleep(min(wait, end - now))
            self._shared_bucket.draw(1)

    def reserve(self, chat: int) -> float:
        """Count an answer and return the seconds until it may be sent, after those reserved before it."""
        now = self._clock()
        last, _ = self._answered.get(chat) or (float("-inf"), 0.0)
        self._answered[chat] = (now, last)
        self._answers += 1
        for bucket in (self._burst_bucket, self._rate_bucket):
            bucket.fill(now)
            bucket.draw(1)
        if now - self._taken_at > _SENDING_WITHIN:
            return 0.0
        return min(self._burst_bucket.wait(0, now), _PATIENCE)

    def take(self, most: int) -> int:
        """Take up to `most` messages of a broadcast; return how many."""
        now = self._clock()
        there = min(self._burst_bucket.fill(now) - self._reserve, self._rate_bucket.fill(now))
        number = max(0, min(most, int(there + _ROUNDING)))
        if number:
            self._taken_at = now
            self._burst_bucket.draw(number)
            self._rate_bucket.draw(number)
        return number

    def give_back(self, number: int) -> None:
        """Return tokens that were not used."""
        now = self._clock()
        self._burst_bucket.put_back(number, now)
        self._rate_bucket.put_back(number, now)

    def wait(self) -> float:
        """Seconds until `take` may return something; 0: now."""
        now = self._clock()
        return max(self._burst_bucket.wait(self._reserve + 1, now), self._rate_bucket.wait(1, now))

    def record_outcome(self, chat: int, outcome: Outcome) -> None:
        """Record the outcome of a message to a chat; a 429 may stop broadcasts, see `on_flood`."""
        if isinstance(outcome, NotSent) and outcome.why == "flood":
            self.on_flood(chat, outcome.retry_after)

    def on_flood(self, chat: int, seconds: float) -> None:
        """Record a 429: Telegram refused a message to a chat and asks to wait for `seconds`.

        Broadcasts stop for this time, unless only that chat was sent too much: no person can stop them by asking a lot.
        """
        now = self._clock()
        last, last_but_one = self._answered.get(chat) or (float("-inf"), float("-inf"))
        own = now - last < _COMMON if chat < 0 else now - last_but_one < _PERSONAL
        if own or now < self._own_until.get(chat, float("-inf")) + _REPEATED:
            self._own_until[chat] = now + seconds
        else:
            self._flood_until = max(self._flood_until, now + seconds)
            self._burst_bucket.close(now + seconds)

    def lease(self) -> tuple[float, float]:
        """The rate that this replica needs for answers, and the seconds for which Telegram told it to wait.

        Answers are counted over at least half a second, however often this is called.
        """
        now = self._clock()
        passed = now - self._leased_at
        if self._answers and passed >= _LEASE_INTERVAL:
            self._lease = max(self._answers / passed * _HEADROOM + 1, self._lease * _SHRINKS)
            self._leased_at, self._answers = now, 0
        elif passed > _LEASED_FOR:
            self._lease = 0.0
        return self._lease, max(0.0, self._flood_until - now)

    def respect(self, *, answers: float, flood: float, replicas: int) -> None:
        """Leave the leased rates to the other replicas, and wait if Telegram told one of them to wait."""
        now = self._clock()
        for bucket, rate in (
            (self._burst_bucket, self._per_second - answers),
            (self._rate_bucket, self._per_second * SHARE - answers),
            (self._shared_bucket, self._per_second * _SHARED / max(1, replicas)),
        ):
            bucket.fill(now)
            bucket.rate = max(_MIN_RATE, rate)
        if flood > 0:
            self._burst_bucket.close(now + flood)

    @property
    def _reserve(self) -> float:
        return self._burst * _RESERVED
