"""How many messages are sent per second, and which: answers first, never more than Telegram accepts, hardly fewer."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import Limits
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import FloodControl
from bot.telegram_api.rate_limiter import RateLimiter
from tests.telegram_api.limiter_clock import ANN, BEN, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rate_limiter(clock: Clock) -> RateLimiter:
    """Thirty messages a second."""
    return RateLimiter(30, clock=clock)


def taken_in(rate_limiter: RateLimiter, clock: Clock, seconds: float) -> int:
    """What a broadcast gets that takes whatever it can, as soon as it can."""
    end, taken = clock.now + seconds, 0
    while clock.now <= end:
        taken += rate_limiter.take(8)
        clock.now += max(rate_limiter.wait(), 0.0001)
    return taken


# --- One rate_limiter ---


steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.01, 0.03, 0.2]),
        st.integers(0, 2),
        st.integers(1, 8),
        st.sampled_from([0, 0, 1, 8]),
    ),
    max_size=50,
)


@given(steps=steps, rate=st.sampled_from([5, 30, 300]))
def test_no_window_holds_more_than_four_messages_and_what_its_length_allows(
    steps: list[tuple[float, int, int, int]], rate: int
) -> None:
    """For any sender, and whatever is given back; only an answer that has waited a tenth of a second may exceed it."""
    clock = Clock()
    rate_limiter = RateLimiter(rate, clock=clock)
    left: list[float] = [clock.now] * rate_limiter.take(8)
    for passes, answers, most, back in steps:
        clock.now += passes
        waits = [rate_limiter.reserve(ANN) for _ in range(answers)]
        if max(waits, default=0) >= 0.1:
            break
        taken = rate_limiter.take(most)
        returned = min(taken, back)
        rate_limiter.give_back(returned)
        left += [clock.now + wait for wait in waits] + [clock.now] * (taken - returned)
    left.sort()
    burst = 4 * max(1, rate / 30)
    assert all(
        last - first + 1 <= burst + rate * (left[last] - left[first]) + 1e-3
        for first in range(len(left))
        for last in range(first, len(left))
    )


def test_a_broadcast_alone_uses_nearly_all(rate_limiter: RateLimiter, clock: Clock) -> None:
    taken = taken_in(rate_limiter, clock, 100)

    assert 0.985 <= taken / 3000 <= 0.995


def test_answers_are_part_of_what_is_used(rate_limiter: RateLimiter, clock: Clock) -> None:
    """The share of a broadcast and five answers a second is that of a broadcast alone."""
    taken = 0
    for chat in range(500):
        rate_limiter.reserve(chat)
        taken += taken_in(rate_limiter, clock, 0.2)

    assert 0.985 <= (taken + 500) / 30 / (clock.now - 1000) <= 0.995


def test_a_broadcast_that_was_late_catches_up(rate_limiter: RateLimiter, clock: Clock) -> None:
    """Once in ten seconds the program is paused for a fifth of one, in which six messages would have left."""
    taken = 0
    for _ in range(10):
        taken += taken_in(rate_limiter, clock, 9.8)
        clock.now += 0.2

    assert taken / 3000 >= 0.98


def test_a_wait_ends_when_something_can_be_taken(rate_limiter: RateLimiter, clock: Clock) -> None:
    while rate_limiter.take(8):
        pass
    for _ in range(100):
        wait = rate_limiter.wait()
        assert 0 < wait < 0.1
        clock.now += wait - 1e-4
        assert rate_limiter.take(8) == 0
        clock.now += 1e-4
        assert rate_limiter.wait() == 0
        assert rate_limiter.take(8) == 1


def test_what_was_not_sent_can_be_taken_again_but_nothing_is_saved_up_of_it(rate_limiter: RateLimiter) -> None:
    taken = rate_limiter.take(8)
    assert rate_limiter.take(8) == 0
    rate_limiter.give_back(taken)
    assert rate_limiter.take(8) == taken
    rate_limiter.give_back(1000)
    assert rate_limiter.take(1000) <= 4


def test_what_is_given_back_costs_nothing(rate_limiter: RateLimiter, clock: Clock) -> None:
    """Every second time all tokens are given back; the others are as many as the rate allows."""
    kept = 0
    while clock.now < 1100:
        rate_limiter.give_back(rate_limiter.take(8))
        kept += rate_limiter.take(8)
        clock.now += max(rate_limiter.wait(), 0.0001)

    assert 0.985 <= kept / 3000 <= 0.995


def test_a_high_limit_can_be_used_by_eight_at_a_time(clock: Clock) -> None:
    """A paid broadcast whose sender is woken only every five milliseconds."""
    rate_limiter = RateLimiter(1000, clock=clock)
    taken, begin = 0, clock.now
    while taken < 5000:
        taken += rate_limiter.take(8)
        clock.now += max(rate_limiter.wait(), 0.005)

    assert taken / (clock.now - begin) >= 900


@pytest.mark.parametrize("rate", [1, 2, 30, 1000])
def test_any_limit_can_be_kept_up(clock: Clock, rate: int) -> None:
    assert taken_in(RateLimiter(rate, clock=clock), clock, 200) >= 0.98 * rate * 200


# --- Answers go first ---


def test_without_a_broadcast_answers_never_wait(rate_limiter: RateLimiter) -> None:
    assert not any(rate_limiter.reserve(chat) for chat in range(5000))


def test_a_broadcast_leaves_something_for_the_next_answer(rate_limiter: RateLimiter, clock: Clock) -> None:
    for _ in range(300):
        rate_limiter.take(8)
        assert rate_limiter.reserve(ANN) == 0
        clock.now += 0.2


def test_answers_during_a_broadcast_leave_in_order_and_before_it(rate_limiter: RateLimiter, clock: Clock) -> None:
    rate_limiter.take(8)
    waits = [rate_limiter.reserve(chat) for chat in range(4)]

    assert waits == sorted(waits)
    assert waits[-1] > 0
    clock.now += waits[-1]
    assert rate_limiter.take(8) == 0


def test_no_answer_waits_longer_than_a_tenth_of_a_second(rate_limiter: RateLimiter) -> None:
    rate_limiter.take(8)

    assert max(rate_limiter.reserve(chat) for chat in range(500)) == 0.1


def test_a_broadcast_makes_up_for_what_answers_took_in_advance_within_a_little_more_than_a_second(
    rate_limiter: RateLimiter, clock: Clock
) -> None:
    for chat in range(10_000):
        rate_limiter.reserve(chat)

    assert 1.0 <= rate_limiter.wait() <= 1.2
    clock.now += rate_limiter.wait()
    assert rate_limiter.take(8) == 1


async def test_an_answer_sleeps_as_long_as_it_must_wait(clock: Clock) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    rate_limiter = RateLimiter(30, clock=clock, sleep=sleep)
    for chat in range(20):
        await rate_limiter.answer(chat)
    assert slept == []
    clock.now += 60
    rate_limiter.take(8)
    for chat in range(20):
        await rate_limiter.answer(chat)
    assert slept[-1] == max(slept) == 0.1


# --- All of it, against Telegram's own account ---


@dataclass
class Rehearsal:
    """A broadcast of 900 messages, eight at a time, while citizens ask; in a time that only this knows.

    A call takes 50 ms, a little more or less each way, and the sender is woken 10 ms late on the average.
    """

    server_burst: int
    questions_per_second: float
    seed: int
    left: int = 900
    flying: int = 0
    refused: int = 0
    posted: int = 0
    delays: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.chance = random.Random(self.seed)
        self.rate_limiter = RateLimiter(30, clock=self.clock)
        self.telegram = FloodControl(Limits(burst=self.server_burst), self.clock)
        self.agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.order = count()
        self.chats = count(1)

    def run(self) -> None:
        """Run until the last message has its answer."""
        begin = self.clock.now
        self.later(0, self.send)
        self.later(0, self.ask)
        while self.left or self.flying:
            self.clock.now, _, act = heapq.heappop(self.agenda)
            act()
        self.seconds = self.clock.now - begin

    @property
    def share(self) -> float:
        """What was used of the limit, apart from what the server had saved up."""
        return (self.posted + len(self.delays) - self.server_burst) / 30 / self.seconds

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (self.clock.now + seconds, next(self.order), act))

    def send(self) -> None:
        taken = self.rate_limiter.take(min(8 - self.flying, self.left))
        self.left -= taken
        self.flying += taken
        for _ in range(taken):
            self.later(self.one_way(), self.post)
        if self.left:
            self.later(max(self.rate_limiter.wait(), 0.001) + self.chance.expovariate(100), self.send)

    def post(self) -> None:
        chat = next(self.chats)
        if self.admits(chat):
            self.posted += 1
        else:
            self.rate_limiter.on_flood(chat, 1)
        self.later(0.025, self.arrive)

    def arrive(self) -> None:
        self.flying -= 1

    def ask(self) -> None:
        asked, chat = self.clock.now, next(self.chats)
        self.later(self.rate_limiter.reserve(chat) + self.one_way(), lambda: self.hear(chat, asked))
        self.later(self.chance.expovariate(self.questions_per_second), self.ask)

    def hear(self, chat: int, asked: float) -> None:
        if self.admits(chat):
            self.delays.append(self.clock.now + 0.025 - asked)

    def admits(self, chat: int) -> bool:
        try:
            self.telegram.admit(chat)
        except ApiError:
            self.refused += 1
            return False
        return True

    def one_way(self) -> float:
        return self.chance.uniform(0.015, 0.035)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("questions_per_second", [3, 5])
@pytest.mark.parametrize("server_burst", [5, 30])
def test_a_broadcast_uses_what_telegram_allows_and_no_answer_is_late(
    server_burst: int, questions_per_second: float, seed: int
) -> None:
    """Whether Telegram takes five messages at once or thirty, which no one knows."""
    rehearsal = Rehearsal(server_burst, questions_per_second, seed)
    rehearsal.run()

    assert rehearsal.refused == 0
    assert rehearsal.share >= 0.95
    assert sorted(rehearsal.delays)[int(len(rehearsal.delays) * 0.99) - 1] <= 0.15


# --- Several replicas ---


def test_replicas_that_answer_and_one_that_broadcasts_stay_within_one_limit() -> None:
    """Two answer eight times a second each; the third sends what they leave of thirty."""
    clock = Clock()
    answering, sender = [RateLimiter(30, clock=clock) for _ in range(2)], RateLimiter(30, clock=clock)
    sent: list[tuple[float, str]] = []
    for step in range(20 * 1000):
        clock.now = 1000 + step / 1000
        if step % 125 == 0:
            for limiter in answering:
                limiter.reserve(ANN)
                sent.append((clock.now, "answer"))
        sent += [(clock.now, "broadcast")] * sender.take(8)
        if step % 1000 == 0:
            leases = [limiter.lease()[0] for limiter in answering]
            sender.respect(answers=sum(leases), flood=0, replicas=3)

    settled = [at for at, _ in sent if at >= 1003]
    in_a_second = [sum(begin <= at < begin + 1 for at in settled) for begin in settled if begin < 1019]
    assert max(in_a_second) <= 30 + 4
    assert sum(kind == "broadcast" and at >= 1003 for at, kind in sent) / 17 >= 7


def test_a_lease_grows_at_once_shrinks_slowly_and_ends(clock: Clock, rate_limiter: RateLimiter) -> None:
    assert rate_limiter.lease() == (0.0, 0.0)
    clock.now += 1
    for _ in range(8):
        rate_limiter.reserve(ANN)
    leases = [rate_limiter.lease()[0]]
    assert leases == [11.0]
    for _ in range(3):
        clock.now += 1
        rate_limiter.reserve(ANN)
        leases.append(rate_limiter.lease()[0])
    assert leases == sorted(leases, reverse=True)
    assert leases[1] > 8
    clock.now += 6
    assert rate_limiter.lease()[0] == 0.0


def test_what_the_others_lease_is_not_taken_and_comes_back(clock: Clock, rate_limiter: RateLimiter) -> None:
    rate_limiter.respect(answers=20, flood=0, replicas=2)
    rate_limiter.take(8)
    assert 95 <= taken_in(rate_limiter, clock, 10) <= 105
    rate_limiter.respect(answers=90, flood=0, replicas=2)
    assert taken_in(rate_limiter, clock, 10) <= 4
    rate_limiter.respect(answers=0, flood=0, replicas=1)
    assert taken_in(rate_limiter, clock, 10) >= 290


def test_what_telegram_told_one_replica_holds_for_the_broadcast_of_another(clock: Clock) -> None:
    told, sender = RateLimiter(30, clock=clock), RateLimiter(30, clock=clock)
    told.on_flood(BEN, 5.0)
    _, flood = told.lease()
    assert flood == 5.0
    sender.respect(answers=0, flood=flood, replicas=2)
    assert taken_in(sender, clock, 4.9) == 0
    clock.now += 1
    assert sender.take(8) > 0
