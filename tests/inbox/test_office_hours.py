"""When the office opens next, in the city's time zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.inbox.tickets.office_hours import opens_at
from bot.knowledge import City
from tests.factories import make_knowledge, values

HOURS = {"days": ["monday", "tuesday", "friday"], "start": "08:30", "end": "17:00"}
HARBIN, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def city_with(hours: Mapping[str, object] | None, zone: str = HARBIN) -> City:
    """The small city with these office hours."""
    return make_knowledge(city={**values()["city"], "office_hours": hours, "time_zone": zone}).city


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2021-11-15T08:29:59", "2021-11-15T08:30"),  # Monday, before the opening
        ("2021-11-15T08:30:00", None),
        ("2021-11-15T16:59:59", None),
        ("2021-11-15T17:00:00", "2021-11-16T08:30"),
        ("2021-11-16T18:00:00", "2021-11-19T08:30"),  # two closed days are skipped
        ("2021-11-19T17:00:00", "2021-11-22T08:30"),  # and the weekend
    ],
)
def test_the_office_opens_on_its_next_day(now: str, opens: str | None) -> None:
    zone = ZoneInfo(HARBIN)
    expected = datetime.fromisoformat(opens).replace(tzinfo=zone) if opens else None

    assert opens_at(city_with(HOURS), datetime.fromisoformat(now).replace(tzinfo=zone)) == expected


def test_an_office_that_is_open_on_one_day_opens_a_week_later() -> None:
    city = city_with({"days": ["monday"], "start": "08:30", "end": "09:00"})

    assert opens_at(city, datetime(2021, 11, 15, 9, 0, tzinfo=ZoneInfo(HARBIN))) == datetime(
        2021, 11, 22, 8, 30, tzinfo=ZoneInfo(HARBIN)
    )


def test_the_day_is_the_citys_day_and_not_that_of_the_machine() -> None:
    """Sunday evening in Greenwich is Monday morning in Harbin."""
    assert opens_at(city_with(HOURS), datetime(2021, 11, 15, 0, 45, tzinfo=UTC)) is None
    assert opens_at(city_with(HOURS), datetime(2021, 11, 14, 23, 0, tzinfo=UTC)) == datetime(
        2021, 11, 15, 8, 30, tzinfo=ZoneInfo(HARBIN)
    )


def test_hours_hold_in_wall_clock_time_when_summer_time_begins() -> None:
    """The clocks of Berlin are put forward in the night before Sunday, 28 March 2021."""
    opens = opens_at(city_with(HOURS, BERLIN), datetime(2021, 3, 26, 20, 0, tzinfo=UTC))

    assert opens is not None
    assert opens.astimezone(UTC) == datetime(2021, 3, 29, 6, 30, tzinfo=UTC)


def test_a_city_without_hours_says_nothing_of_them() -> None:
    assert opens_at(city_with(None), datetime(2021, 11, 14, tzinfo=UTC)) is None
