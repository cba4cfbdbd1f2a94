"""Emergencies and distress: recognised before anything else is tried.

`signs.yaml` lists the signs for each kind and language; see `bot/answers/signs/reader.py` for how they are looked for.
`bot/answers/emergencies/meaning.py` judges by the meaning of the whole message, and decides where the signs do not.

A miss costs more than a false alarm: the reply to a false alarm is a telephone number and one sentence. The figures
are held by `tests/answers/test_emergencies.py`: at least 97 % of the emergencies are recognised, and at most 1 % of
ordinary questions are taken for one.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.answers.emergencies.meaning import (
    CLEARLY_DANGER,
    DANGER_BESIDE_IDIOMS,
    DANGER_IN_OTHER_LANGUAGE,
    DANGER_IN_UNKNOWN_WORDS,
    EmergencyMeanings,
    Meaning,
)
from bot.answers.signs.file import read_signs
from bot.answers.signs.reader import Recognised, SignReader
from bot.i18n.languages import Language
from bot.matching.normalize import fold, without_noise
from bot.matching.other_languages import is_other_language
from bot.matching.transliterate import in_cyrillic, on_latin_keys, on_russian_keys, pinyin_syllables

_FILE = Path(__file__).with_name("signs.yaml")
#: A text of unknown words with this many words is a sentence; with fewer they may be misspelt.
_WORDS_OF_A_SENTENCE = 3
#: The nearest kind decides whom to call when it is so much nearer than the next; else every number is named.
_LEAST_LEAD = 0.15
_OPEN_KIND = "general"


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Recognises emergencies in every language of the bot."""

    signs: SignReader
    numbers: Mapping[str, tuple[str, ...]]  #: kind -> the services to call, most important first
    fault_lines: Mapping[str, str]  #: kind -> the utility whose fault line is named too

    def recognise(
        self, text: str, known: AbstractSet[str] = frozenset(), meanings: EmergencyMeanings | None = None
    ) -> Recognised | None:
        """The emergency that a message tells of; None when it tells of none.

        `known` are the words of the bot's languages; without `meanings` the signs decide alone.
        """
        found = self.signs.recognise(text, known)
        # The encoder reads no pinyin, and of one or two words it tells too little.
        if meanings is None or (found and (found.language or found.whole)):
            return found
        return self._by_meaning(text, found, known, meanings)

    def _by_meaning(
        self, text: str, found: Recognised | None, known: AbstractSet[str], meanings: EmergencyMeanings
    ) -> Recognised | None:
        """What the signs found, unless the meaning is against it; else what the meaning alone says."""
        language, meant = None, text
        if not meanings.is_spoken(text, known):
            language, meant = _in_other_letters(text, known, meanings) or (None, "")
        meaning = meanings.meaning_of(fold(meant) if meant else without_noise(text))
        if found:
            return None if meant and meaning.is_ordinary else found
        if meaning.score < self._least_score(text, is_spoken=bool(meant)) or _may_be_pinyin(text, known):
            return None
        return Recognised(self._clear_kind(meaning), language)

    def _least_score(self, text: str, *, is_spoken: bool) -> float:
        """The least score of danger that decides without a sign."""
        if is_spoken:
            return DANGER_BESIDE_IDIOMS if self._has_idiom(text) else CLEARLY_DANGER
        is_sentence = len(text.split()) >= (_WORDS_OF_A_SENTENCE + text.isascii())  # three may be misspelt English
        return DANGER_IN_OTHER_LANGUAGE if is_other_language(text) or is_sentence else DANGER_IN_UNKNOWN_WORDS

    def _has_idiom(self, text: str) -> bool:
        """Whether a message has an expression beside which no sign counts."""
        words = " ".join(re.findall(r"\w+", fold(text)))
        return any(signs.has_idiom(f" {words} ") for signs in self.signs.written.values())

    def _clear_kind(self, meaning: Meaning) -> str:
        """The nearest kind of danger; `_OPEN_KIND` where a kind with other numbers is nearly as near."""
        kind, score = meaning.kinds[0]
        others = (near for other, near in meaning.kinds if self.numbers[other] != self.numbers[kind])
        return kind if score >= max(others) + _LEAST_LEAD else _OPEN_KIND


def _may_be_pinyin(text: str, known: AbstractSet[str]) -> bool:
    """Whether a text is written in pinyin, of which the encoder reads nothing, or has no word at all."""
    words = re.findall(r"[^\W\d_]+", fold(text))
    return not words or (not all(word in known for word in words) and bool(pinyin_syllables(fold(text))))


def _in_other_letters(text: str, known: AbstractSet[str], meanings: EmergencyMeanings) -> tuple[Language, str] | None:
    """What a text without sense says on another keyboard or in Cyrillic letters, with its language."""
    folded = fold(text)
    readings: tuple[tuple[Language, str], ...] = (("en", on_latin_keys(folded)),)
    if folded.isascii():
        readings = (("ru", in_cyrillic(folded)), ("ru", on_russian_keys(folded)))
    return next((reading for reading in readings if meanings.is_spoken(reading[1], known)), None)


@cache
def load_emergencies() -> Emergencies:
    """Read the signs that come with the program."""
    data = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Emergencies(
        signs=read_signs(data),
        numbers={kind: tuple(entry["numbers"]) for kind, entry in data["kinds"].items()},
        fault_lines={kind: entry["fault_line"] for kind, entry in data["kinds"].items() if "fault_line" in entry},
    )
