"""What is remembered of chats stays small."""

from datetime import timedelta

from bot.telegram_ui.cache import Cooldown, LRUCache, UserRateLimiter, Verdict
from tests.telegram_ui.conversations import NOON


def test_the_entry_that_was_not_used_for_longest_leaves_first() -> None:
    """Looking at one counts as use."""
    memory: LRUCache[str, int] = LRUCache(limit=2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")
    memory.put("c", 3)

    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_a_hundred_thousand_people_are_not_all_remembered() -> None:
    """C9: a crowd costs no more memory than the bound; whoever was forgotten starts afresh."""
    pace = UserRateLimiter(burst=1, limit=10)
    first = [pace.judge(person, NOON) for person in range(11)]

    assert first == [Verdict.ANSWER] * 11
    assert pace.judge(10, NOON) is Verdict.NOTICE
    assert pace.judge(0, NOON) is Verdict.ANSWER


def test_whoever_goes_on_flooding_stays_silenced() -> None:
    """Ten messages a second for an hour: one burst, one notice."""
    pace = UserRateLimiter()
    verdicts = [pace.judge(1, NOON + timedelta(seconds=number / 10)) for number in range(36_000)]

    assert verdicts.count(Verdict.NOTICE) == 1
    assert verdicts.count(Verdict.ANSWER) <= 22


def test_an_ordinary_pace_is_never_silenced() -> None:
    """One question every two seconds, all day."""
    pace = UserRateLimiter()

    assert {pace.judge(1, NOON + timedelta(seconds=2 * number)) for number in range(1000)} == {Verdict.ANSWER}


def test_a_clock_that_goes_back_earns_nothing_and_breaks_nothing() -> None:
    """The system's time may be set."""
    pace = UserRateLimiter(burst=1)

    assert pace.judge(1, NOON) is Verdict.ANSWER
    assert pace.judge(1, NOON - timedelta(hours=1)) is Verdict.NOTICE


def test_a_note_that_was_just_written_is_not_due() -> None:
    """Each chat has its own while."""
    seldom = Cooldown(timedelta(minutes=10))
    due = [seldom.is_due(chat, NOON + timedelta(minutes=at)) for chat, at in ((1, 0), (1, 9), (2, 9), (1, 10))]

    assert due == [True, False, True, True]
