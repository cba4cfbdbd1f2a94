"""Times that are told from the day of writing (“by the end of the year”), with the year that they mean."""

import re
from datetime import date

_NOT_YET = r"(?!\s*,? ?\d{4})"
#: What is written, how many years later it means, and how it reads with the year.
_TIMES = tuple(
    (re.compile(pattern, re.IGNORECASE), later, written)
    for pattern, later, written in (
        (rf"\bthe (?P<part>end|middle|start|beginning) of (?:the|this) year\b{_NOT_YET}", 0, "the {part} of {year}"),
        (rf"\b(?:this year's end|year[- ]end|the year's end)\b{_NOT_YET}", 0, "the end of {year}"),
        (r"\b(?:in )?the course of this year\b", 0, "in the course of {year}"),
        (r"\b(?P<part>later |early |late )?(?<!in )(?<!of )(?:in )?this year\b(?!')", 0, "{part}in {year}"),
        (r"(?<!in )(?<!of )\bnext year\b(?!')", 1, "in {year}"),
        (r"(?<=\b(?:in|of) )next year\b(?!')", 1, "{year}"),
        (r"[今本当]年", 0, "{year}年"),
        (r"明年", 1, "{year}年"),
        (r"(?<![\d年零一二三四五六七八九十百两几多每半全学青少老成中幼童壮财])年(?=[底末内])", 0, "{year}年"),
        (
            rf"\b(?P<part>конц[аеу]|середин[аеуы]|начал[аеу])(?: этого| текущего| нынешнего)? года\b{_NOT_YET}",
            0,
            "{part} {year} года",
        ),
        (r"\bв (?:этом|текущем|нынешнем) году\b", 0, "в {year} году"),
        (r"\bв (?:следующем|будущем) году\b", 1, "в {year} году"),
    )
)  # fmt: skip


def with_year(text: str, written: date) -> str:
    """A text that was written on that day, with the year in place of “the year”, “this year” and “next year”."""
    for pattern, later, form in _TIMES:

        def dated(found: re.Match[str], form: str = form, year: int = written.year + later) -> str:
            return form.format(part=found.groupdict().get("part") or "", year=year)

        text = pattern.sub(dated, text)
    return text
