"""Times relative to the day of writing (“by the end of the year”), rewritten with their year."""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.i18n.word_patterns import read_word_patterns

#: How many years after the year of writing.
_LATER = {"last_year": -1, "this_year": 0, "next_year": 1, "year_after_next": 2}
_PARTS = {"which": "|".join(f"(?P<{name}>{{{name}}})" for name in _LATER), "undated": r"(?!\s*,? ?\d{4})"}
_WORDS = read_word_patterns(Path(__file__).with_name("relative_dates.yaml"), _PARTS)
_YEARS = _WORDS.replacements("years", re.IGNORECASE)
_SHORTER = _WORDS.any_of("shorter", re.IGNORECASE)


def depends_on_its_day(text: str) -> bool:
    """Whether a text contains a time that depends on its day of writing, such as “next month”."""
    return _SHORTER.search(text) is not None


@lru_cache(maxsize=2048)
def with_year(text: str, written: date) -> str:
    """The text with the year in place of “the year”, “this year” and “next year”, relative to the day `written`."""
    for pattern, form in _YEARS:

        def dated(found: re.Match[str], form: str = form) -> str:
            said = found.groupdict()
            later = next((years for name, years in _LATER.items() if said.get(name)), 0)
            return form.format(part=said.get("part") or "", year=written.year + later)

        text = pattern.sub(dated, text)
    return text
