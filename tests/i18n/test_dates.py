"""Dates and times as people type them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.i18n.dates import is_like_date, parse_date, parse_time

HARBIN = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)  # 12:00 in Harbin


@pytest.mark.parametrize("text", ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "5.3.2026", " 05.03.2026"])
def test_a_day_is_read_in_every_order_that_is_certain(text: str) -> None:
    assert parse_date(text) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["", "today", "03/05/2026", "2026-02-30", "5.13.2026", "2026-03-05 x", "26-3-5"])
def test_a_text_that_is_not_a_day_or_could_be_two_is_refused(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["2026-03-05", "5.3.2026", " 2026年3月5日", "03/05/2026", "2026-02-30", "5. 3. 2026"])
def test_what_is_written_like_a_day_is_like_a_date(text: str) -> None:
    assert is_like_date(text)


@pytest.mark.parametrize("text", ["", "today", "1500", "0451-12345678 x", "when is 2026-03-05", "6号", "3000 beds"])
def test_numbers_and_sentences_are_not_like_a_date(text: str) -> None:
    assert not is_like_date(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:30", "2026-03-01 18:30"),
        ("11:00", "2026-03-02 11:00"),
        ("9：05", "2026-03-02 09:05"),
        ("2026-03-05 18:30", "2026-03-05 18:30"),
        ("18.30 5.3.2026", "2026-03-05 18:30"),
        ("2026年3月5日 7:00", "2026-03-05 07:00"),
    ],
)
def test_a_time_is_that_of_the_city_and_without_a_day_the_next_one(text: str, expected: str) -> None:
    assert parse_time(text, NOON, HARBIN) == datetime.fromisoformat(expected).replace(tzinfo=HARBIN)


@pytest.mark.parametrize("text", ["", "noon", "25:00", "2026-02-30 12:00", "2026-03-01", "18:30 or 19:00"])
def test_a_text_that_is_not_a_time_is_refused(text: str) -> None:
    assert parse_time(text, NOON, HARBIN) is None
