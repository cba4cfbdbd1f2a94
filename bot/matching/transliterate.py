"""Converts texts that were typed in other letters: on the wrong keyboard layout, Russian in Latin letters, pinyin."""

import re
from collections.abc import Iterator

from bot.i18n.languages import Language
from bot.matching.normalize import Query, to_query
from bot.matching.spelling import Spelling, written_out

_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_RUSSIAN_KEYS = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)

#: Russian in Latin letters as people type it, longest sequences first.
_LATIN_RUSSIAN = dict(
    pair.split("=")
    for pair in (
        "shch=щ sch=щ zh=ж kh=х ts=ц ch=ч sh=ш yu=ю ju=ю iu=ю ya=я ja=я ia=я yo=е jo=е ye=е je=е a=а b=б v=в w=в g=г "
        "d=д e=е z=з i=и j=й y=ы k=к q=к l=л m=м n=н o=о p=п r=р s=с t=т u=у f=ф h=х c=ц x=кс '=ь 4=ч 6=ш"
    ).split()
)
_LATIN_RUSSIAN_LETTERS = re.compile("|".join(sorted(map(re.escape, _LATIN_RUSSIAN), key=len, reverse=True)))
# Russian endings of adjectives, in which people write й as i or y: "novyi", "novyy", "gorodskoy".
_ENDING = re.compile(r"(?<=[иы])(?:й|ы)\b|(?<=[аеоу])ы\b")

# A syllable of pinyin. A final n or ng belongs to the next syllable if a vowel follows.
_SYLLABLE = re.compile(
    r"er(?![aeiouv])|(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iao|uai|ai|ei|ao|ou|ia|ie|io|iu|ua|uo|ui|ue|ve|a|o|e|i|u|v)(?:ng(?![aeiouv])|n(?![aeiouv]))?"
)


def transliterations(text: str, spelling: Spelling) -> Iterator[tuple[Language, Query]]:
    """Convert a folded text to each other keyboard layout and script that it may be meant in, with the language."""
    if re.search("[а-яё]", text):
        yield "en", to_query(on_latin_keys(text))
    elif re.search("[a-z]", text) and text.isascii():
        yield "ru", to_query(on_russian_keys(text))
        yield "ru", to_query(in_cyrillic(text))
        if syllables := pinyin_syllables(text):
            yield "zh", written_out(syllables, spelling)


def on_latin_keys(text: str) -> str:
    """Convert English that was typed on a Russian keyboard."""
    return text.translate(_TO_LATIN_KEYS)


def on_russian_keys(text: str) -> str:
    """Convert Russian that was typed on a Latin keyboard."""
    return text.translate(_TO_RUSSIAN_KEYS)


def in_cyrillic(text: str) -> str:
    """Convert Russian in Latin letters to Cyrillic."""
    cyrillic = _LATIN_RUSSIAN_LETTERS.sub(lambda found: _LATIN_RUSSIAN[found[0]], text)
    return _ENDING.sub("й", cyrillic)


def pinyin_syllables(text: str) -> tuple[str, ...]:
    """Split pinyin into syllables; empty if any word is not pinyin."""
    words = re.findall("[a-z]+", text)
    pieces = [_SYLLABLE.findall(word) for word in words]
    whole = all("".join(syllables) == word for syllables, word in zip(pieces, words, strict=True))
    return tuple(syllable for syllables in pieces for syllable in syllables) if whole else ()
