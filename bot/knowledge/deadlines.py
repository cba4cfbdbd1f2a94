"""The last day of an expected completion, parsed from the source's own words in any of the languages.

Texts such as “by the end of the year”, 2021年第三季度 and “до конца 2022 года” are written for people. The dates found
here tell staff which projects to check; citizens never see them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache

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


def _days(rest: str, since: date) -> Iterator[date]:
    """The end of each time in a text; what was matched is not matched again as something vaguer."""
    for pattern in _TIMES:
        for found in pattern.finditer(rest):
            if day := _end(found.groupdict(), since):
                yield day
        rest = pattern.sub(" ; ", rest)


# --- Patterns --------------------------------------------------------------------------------------------------------

_YEAR = r"(?<!\d)(?:19|20|21)\d\d(?!\d)"
_CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")

#: Beginnings of the names of months; the first match counts.
_MONTHS = {
    name: month
    for month, names in enumerate(
        "jan янв,feb фев,mar мар,apr апр,may ма,jun июн,jul июл,aug авг,sep сен,oct окт,nov ноя,dec дек".split(","), 1
    )
    for name in names.split()
}
#: Beginnings of the names of seasons, with their first and last month; winter ends in the next year.
_SEASONS = {
    name: (first, first + 2)
    for names, first in (("spring 春 вес", 3), ("summer 夏 лет", 6), ("autumn 秋 осен", 9), ("winter 冬 зим", 12))
    for name in names.split()
}
_EARLY = r"early|(?:the )?(?:beginning|start) of|初|上旬|начал[аоуе]м?"
_MID = r"mid|(?:the )?middle of|中旬|中|середин[аыеу]|серединой"
_LATE = r"late|(?:the )?(?:end|close) of|底|末|内|终|下旬|кон(?:ец|ца|це|цу|цом)"
_PART = rf"(?P<part>{_EARLY}|{_MID}|{_LATE})"
_IN = rf"(?P<y>{_YEAR})"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|march|mar|april|apr|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|январ\w+|феврал\w+|март\w{0,2}|апрел\w+|ма[йяею]|маем|июн\w+|июл\w+"
    r"|август\w{0,2}|сентябр\w+|октябр\w+|ноябр\w+|декабр\w+)\b\.?"
)
_DAY = r"(?<!\d)(?P<d>\d\d?)(?!\d)"
_OF = r"(?: of| in)?(?: the)?,? ?"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_ORDINAL = r"(?:[1-4](?!\d)|\bi{1,3}|\biv)(?:-?(?:st|nd|rd|th|[а-я]{1,3}))?"

#: Forms of times, the most precise first.
_TIMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_IN}[-./](?P<m>\d\d?)[-./]{_DAY}",
        rf"{_DAY}[./](?P<m>\d\d?)[./]{_IN}",
        rf"(?:{_IN} ?年 ?)?(?<!\d)(?P<m>\d\d?) ?月 ?{_DAY} ?[日号]?",
        rf"{_DAY}(?: of)? {_MONTH},?(?: {_IN})?",
        rf"\b{_MONTH} {_DAY},?(?: {_IN})?",
        rf"{_IN}-(?P<m>0[1-9]|1[0-2])(?!\d)",
        rf"(?<!\d)(?P<m>\d\d?)[./]{_IN}",
        rf"(?:{_IN} ?年 ?)?(?<!\d)(?P<m>\d\d?) ?月份?(?P<part>初|上旬|中旬|中|底|末|下旬)?",
        rf"(?:\b(?P<before>before|prior to|до) )?(?:{_PART}[ -])?\b{_MONTH}(?:{_OF}{_IN})?",
        rf"(?:{_IN} ?年? ?/?)?\bq(?P<q>[1-4])\b(?:[ /-]?{_OF}(?P<later>{_YEAR}))?",
        rf"(?P<q>{_ORDINAL}) (?:quarter|квартал\w*|кв\b\.?)(?:{_OF}{_IN})?",
        rf"(?:{_IN} ?年 ?)?(?P<q>[1-4]) ?季度?",
        rf"(?:{_IN} ?)?\bh(?P<h>[12])\b(?:[ /-]?(?P<later>{_YEAR}))?",
        rf"(?P<h>{_ORDINAL}) (?:half|полугоди\w+|половин\w+)(?:{_OF}{_IN})?",
        rf"(?:{_IN} ?年 ?)?(?P<h>[上下]) ?半年",
        rf"(?:{_IN} ?年 ?)?(?P<season>[春夏秋冬])[季天]",
        rf"\b(?P<season>spring|summer|autumn|winter|весн\w{{1,2}}|лет[оауе]м?|осен\w{{1,2}}|зим\w{{1,2}})\b(?:{_OF}{_IN})?",
        rf"{_IN} ?年(?P<part>初|中|底|末|内|终)",
        rf"{_PART}[ -](?:the )?{_IN}",
        rf"\b(?P<before>before|prior to|до) {_IN}",
        rf"{_IN} ?年(?P<before>之前|以前|前)?",
        _IN,
    )
)

#: Words for the year of the text that `with_year` does not replace, because people do not read such phrases.
_THE_YEAR = (
    (re.compile(r"\bthis calendar year\b"), "{} "),
    (re.compile(r"\bthe year\b"), "{}"),
    (re.compile(r"(?<![\d年])[岁年](?=[底末内终初中])"), "{}年"),
    (re.compile(r"(?<=[а-я]) год[ау]\b"), " {}"),
)
#: Redundant words next to a year: “the year 2022”, “2022 года”.
_BESIDE = re.compile(rf"\b(?:the )?year (?={_YEAR})|(?<=(?:19|20|21)\d\d) ?(?:год\w{{0,2}}\b|гг?\b\.?)")
#: A duration is not a date.
_DURATION = re.compile(
    r"(?<!\d)\d\d? ?(?:(?:years?|months?|weeks?|days?|лет|год\w*|месяц\w*|недел\w+|дн\w+)\b)"
    r"|(?:(?<!\d)\d\d?|[一两二三四五六七八九十]|(?<![上下])半) ?(?:个?年|个月|个季度|周|天)"
    r"|\bчерез (?:год|месяц|полгода)|\b(?:in|within) an? (?:year|month|half year)"
)
_YEAR_IN_CHINESE = re.compile("[〇零一二三四五六七八九]{4}(?=年)")
_DIGIT_IN_CHINESE = re.compile("[一二三四五六七八九](?=月|季)")


def _digits(text: str) -> str:
    def translated(number: re.Match[str]) -> str:
        return number[0].translate(_CHINESE)

    return _DIGIT_IN_CHINESE.sub(translated, in_digits(_YEAR_IN_CHINESE.sub(translated, fold(text))))


def _plain(text: str, since: date) -> str:
    """The text with numbers in digits, and with a number for each year that it names by a word."""
    plain = _DURATION.sub(" ; ", _BESIDE.sub("", _digits(with_year(text, since))))
    for pattern, written in _THE_YEAR:
        plain = pattern.sub(written.format(since.year), plain)
    return plain


# --- The end of a time -----------------------------------------------------------------------------------------------


def _end(named: Mapping[str, str | None], since: date) -> date | None:
    """The last day of a time; without a year, of the first such time that is not over. None if there is no such day."""
    year = named.get("y") or named.get("later")
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
    if named.get("d"):
        day = int(named["d"] or 0)
        return date(year, last, day) if 1 <= day <= days else None
    third = _third(named.get("part")) if first == last else 3
    return date(year, last, days if third == 3 else 10 * third)


def _months(named: Mapping[str, str | None]) -> tuple[int, int]:
    """The first and the last month of a time, counted from January of its year."""
    if number := named.get("m"):
        return int(number), int(number)
    if name := named.get("month"):
        month = next(number for start, number in _MONTHS.items() if name.startswith(start))
        return month, month
    if quarter := named.get("q"):
        return 3 * _number(quarter) - 2, 3 * _number(quarter)
    if half := named.get("h"):
        return 6 * _number(half) - 5, 6 * _number(half)
    if season := named.get("season"):
        return next(months for start, months in _SEASONS.items() if season.startswith(start))
    return (1, 12) if not named.get("part") else (4 * _third(named["part"]) - 3, 4 * _third(named["part"]))


def _number(ordinal: str) -> int:
    """The number, 1 to 4, of “2-й”, “iii” or 下."""
    if ordinal in "上下":
        return "上下".index(ordinal) + 1
    roman = re.match("i{1,3}v?|iv", ordinal)
    return _ROMAN.get(roman[0], 0) if roman else int(ordinal[0])


def _third(part: str | None) -> int:
    """The third of a month or year that is meant."""
    if part and re.fullmatch(_EARLY, part):
        return 1
    return 2 if part and re.fullmatch(_MID, part) else 3
