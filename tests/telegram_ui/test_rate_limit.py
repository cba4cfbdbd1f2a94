"""Limits of a person's messages, and cooldowns of notices."""

from datetime import timedelta

from bot.telegram_ui.cooldown import Cooldown
from bot.telegram_ui.rate_limit import PersonRateLimiter, RateDecision
from tests.telegram_ui.bot_env import NOON


def test_above_the_limit_of_people_the_oldest_is_forgotten_and_starts_with_full_tokens() -> None:
    limiter = PersonRateLimiter(burst=1, limit=10)
    first = [limiter.check(person, NOON) for person in range(11)]

    assert first == [RateDecision.ALLOW] * 11
    assert limiter.check(10, NOON) is RateDecision.NOTIFY
    assert limiter.check(0, NOON) is RateDecision.ALLOW


def test_a_person_who_keeps_flooding_stays_silenced() -> None:
    """Ten messages a second for an hour get one burst of answers and one notice."""
    limiter = PersonRateLimiter()
    decisions = [limiter.check(1, NOON + timedelta(seconds=number / 10)) for number in range(36_000)]

    assert decisions.count(RateDecision.NOTIFY) == 1
    assert decisions.count(RateDecision.ALLOW) <= 22


def test_a_person_who_asks_every_two_seconds_is_never_silenced() -> None:
    limiter = PersonRateLimiter()

    assert {limiter.check(1, NOON + timedelta(seconds=2 * number)) for number in range(1000)} == {RateDecision.ALLOW}


def test_a_clock_that_goes_back_earns_nothing_and_breaks_nothing() -> None:
    """The system's time may be set; from then on the limit recovers by the new time."""
    limiter = PersonRateLimiter(burst=1, recovered=1)

    assert limiter.check(1, NOON) is RateDecision.ALLOW
    assert limiter.check(1, NOON - timedelta(hours=1)) is RateDecision.NOTIFY
    assert limiter.check(1, NOON - timedelta(minutes=59)) is RateDecision.ALLOW


def test_a_notice_that_was_just_sent_is_not_due() -> None:
    """Each chat has a cooldown of its own."""
    cooldown = Cooldown(timedelta(minutes=10))
    due = [cooldown.is_due(chat, NOON + timedelta(minutes=at)) for chat, at in ((1, 0), (1, 9), (2, 9), (1, 10))]

    assert due == [True, False, True, True]
