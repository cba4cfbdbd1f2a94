"""Parses dates and times of day as people type them, the same in every language.

A date is accepted if its order is clear: year first (`2026-03-05`, `2026/3/5`, `2026年3月5日`) or day first with dots
(`5.3.2026`). `03/05/2026` is refused, because it is ambiguous.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = (
    re.compile(r"(?P<y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?"),
    re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})"),
)
_LIKE_A_DAY = re.compile(r"[0-9]{1,4}[-/.,年月日 ]{1,2}[0-9][-/.,年月日 0-9]*")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：.]([0-5]\d)")


def parse_date(text: str) -> date | None:
    """Parse a date; None for other text, or a day that does not exist."""
    found = next((found for pattern in _DAYS if (found := pattern.fullmatch(text.strip()))), None)
    return _date(found) if found else None


def is_like_date(text: str) -> bool:
    """Whether a text is probably meant as a date, even if its order is unclear."""
    return _LIKE_A_DAY.fullmatch(text.strip()) is not None


def parse_time(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Parse a time of day (`18:30`: the next one), alone or with a date before or after it.

    None for other text. `now` is aware; the result is in `zone`, see `moment_of`.
    """
    day = next((found for pattern in _DAYS if (found := pattern.search(text))), None)
    clock = _CLOCK.fullmatch((text.replace(day[0], " ") if day else text).strip())
    if clock is None:
        return None
    at, local = time(int(clock[1]), int(clock[2])), now.astimezone(zone).date()
    if day:
        named = _date(day)
        with suppress(OverflowError):  # the first or last day of the calendar may be another day in UTC
            return moment_of(named, at, zone, now) if named else None
        return None
    today = moment_of(local, at, zone, now)
    return today if today.astimezone(UTC) > now else moment_of(local + timedelta(days=1), at, zone, now)


def moment_of(day: date, at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment at which clocks in a zone show a time of day.

    If clocks are put back and show it twice, the first one that is in the future. If clocks are put forward and skip
    it, the same time after midnight as usual: 02:30 becomes 03:30.
    """
    first, second = (datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return (second if first <= now < second else first).astimezone(zone)


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None
