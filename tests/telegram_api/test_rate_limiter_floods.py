"""What the rate limiter does after a 429."""

import pytest

from bot.telegram_api.rate_limiter import RateLimiter
from tests.telegram_api.limiter_clock import ANN, BEN, GROUP, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rate_limiter(clock: Clock) -> RateLimiter:
    """Thirty messages a second."""
    return RateLimiter(30, clock=clock)


def test_nothing_is_taken_while_telegram_asks_to_wait_and_the_bucket_is_empty_then(
    rate_limiter: RateLimiter, clock: Clock
) -> None:
    rate_limiter.take(1)
    rate_limiter.on_flood(ANN, 7)
    for _ in range(70):
        assert rate_limiter.take(8) == 0
        assert rate_limiter.wait() > 0
        clock.now += 0.1
    assert rate_limiter.take(8) == 0
    assert 0 < rate_limiter.wait() < 0.2
    clock.now += rate_limiter.wait()
    assert rate_limiter.take(8) == 1


def test_the_longest_of_several_waits_counts(rate_limiter: RateLimiter, clock: Clock) -> None:
    rate_limiter.on_flood(ANN, 30)
    rate_limiter.on_flood(BEN, 2)

    assert rate_limiter.wait() > 30


def test_nothing_that_is_given_back_opens_what_telegram_closed(clock: Clock) -> None:
    rate_limiter = RateLimiter(1000, clock=clock)
    taken = rate_limiter.take(80)
    rate_limiter.on_flood(ANN, 5)
    rate_limiter.give_back(taken)
    clock.now += 4.9

    assert rate_limiter.take(8) == 0
    assert rate_limiter.wait() > 0


def test_an_answer_does_not_wait_for_what_telegram_closed(rate_limiter: RateLimiter, clock: Clock) -> None:
    rate_limiter.take(8)
    rate_limiter.on_flood(ANN, 60)

    assert rate_limiter.reserve(BEN) <= 0.1
    clock.now += 3
    assert rate_limiter.reserve(BEN) == 0


def test_a_chatty_group_does_not_halt_the_broadcast(rate_limiter: RateLimiter, clock: Clock) -> None:
    for _ in range(25):
        rate_limiter.reserve(GROUP)
    clock.now += 10
    rate_limiter.on_flood(GROUP, 40)

    assert rate_limiter.take(8)


def test_a_person_who_asks_too_fast_does_not_halt_the_broadcast(rate_limiter: RateLimiter, clock: Clock) -> None:
    for _ in range(2):
        rate_limiter.reserve(ANN)
        clock.now += 1
    rate_limiter.on_flood(ANN, 5)

    assert rate_limiter.take(8)


@pytest.mark.parametrize("chat", [ANN, GROUP])
def test_a_429_for_a_chat_without_messages_pauses_all_broadcasts(
    rate_limiter: RateLimiter, clock: Clock, chat: int
) -> None:
    """It was the broadcast's own message."""
    rate_limiter.reserve(chat)
    clock.now += 61
    rate_limiter.on_flood(chat, 5)

    assert rate_limiter.take(8) == 0


def test_a_429_for_the_first_answer_to_a_person_pauses_all_broadcasts(rate_limiter: RateLimiter, clock: Clock) -> None:
    rate_limiter.reserve(ANN)
    clock.now += 4
    rate_limiter.reserve(ANN)
    rate_limiter.on_flood(ANN, 5)

    assert rate_limiter.take(8) == 0
