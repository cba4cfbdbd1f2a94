"""How texts contain the expressions of signs: as words, as characters without spaces, or by their sound."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pypinyin
import yaml

from bot.i18n.word_patterns import read_word_patterns
from bot.matching.features import syllable
from bot.matching.normalize import is_han

#: The largest distance between the groups of a sign, in characters; `_DENSE_SPAN` in a language without spaces, and
#: `_SOUND_SPAN` in pinyin.
_SPAN, _DENSE_SPAN, _SOUND_SPAN = 60, 14, 50
#: A Chinese expression with fewer syllables sounds like too many others: if alone, and if next to other groups.
_MIN_ALONE, MIN_BESIDE = 3, 2
_SOUNDS_FILE = Path(__file__).with_name("sounds.yaml")
_CONTRACTIONS = read_word_patterns(Path(__file__).with_name("contractions.yaml")).each("contractions")


def without_apostrophes(text: str) -> str:
    for contraction in _CONTRACTIONS:
        text = contraction.sub(r"\1 \2", text)
    return text.replace("'", "")


def sound_of(folded: str) -> str:
    """The pinyin of the Chinese characters of a text; other characters separate them."""
    return (
        "".join(f"'{syllable(letter)}" if is_han(letter) else f"'{letter}" for letter in folded if letter != " ") + "'"
    )


def sound_in_context(expression: str) -> str:
    """The pinyin of an expression, with context for characters that have several sounds; numbers stay whole."""
    return _sounds_in_context().get(expression) or "'" + "'".join(pypinyin.lazy_pinyin(expression))


@cache
def _sounds_in_context() -> dict[str, str]:
    sounds: dict[str, str] = yaml.load(_SOUNDS_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {expression: "'" + sound.replace(" ", "'") for expression, sound in sounds.items()}


#: A word is looked up by this many letters. A shorter word ends with a space.
_LETTERS_LOOKED_UP = 3
#: The parts of an expression that may be missing in a text: any ending, and a soft sign.
_UNCERTAIN = re.compile("[*ь]")


class Writing(Protocol):
    """A way of writing a language: how texts are looked up and expressions compiled."""

    span: int

    def beginnings_in(self, text: str) -> frozenset[str]:
        """The beginnings of all expressions that may occur in this text."""

    def beginning(self, expression: str) -> str:
        """The beginning of an expression, as `beginnings_in` returns it."""

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:
        """The alternatives as they occur in a text, longest first; `lone` means that the sign has no other group."""

    def pattern(self, expressions: Iterable[str]) -> str:
        """A regular expression for any of the expressions; its group 1 is the match."""


#: A message is read for several files of signs, mostly in the same words.
_once = lru_cache(maxsize=16)


class Spaced:
    """Words with a space around each."""

    span = _SPAN

    def beginnings_in(self, text: str) -> frozenset[str]:
        return _beginnings_of_words(text)

    def beginning(self, expression: str) -> str:
        word = expression.partition(" ")[0]
        literal = _UNCERTAIN.split(word)[0]
        return (f"{word} " if literal == word else literal)[:_LETTERS_LOOKED_UP]

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:  # noqa: ARG002 - of the last one
        return _longest_first(alternatives)

    def pattern(self, expressions: Iterable[str]) -> str:
        return rf"(?<= )({_any_of(expressions)})(?= )"


class Dense:
    """Characters without spaces."""

    span = _DENSE_SPAN

    def beginnings_in(self, text: str) -> frozenset[str]:
        return _pairs_of_characters(text)

    def beginning(self, expression: str) -> str:
        return _UNCERTAIN.split(expression[:2])[0]

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:  # noqa: ARG002 - of the last one
        return _longest_first(alternatives)

    def pattern(self, expressions: Iterable[str]) -> str:
        return f"({_any_of(expressions)})"


class Sounded:
    """Chinese in syllables, with an apostrophe before each and after the last."""

    span = _SOUND_SPAN

    def beginnings_in(self, text: str) -> frozenset[str]:
        syllables = text.split("'")
        return frozenset((*syllables, *map("'".join, pairwise(syllables))))

    def beginning(self, expression: str) -> str:
        return "'".join(expression.split("'")[1:3])

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:
        """The sound of each alternative; short ones only if the sign has other groups."""
        fewest = _MIN_ALONE if lone else MIN_BESIDE
        texts = sorted({text for text in alternatives if len(text) >= fewest}, key=len, reverse=True)
        # The most common sound of each character, and its sound in this expression.
        return list(dict.fromkeys(sound for text in texts for sound in (sound_of(text)[:-1], sound_in_context(text))))

    def pattern(self, expressions: Iterable[str]) -> str:
        return f"({_any_of(expressions)})(?=')"


@_once
def _beginnings_of_words(text: str) -> frozenset[str]:
    return frozenset(f"{word} "[:size] for word in set(text.split()) for size in range(_LETTERS_LOOKED_UP + 1))


@_once
def _pairs_of_characters(text: str) -> frozenset[str]:
    return frozenset(("", *text, *map("".join, pairwise(text))))


def _longest_first(alternatives: Iterable[str]) -> list[str]:
    return sorted({without_apostrophes(text) for text in alternatives}, key=len, reverse=True)


def _any_of(expressions: Iterable[str]) -> str:
    # People omit soft signs, and Latin letters have none.
    pieces = [re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", " ").replace("ь", "ь?") for text in expressions]
    return "|".join(pieces) or "(?!)"
