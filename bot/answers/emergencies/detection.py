"""Recognises emergencies and distress, before anything else is tried.

`signs.yaml` lists the signs for each kind and language; `bot/answers/signs/reader.py` describes how they are searched.
`bot/answers/emergencies/meaning.py` judges the meaning of the whole message, and decides when there is no sign.

Missing an emergency costs more than a false alarm, which gets a telephone number and one sentence.
`tests/answers/test_emergencies.py` checks the rates: at least 97 % of emergencies are recognised, and at most 1 % of
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
from bot.i18n.word_patterns import read_word_patterns
from bot.matching.normalize import fold, without_noise
from bot.matching.other_languages import is_other_language
from bot.matching.transliterate import in_cyrillic, on_latin_keys, on_russian_keys, pinyin_syllables

_FILE = Path(__file__).with_name("signs.yaml")
_PLEAS = read_word_patterns(Path(__file__).with_name("pleas.yaml")).any_of("pleas")
#: A text of unknown words is a sentence from this many words on; shorter texts may be misspelt.
_WORDS_OF_A_SENTENCE = 3
#: The nearest kind decides whom to call if it leads by at least this much; otherwise every number is given.
_MIN_LEAD = 0.15
_OPEN_KIND = "general"


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Recognises emergencies in every language of the bot."""

    signs: SignReader
    numbers: Mapping[str, tuple[str, ...]]  #: kind -> the services to call, most important first
    fault_lines: Mapping[str, str]  #: kind -> the utility whose fault line is also given

    def recognise(
        self, text: str, known: AbstractSet[str] = frozenset(), meanings: EmergencyMeanings | None = None
    ) -> Recognised | None:
        """The emergency that a message describes, or None.

        A plea ("what do I do?") sounds like an ordinary question, so the message is also read without it. `known` are
        the words of the bot's languages. Without `meanings` only the signs decide.
        """
        found = self._read(text, known, meanings)
        if found is None and (bare := _without_pleas(text)):
            return self._read(bare, known, meanings)
        return found

    def _read(self, text: str, known: AbstractSet[str], meanings: EmergencyMeanings | None) -> Recognised | None:
        found = self.signs.recognise(text, known)
        # The encoder cannot read pinyin, and one or two words tell it too little.
        if meanings is None or (found and (found.language or found.whole)):
            return found
        return self._by_meaning(text, found, known, meanings)

    def _by_meaning(
        self, text: str, found: Recognised | None, known: AbstractSet[str], meanings: EmergencyMeanings
    ) -> Recognised | None:
        """What the signs found, unless the meaning contradicts it; without a sign, what the meaning says."""
        language, meant = None, text
        if not meanings.is_in_bot_language(text, known):
            language, meant = _in_other_letters(text, known, meanings) or (None, "")
        # Accents carry meaning in other languages. On misspelt words of a language of the bot they are noise.
        has_accents = not meant and is_other_language(text)
        meaning = meanings.meaning_of(without_noise(text) if has_accents else fold(meant or text))
        if found:
            return None if meant and meaning.is_ordinary else found
        if meaning.score < self._least_score(text, is_in_bot_language=bool(meant)) or _may_be_pinyin(text, known):
            return None
        return Recognised(self._clear_kind(meaning), language)

    def _least_score(self, text: str, *, is_in_bot_language: bool) -> float:
        """The lowest danger score that counts without a sign."""
        if is_in_bot_language:
            return DANGER_BESIDE_IDIOMS if self._has_idiom(text) else CLEARLY_DANGER
        is_sentence = len(text.split()) >= (_WORDS_OF_A_SENTENCE + text.isascii())  # three may be misspelt English
        return DANGER_IN_OTHER_LANGUAGE if is_other_language(text) or is_sentence else DANGER_IN_UNKNOWN_WORDS

    def _has_idiom(self, text: str) -> bool:
        """Whether a message contains an idiom, which makes its signs void."""
        words = " ".join(re.findall(r"\w+", fold(text)))
        return any(signs.has_idiom(f" {words} ") for signs in self.signs.written.values())

    def _clear_kind(self, meaning: Meaning) -> str:
        """The nearest kind of danger; `_OPEN_KIND` if a kind with other numbers is almost as near."""
        kind, score = meaning.kinds[0]
        others = (near for other, near in meaning.kinds if self.numbers[other] != self.numbers[kind])
        return kind if score >= max(others) + _MIN_LEAD else _OPEN_KIND


def _without_pleas(text: str) -> str:
    """What a message says besides pleas; empty if it has none, or says nothing else."""
    folded = fold(text)
    left = _PLEAS.sub(" ", folded)
    return left if left != folded and any(map(str.isalpha, left)) else ""


def _may_be_pinyin(text: str, known: AbstractSet[str]) -> bool:
    """Whether a text may be pinyin, which the encoder cannot read, or has no words at all."""
    words = re.findall(r"[^\W\d_]+", fold(text))
    return not words or (not all(word in known for word in words) and bool(pinyin_syllables(fold(text))))


def _in_other_letters(text: str, known: AbstractSet[str], meanings: EmergencyMeanings) -> tuple[Language, str] | None:
    """What a meaningless text says if it was typed on another keyboard or in Latin letters, and in which language."""
    folded = fold(text)
    transliterations: tuple[tuple[Language, str], ...] = (("en", on_latin_keys(folded)),)
    if folded.isascii():
        transliterations = (("ru", in_cyrillic(folded)), ("ru", on_russian_keys(folded)))
    return next((found for found in transliterations if meanings.is_in_bot_language(found[1], known)), None)


@cache
def load_emergencies() -> Emergencies:
    """Load the signs that ship with the program."""
    data = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Emergencies(
        signs=read_signs(data),
        numbers={kind: tuple(entry["numbers"]) for kind, entry in data["kinds"].items()},
        fault_lines={kind: entry["fault_line"] for kind, entry in data["kinds"].items() if "fault_line" in entry},
    )
