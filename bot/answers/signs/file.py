"""Read a file of signs; `emergencies/signs.yaml` and `requests.yaml` explain its format."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from bot.answers.signs.reader import Sign, SignReader, Signs, SignWords, without_fillers
from bot.answers.signs.writing import Dense, Sounded, Spaced, Writing, sound_of, without_apostrophes
from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES, Language

#: The sections of a file with expressions that suspend signs.
_LIMITS = ("matters", "asking", "idioms")


def read_signs(data: Mapping[str, Any]) -> SignReader:
    """Compile the signs of a file."""
    spaced = [language for language in LANGUAGES if LANGUAGE_INFO[language].spaced and language in data["sets"]]
    dense = [language for language in data["sets"] if not LANGUAGE_INFO[language].spaced]
    return SignReader(
        written={language: _signs(data, language, _written(language)) for language in data["sets"]},
        sounded={language: _signs(data, language, Sounded()) for language in dense},
        words={language: _sign_words(data, language) for language in spaced},
    )


def _written(language: Language) -> Writing:
    return Spaced() if LANGUAGE_INFO[language].spaced else Dense()


def _signs(data: Mapping[str, Any], language: Language, writing: Writing) -> Signs:
    sets = {name: text.split("|") for name, text in data["sets"][language].items()}
    signs: list[Sign] = []
    beginning_with: dict[str, list[int]] = defaultdict(list)
    same: dict[frozenset[str], frozenset[str]] = {}  # many signs have the same group
    for kind, entry in data["kinds"].items():
        for written in entry["signs"][language]:
            groups = _groups(written, sets, writing)
            beginnings = (frozenset(sys.intern(writing.beginning(text)) for text in group) for group in groups)
            beginnings_of_groups = tuple(same.setdefault(each, each) for each in beginnings)
            # A text that shows a sign contains a beginning of each group; the group with the fewest beginnings is
            # checked first.
            for begins in min(beginnings_of_groups, key=len):
                beginning_with[begins].append(len(signs))
            certain, personal = written.startswith("!"), "@person" in written
            signs.append(Sign(kind, tuple(map(writing.pattern, groups)), beginnings_of_groups, certain, personal))
    fillers, matters, asking, idioms = (
        writing.pattern(writing.expressions(_split(texts), lone=False))
        for texts in (data["fillers"][language].split("|"), *(data[name][language] for name in _LIMITS))
    )
    sounded = isinstance(writing, Sounded)
    alone = {
        _bare(text, fillers, sounded=sounded): kind
        for kind, entry in reversed(data["kinds"].items())
        for text in entry["alone"][language].split("|")
    }
    places = {begins: tuple(found) for begins, found in beginning_with.items()}
    return Signs(tuple(signs), places, alone, fillers, matters, asking, idioms, writing)


def _groups(written: str, sets: Mapping[str, list[str]], writing: Writing) -> list[list[str]]:
    """The expressions of each group of a sign."""
    groups = [group.strip().split("|") for group in written.removeprefix("!").split(" + ")]
    alternatives = [[text for name in group for text in sets.get(name.removeprefix("@"), [name])] for group in groups]
    return [writing.expressions(group, lone=len(groups) == 1) for group in alternatives]


def _bare(text: str, fillers: str, *, sounded: bool) -> str:
    text = without_apostrophes(text)
    prepared = sound_of(text) if sounded else f" {text} "
    return without_fillers(prepared, fillers)


def _split(lines: Iterable[str]) -> list[str]:
    return [text for line in lines for text in line.split("|")]


def _sign_words(data: Mapping[str, Any], language: Language) -> SignWords:
    texts = [*data["sets"][language].values(), data["fillers"][language]]
    texts += [*data["matters"][language], *data["asking"][language]]
    for entry in data["kinds"].values():
        texts += [*entry["signs"][language], entry["alone"][language]]
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+\*?", without_apostrophes(text))}
    by_length: dict[int, list[str]] = {}
    for word in sorted(word.removesuffix("*") for word in words):
        by_length.setdefault(len(word), []).append(word)
    beginnings = tuple(sorted(word.removesuffix("*") for word in words if word.endswith("*")))
    return SignWords({length: tuple(found) for length, found in by_length.items()}, beginnings)
