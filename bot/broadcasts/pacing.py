"""In-flight window, circuit breaker, outcome buffer and throughput of a delivery run. Times are monotonic seconds."""

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import get_args

from bot.broadcasts.delivery import ChatKind, NotSent, Outcome, RefusalReason, Refused, Sent, Settled, Unknown

#: After this many consecutive failures the circuit opens: Telegram counts as unreachable.
MAX_FAILURES = 5
#: Seconds between two checks whether Telegram is reachable again.
CHECK_INTERVAL = 30.0
#: After this many consecutive refusals of the content the broadcast is paused.
MAX_CONTENT_ERRORS = 20
_CHAT_KINDS = len(get_args(ChatKind))

#: Messages in flight: the initial window, enough for 30 per second at 0.2 s each, and the maximum.
DEFAULT_WINDOW, MAX_WINDOW = 8, 16
#: The 95th percentile of the latency is taken over this many sends; the window is resized after this many new ones.
_SAMPLES, _RESIZE_EVERY = 100, 10

#: Seconds for which outcomes are collected.
FLUSH_AFTER = 0.01

#: The time span over which throughput is measured, and the interval between two samples, in seconds.
_SPAN, _SAMPLE_INTERVAL = 10.0, 0.5
#: No throughput is given before this many seconds.
_MIN_SPAN = 1.0


@dataclass(frozen=True, slots=True)
class CircuitState:
    """A circuit breaker as a value: what recent outcomes say of the connection (M. Nygard, Release It!, 2007)."""

    failures: int = 0
    content_errors: int = 0
    unclassified: int = 0  #: consecutive refusals of private chats for an unknown reason
    refusing_kinds: frozenset[ChatKind] = frozenset()  #: kinds of chats that refused for an unknown reason
    half_open: bool = False  #: Telegram answered a check; one message at a time tests whether it accepts messages

    @property
    def is_open(self) -> bool:
        """Whether nothing may be sent until Telegram answers a check."""
        return self.failures >= MAX_FAILURES

    @property
    def content_refused(self) -> bool:
        """Whether Telegram refused the content so often that the broadcast must be paused.

        A refusal for an unknown reason is attributed to the chat, unless all kinds of chats refuse, or very many people
        do: private chats have no setting that refuses a text.
        """
        return self._refusals >= MAX_CONTENT_ERRORS or len(self.refusing_kinds) >= _CHAT_KINDS

    @property
    def _refusals(self) -> int:
        return self.content_errors + self.unclassified

    def limit(self, window: int) -> int:
        """The most messages that may be in flight: at most as many as may still fail."""
        return 1 if self.half_open else min(window, MAX_CONTENT_ERRORS - self._refusals)

    def after(self, outcome: Outcome, kind: ChatKind = "private") -> "CircuitState":
        """The state after the outcome of one more message to a chat of this kind."""
        match outcome:
            case Sent():
                return CircuitState()
            case Refused(reason):
                return self._after_refusal(reason, kind)
            case NotSent("flood" | "migrated"):
                return replace(self, failures=0, half_open=False)
            case NotSent() | Unknown():
                return replace(self, failures=MAX_FAILURES if self.half_open else self.failures + 1, half_open=False)

    def _after_refusal(self, reason: RefusalReason, kind: ChatKind) -> "CircuitState":
        """The state after a refusal, which is not a failure of the connection."""
        present = replace(self, failures=0, half_open=False)
        if reason == "content":
            return replace(present, content_errors=self.content_errors + 1)
        if reason != "unclassified":
            return present
        return replace(
            present,
            unclassified=self.unclassified + (kind == "private"),
            refusing_kinds=self.refusing_kinds | {kind},
        )

    def checked(self) -> "CircuitState":
        """The state after Telegram answered a check."""
        return replace(self, failures=0, half_open=True)


class InFlightWindow:
    """The number of messages in flight, by Little's law: rate times the 95th percentile of the latency, plus two.

    The size bounds how many messages a crash can send twice.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._latencies: deque[float] = deque(maxlen=_SAMPLES)
        self._recorded = 0
        self.size = DEFAULT_WINDOW

    def record(self, seconds: float) -> None:
        """Record the latency of a sent message."""
        self._latencies.append(seconds)
        self._recorded += 1
        if self._recorded % _RESIZE_EVERY == 0:
            p95 = sorted(self._latencies)[int(0.95 * (len(self._latencies) - 1))]
            self.size = max(DEFAULT_WINDOW, min(MAX_WINDOW, math.ceil(self._per_second * p95) + 2))


class OutcomeBuffer:
    """Outcomes that are not stored yet; one transaction stores many."""

    def __init__(self) -> None:
        self.settled: list[Settled] = []
        self._since = 0.0

    @property
    def due_at(self) -> float:
        """When the first one has waited for `FLUSH_AFTER`."""
        return self._since + FLUSH_AFTER

    def is_due(self, at: float, places: int) -> bool:
        """Whether the first outcome has waited long enough, or all places of the window are occupied."""
        return bool(self.settled) and (len(self.settled) >= places or at >= self.due_at)

    def add(self, settled: Settled, at: float) -> None:
        """Collect one more."""
        if not self.settled:
            self._since = at
        self.settled.append(settled)

    def drop(self, number: int, at: float) -> None:
        """Remove the first `number` outcomes, which are now stored."""
        del self.settled[:number]
        self._since = at


class ThroughputMeter:
    """Messages per second over the last ten seconds; sampled at each call."""

    def __init__(self, at: float, sent: int) -> None:
        self._samples = deque([(at, sent)])

    def per_second(self, at: float, sent: int) -> float:
        """The throughput when `sent` messages have been sent; 0 in the first second."""
        while len(self._samples) > 1 and at - self._samples[0][0] > _SPAN:
            self._samples.popleft()
        if at - self._samples[-1][0] >= _SAMPLE_INTERVAL:
            self._samples.append((at, sent))
        since, before = self._samples[0]
        return (sent - before) / (at - since) if at - since >= _MIN_SPAN else 0.0
