"""Everyday words for the subjects of official titles, for any city; they ship with the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.answers.learning.vocabulary import runs_of, stems_of
from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, Phrasings

_PATH = Path(__file__).with_name("everyday_words.yaml")
_Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Matter:
    """A subject of city politics: how titles name it, and what citizens call it."""

    titles: frozenset[_Stems]
    words: Phrasings


@cache
def _matters() -> tuple[_Matter, ...]:
    rows = yaml.load(_PATH.read_text(encoding="utf-8"), yaml.CSafeLoader)["matters"]
    return tuple(
        _Matter(frozenset(stems_of(Phrasings.model_validate(row["titles"]))), Phrasings.model_validate(row["words"]))
        for row in rows
    )


def everyday_words(areas: Sequence[Area]) -> Mapping[str, tuple[Phrasings, ...]]:
    """Area id -> everyday words for its title; only for areas without words of their own.

    Empty if most areas have words of their own: there, a new area is recognised by its few phrasings. A subject that
    the titles of several areas name is skipped, because it does not tell them apart.
    """
    worded = {area.id for area in areas if any(True for _ in area.words.by_language())}
    found: dict[str, list[Phrasings]] = {}
    for matter in _matters() if 2 * len(worded) <= len(areas) else ():
        named = [area for area in areas if _is_named(matter, area)]
        if len(named) == 1 and named[0].id not in worded:
            found.setdefault(named[0].id, []).append(_in_languages_of(named[0], matter.words))
    return {area: tuple(words) for area, words in found.items()}


def _is_named(matter: _Matter, area: Area) -> bool:
    texts = [text for language in LANGUAGES if (text := area.title.text_in(language))]
    return bool(matter.titles & runs_of(texts, {len(stems) for stems in matter.titles}))


def _in_languages_of(area: Area, words: Phrasings) -> Phrasings:
    """The words in the languages of the title; other languages are matched by meaning."""
    return Phrasings(**{name: words.texts_in(name) for name in LANGUAGES if area.title.text_in(name)})
