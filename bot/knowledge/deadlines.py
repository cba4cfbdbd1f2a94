"""The last day of an expected completion, parsed from the source's own words in any of the languages.

Texts such as “by the end of the year”, 2021年第三季度 and “до конца 2022 года” are written for people. The dates found
here tell staff which projects to check; citizens never see them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache
from pathlib import Path

from bot.i18n.word_patterns import read_word_patterns
from bot.knowledge.model import Project
from bot.knowledge.relative_dates import with_year
from bot.matching.normalize import fold
from bot.matching.numerals import in_digits

#: If the days in two languages are this far apart, the languages contradict each other.
_CONTRADICTION = timedelta(days=250)
#: `due` and words that are this close mean the same time: “in autumn” and 31 October.
_SAME_TIME = timedelta(days=62)


def deadline_of(project: Project, written: date) -> date | None:
    """The last day of a project's expected completion: `due`, or else the latest day in any language.

    None if there is none, nothing is understood, or the languages contradict each other. A time without a year is
    relative to `written`, the date of the project's source.
    """
    return _due(project, written) or _named(project, written)


def due_instead_of_words(project: Project, written: date) -> date | None:
    """`due`, if it replaces the expected completion in words: there are none, or they name another time."""
    due, named = _due(project, written), _named(project, written)
    if due and project.expected_completion and (named is None or abs(due - named) <= _SAME_TIME):
        return None
    return due


def _due(project: Project, written: date) -> date | None:
    """`due`, unless it was already over when the source was written, which is a mistake."""
    return project.due if project.due and project.due >= written else None


def latest_expected(project: Project, written: date) -> date | None:
    """As `deadline_of`, but the latest day if the languages contradict each other: one of them was changed."""
    return _due(project, written) or max(_days_named(project, written), default=None)


def _named(project: Project, written: date) -> date | None:
    days = _days_named(project, written)
    return max(days) if days and max(days) - min(days) <= _CONTRADICTION else None


def _days_named(project: Project, written: date) -> list[date]:
    texts = project.expected_completion.texts if project.expected_completion else ()
    return [day for text in texts if (day := last_day(text, written))]


@lru_cache(maxsize=1024)
def last_day(text: str, since: date) -> date | None:
    """The last day that a text written on the day `since` names; None if it names none. Never fails.

    Of several days the latest counts; of a vague time its end: early, mid and late are thirds of a month or year.
    """
    return max(_days(_plain(text, since), since), default=None)


def names_a_year(text: str) -> bool:
    """Whether a text contains the year that it means."""
    return re.search(_YEAR, _digits(text)) is not None


def _days(rest: str, since: date) -> list[date]:
    """The end of each time in a text; what was matched is not matched again as something vaguer."""
    days = []

    def taken(found: re.Match[str]) -> str:
        if day := _end(found.groupdict(), since):
            days.append(day)
        return " ; "

    for pattern in _TIMES:
        rest = pattern.sub(taken, rest)
    return days


# --- Patterns --------------------------------------------------------------------------------------------------------

_YEAR = r"(?<!\d)(?:19|20|21)\d\d(?!\d)"
_IN, _DAY, _MONTH_NUMBER = rf"(?P<year>{_YEAR})", r"(?<!\d)(?P<day>\d\d?)(?!\d)", r"(?P<month_number>\d\d?)"
#: Parts of the expressions in the file, see there.
_PARTS = {
    "year": _IN,
    "later_year": rf"(?P<later_year>{_YEAR})",
    "year_before": r"(?<=(?:19|20|21)\d\d)",
    "year_after": rf"(?={_YEAR})",
    "day": _DAY,
    "month": r"(?P<month>{months_by_name})\b\.?",
    "month_number": rf"(?<!\d){_MONTH_NUMBER}",
    "season": "(?P<season>{seasons_by_name})",
    "nth": r"[1-4](?!\d)|\bi{1,3}|\biv",
    "part": "(?P<part>{early}|{mid}|{late})",
    "before": "(?P<before>{earlier})",
}
_WORDS = read_word_patterns(Path(__file__).with_name("deadlines.yaml"), _PARTS)
_MONTHS, _SEASONS = _WORDS.numbered("months_by_name"), _WORDS.numbered("seasons_by_name")
_QUARTERS, _HALVES = _WORDS.numbered("quarters_by_name"), _WORDS.numbered("halves_by_name")
_EARLY, _MID = _WORDS.any_of("early"), _WORDS.any_of("mid")

#: Forms of times, the most precise first; those in digits belong to no language.
_TIMES = (
    re.compile(rf"{_IN}[-./]{_MONTH_NUMBER}[-./]{_DAY}"),
    re.compile(rf"{_DAY}[./]{_MONTH_NUMBER}[./]{_IN}"),
    *_WORDS.each("days"),
    re.compile(rf"{_IN}-(?P<month_number>0[1-9]|1[0-2])(?!\d)"),
    re.compile(rf"(?<!\d){_MONTH_NUMBER}[./]{_IN}"),
    *(form for name in ("months", "quarters", "halves", "seasons", "years") for form in _WORDS.each(name)),
    re.compile(_IN),
)
#: Words for the year of the text that `with_year` does not replace, because people do not read such phrases.
_THE_YEAR = _WORDS.replacements("the_year")
_BESIDE_YEAR, _DURATION = _WORDS.any_of("beside_year"), _WORDS.any_of("duration")
_CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")
_ROMAN = ("i", "ii", "iii", "iv")
_YEAR_IN_CHINESE = re.compile("[〇零一二三四五六七八九]{4}(?=年)")
_DIGIT_IN_CHINESE = re.compile("[一二三四五六七八九](?=月|季)")


def _digits(text: str) -> str:
    def translated(number: re.Match[str]) -> str:
        return number[0].translate(_CHINESE)

    return _DIGIT_IN_CHINESE.sub(translated, in_digits(_YEAR_IN_CHINESE.sub(translated, fold(text))))


def _plain(text: str, since: date) -> str:
    """The text with numbers in digits, and with a number for each year that it names by a word."""
    plain = _DURATION.sub(" ; ", _BESIDE_YEAR.sub("", _digits(with_year(text, since))))
    for pattern, written in _THE_YEAR:
        plain = pattern.sub(written.format(year=since.year), plain)
    return plain


# --- The end of a time -----------------------------------------------------------------------------------------------


def _end(named: Mapping[str, str | None], since: date) -> date | None:
    """The last day of a time; without a year, of the first such time that is not over. None if there is no such day."""
    year = named.get("year") or named.get("later_year")
    if year:
        return _end_in(int(year), named)
    ends = (_end_in(since.year + later, named) for later in (-1, 0, 1))
    return next((day for day in ends if day and day >= since), None)


def _end_in(year: int, named: Mapping[str, str | None]) -> date | None:
    first, last = _months(named)
    if not 1 <= first <= 12 or not 1 < year < MAXYEAR - 1:
        return None
    if named.get("before") and not named.get("part"):
        return date(year, first, 1) - timedelta(days=1)
    year, last = year + (last - 1) // 12, (last - 1) % 12 + 1
    days = (date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)).day
    if named.get("day"):
        day = int(named["day"] or 0)
        return date(year, last, day) if 1 <= day <= days else None
    third = _third(named.get("part")) if first == last else 3
    return date(year, last, days if third == 3 else 10 * third)


def _months(named: Mapping[str, str | None]) -> tuple[int, int]:
    """The first and the last month of a time, counted from January of its year."""
    if digits := named.get("month_number"):
        return int(digits), int(digits)
    if month := named.get("month"):
        return _place(month, _MONTHS), _place(month, _MONTHS)
    if quarter := named.get("quarter"):
        number = _number(quarter, _QUARTERS)
        return 3 * number - 2, 3 * number
    if half := named.get("half"):
        number = _number(half, _HALVES)
        return 6 * number - 5, 6 * number
    if season := named.get("season"):
        first = 3 * _place(season, _SEASONS)
        return first, first + 2
    return (1, 12) if not named.get("part") else (4 * _third(named["part"]) - 3, 4 * _third(named["part"]))


def _number(written: str, names: Sequence[re.Pattern[str]]) -> int:
    """The number of “2”, “iii”, or one of the names."""
    if written.isdecimal():
        return int(written)
    return _ROMAN.index(written) + 1 if written in _ROMAN else _place(written, names)


def _place(name: str, names: Sequence[re.Pattern[str]]) -> int:
    """The place of a name in a list, from 1."""
    return next(place for place, pattern in enumerate(names, 1) if pattern.fullmatch(name))


def _third(part: str | None) -> int:
    """The third of a month or year that is meant."""
    if part and _EARLY.fullmatch(part):
        return 1
    return 2 if part and _MID.fullmatch(part) else 3
