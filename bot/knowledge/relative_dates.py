"""Times relative to the day of writing (“by the end of the year”), rewritten with their year."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

#: “Last”, “this”, “next” year and the one after: the offset in years, and the words in each language.
_YEARS = (
    (-1, "last", "(?<!过)去|(?<!以)上(?!年[龄纪轻])", "прошл|прошедш|минувш"),
    (0, "this", "[今本当]", "эт|текущ|нынешн"),
    (1, "next", "明", "следующ|будущ"),
    (2, "", "(?<![今之以此])后", ""),
)
_PREPOSITION = "in|of|by|until|till|before|after|since|during|from|for"
_NOT_YET = r"(?!\s*,? ?\d{4})"
_THE_PART_OF = rf"\bthe (?P<part>end|middle|start|beginning) of (?:the|this) year\b{_NOT_YET}"


def _patterns() -> Iterator[tuple[str, int, str]]:
    """For each phrase: its pattern, the offset in years, and the replacement with the year."""
    yield _THE_PART_OF, 0, "the {part} of {year}"
    yield rf"\b(?:(?:this|the) year['’]s end|year[- ]end)\b{_NOT_YET}", 0, "the end of {year}"
    for later, english, chinese, russian in _YEARS:
        if english:
            year = rf"(?<!\bthe )(?<!\bhis )(?<!\bher )(?<!\btheir )\b{english} year\b(?!['’])"
            yield rf"\b(?P<part>(?:later |early |late )?(?:{_PREPOSITION}) ){year}", later, "{part}{year}"
            yield rf"\b(?P<part>later |early |late )?{year}", later, "{part}in {year}"
        yield rf"(?:{chinese})年", later, "{year}年"
        if russian:
            yield rf"\b(?:{russian})(?:ого|его|ий|ый|от|ом|ем|им|ым) (?P<part>год[ау]?)\b", later, "{year} {part}"
    # A year without such a word, in Chinese and Russian.
    yield "(?<![\\d年零一二三四五六七八九十百两几多每半全学青少老成中幼童壮财])年(?=[底末内])", 0, "{year}年"
    yield rf"\b(?P<part>конц[аеу]|середин[аеуы]|начал[аеу]) года\b{_NOT_YET}", 0, "{part} {year} года"


_TIMES = tuple((re.compile(pattern, re.IGNORECASE), later, form) for pattern, later, form in _patterns())


#: Shorter times relative to the day of writing, which cannot be replaced by a year.
_SHORTER = re.compile(
    r"\b(?:last|this|next) (?:week|month|quarter|spring|summer|autumn|fall|winter)\b(?!['’])|\b(?:yesterday|tomorrow)\b"
    r"|\b(?:days?|weeks?|months?) ago\b"
    r"|(?:上|本|这|下)个?(?:周|星期|季度)(?![末刊报])|(?:上|本|下)个?月(?!份)|这个月|[昨明][天日]|[今明去][春夏秋冬](?![天季]?装)"
    r"|\b(?:прошл|эт|текущ|следующ|будущ)\w{1,3} (?:недел|месяц|квартал|весн|лет(?:о|ом|а)\b|осен|зим)\w*"
    r"|\b(?:вчера|завтра)\b|\b(?:дня|дней|недел[юиь]|месяца?|месяцев) назад\b",
    re.IGNORECASE,
)


def depends_on_its_day(text: str) -> bool:
    """Whether a text contains a time that depends on its day of writing, such as “next month”."""
    return _SHORTER.search(text) is not None


@lru_cache(maxsize=2048)
def with_year(text: str, written: date) -> str:
    """The text with the year in place of “the year”, “this year” and “next year”, relative to the day `written`."""
    for pattern, later, form in _TIMES:

        def dated(found: re.Match[str], form: str = form, year: int = written.year + later) -> str:
            return form.format(part=found.groupdict().get("part") or "", year=year)

        text = pattern.sub(dated, text)
    return text
