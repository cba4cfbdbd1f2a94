"""A simulation of how many messages replicas can answer, and how many Telegram's limits permit.

The two limits are simulated separately, because one is ten times the other. `rush` is limited only by the processors:
chats ask again as soon as they are answered. `seconds_of` is limited only by Telegram's messages per second: answers
have priority, and a broadcast takes the rest. `tests/bench/test_capacity.py` compares both with the real program.
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import repeat

#: The part of the limit that answers and a broadcast use together; `bot.broadcasts.model.SHARE`.
SHARE = 0.99
#: Seconds of one step of `rush`.
_STEP = 0.0002


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of processor for one reply, and beside them."""

    replica: float
    database: float  #: of all processes of PostgreSQL together
    harness: float = 0.0  #: of Telegram and the proxy, where they share the processors
    per_second: float = 0.0  #: of a busy replica in each second, for its commits (20 a second) and its heartbeat


@dataclass(slots=True)
class _Server:
    """Works off one reply after the other."""

    cost: float
    waiting: deque[int]
    left: float = 0.0

    def work(self, seconds: float) -> list[int]:
        """The chats whose replies are done."""
        done = []
        while self.waiting and seconds > 0:
            used = min(seconds, self.left)
            self.left -= used
            seconds -= used
            if self.left <= 0:
                done.append(self.waiting.popleft())
                self.left = self.cost
        return done


def rush(
    costs: Costs, *, replicas: int, processors: float, chats: int, api_time: float, seconds: float = 10.0
) -> float:
    """Replies a second. Each chat has its replica; every busy server gets an equal part of the processors."""
    stages = [
        [_Server(costs.harness, deque(), costs.harness)],
        [_Server(costs.replica, deque(), costs.replica) for _ in range(replicas)],
        [_Server(costs.database, deque(), costs.database)],
    ]
    asking = [(api_time * chat / chats, chat) for chat in range(chats)]  # a heap: when, who
    replies, now, left = 0, 0.0, processors - replicas * costs.per_second
    while now < seconds:
        while asking and asking[0][0] <= now:
            stages[0][0].waiting.append(heappop(asking)[1])
        busy = [(number, server) for number, stage in enumerate(stages) for server in stage if server.waiting]
        for number, server in busy:
            most = 1.0 - costs.per_second if server in stages[1] else 1.0
            for chat in server.work(_STEP * min(most, left / len(busy))):
                if number + 1 < len(stages):
                    following = stages[number + 1]
                    following[chat % len(following)].waiting.append(chat)
                else:
                    replies += 1
                    heappush(asking, (now + api_time, chat))
        now += _STEP
    return replies / seconds


@dataclass(frozen=True, slots=True)
class Span:
    """What left the bot in a second, or in an hour."""

    answers: float
    broadcast: float
    wait: float  #: seconds that the last answer in line waits, at most


def seconds_of(
    questions: Iterable[float], *, broadcast: float = 0, starts: int = 0, per_second: float = 30.0, seed: int = 1
) -> Iterator[Span]:
    """Each second of `questions`, which are expected numbers and come at random moments.

    The broadcast begins in the second `starts`.
    """
    chance, in_line = random.Random(seed), 0.0
    for second, expected in enumerate(questions):
        in_line += _poisson(chance, expected)
        answers = min(in_line, per_second)
        in_line -= answers
        sent = min(broadcast, max(0.0, per_second * SHARE - answers)) if second >= starts else 0.0
        broadcast -= sent
        yield Span(answers, sent, in_line / per_second)


def hours_of(
    questions: Sequence[float], *, broadcast: int = 0, starts: int = 0, per_second: float = 30.0
) -> list[Span]:
    """Each hour of `questions` (their number in that hour), with a broadcast that begins with the hour `starts`."""
    each_second = (number / 3600 for number in questions for _ in range(3600))
    spans = list(seconds_of(each_second, broadcast=broadcast, starts=3600 * starts, per_second=per_second))
    hours = [spans[first : first + 3600] for first in range(0, len(spans), 3600)]
    return [
        Span(sum(each.answers for each in hour), sum(each.broadcast for each in hour), max(each.wait for each in hour))
        for hour in hours
    ]


def duration_of(broadcast: int, *, questions_per_second: float, per_second: float = 30.0) -> float:
    """Seconds that a broadcast takes while people ask."""
    left = float(broadcast)
    for number, span in enumerate(seconds_of(repeat(questions_per_second), broadcast=broadcast, per_second=per_second)):
        if span.broadcast >= left:
            return number + left / max(span.broadcast, per_second * SHARE - span.answers)
        left -= span.broadcast
    raise AssertionError


def _poisson(chance: random.Random, mean: float) -> int:
    """A random number of events in a second."""
    number, moment = 0, chance.expovariate(mean) if mean else 2.0
    while moment < 1.0:
        number, moment = number + 1, moment + chance.expovariate(mean)
    return number
