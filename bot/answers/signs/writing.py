"""How expressions of signs are written in a text: in words, in characters without spaces, or by their sound."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pypinyin
import yaml

from bot.matching.features import syllable
from bot.matching.normalize import is_han

#: The groups of a sign stand at most this many characters apart; `_DENSE_SPAN` in a language without spaces, and
#: `_SOUND_SPAN` in syllables of pinyin.
_SPAN, _DENSE_SPAN, _SOUND_SPAN = 60, 14, 50
#: A Chinese expression of fewer syllables sounds like too many others: alone, and beside other groups.
_FEWEST_ALONE, FEWEST_BESIDE = 3, 2
_SOUNDS_FILE = Path(__file__).with_name("sounds.yaml")
#: "he's" and "hes" are two words, "can't" and "cant" one.
_CONTRACTED = re.compile(r"\b(i|he|she|it|we|they|you|who|there|that|someone|what)'?(s|m|ve|re|ll)\b")
_NOT_CONTRACTED = {"its", "hell", "shell", "were", "well", "ill", "theres"}


def without_apostrophes(text: str) -> str:
    parted = _CONTRACTED.sub(lambda found: found[0] if found[0] in _NOT_CONTRACTED else f"{found[1]} {found[2]}", text)
    return parted.replace("'", "")


def sound_of(folded: str) -> str:
    """How the Chinese characters of a text sound; anything else parts them."""
    return (
        "".join(f"'{syllable(letter)}" if is_han(letter) else f"'{letter}" for letter in folded if letter != " ") + "'"
    )


def sound_in_context(expression: str) -> str:
    """How an expression sounds, where a character of it has several sounds; numbers stay whole."""
    return _sounds_in_context().get(expression) or "'" + "'".join(pypinyin.lazy_pinyin(expression))


@cache
def _sounds_in_context() -> dict[str, str]:
    sounds: dict[str, str] = yaml.load(_SOUNDS_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {expression: "'" + sound.replace(" ", "'") for expression, sound in sounds.items()}


#: Letters of a word by which it is looked up. The end of a shorter word is marked by a space.
_LETTERS_LOOKED_UP = 3
#: What of an expression stands in a text as it is: any ending, and a soft sign, may stand there or not.
_UNCERTAIN = re.compile("[*ь]")


class Writing(Protocol):
    """A way to write a language: how its texts are looked up and its expressions compiled."""

    span: int

    def beginnings_in(self, text: str) -> AbstractSet[str]:
        """The beginnings that an expression in this text can have."""

    def beginning(self, expression: str) -> str:
        """How an expression begins, as `beginnings_in` gives it."""

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:
        """The alternatives as a text has them, the longest first; `lone`: no other group stands beside them."""

    def pattern(self, expressions: Iterable[str]) -> str:
        """A regular expression for any of the expressions; its group 1 is what was found."""


class Spaced:
    """Words with a space around each."""

    span = _SPAN

    def beginnings_in(self, text: str) -> AbstractSet[str]:
        return {f"{word} "[:size] for word in set(text.split()) for size in range(_LETTERS_LOOKED_UP + 1)}

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

    def beginnings_in(self, text: str) -> AbstractSet[str]:
        return {"", *text, *map("".join, pairwise(text))}

    def beginning(self, expression: str) -> str:
        return _UNCERTAIN.split(expression[:2])[0]

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:  # noqa: ARG002 - of the last one
        return _longest_first(alternatives)

    def pattern(self, expressions: Iterable[str]) -> str:
        return f"({_any_of(expressions)})"


class Sounded:
    """Chinese in syllables, with an apostrophe before each and after the last."""

    span = _SOUND_SPAN

    def beginnings_in(self, text: str) -> AbstractSet[str]:
        syllables = text.split("'")
        return {*syllables, *map("'".join, pairwise(syllables))}

    def beginning(self, expression: str) -> str:
        return "'".join(expression.split("'")[1:3])

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:
        """By their sound; those of few syllables only where they do not stand alone."""
        fewest = _FEWEST_ALONE if lone else FEWEST_BESIDE
        texts = sorted({text for text in alternatives if len(text) >= fewest}, key=len, reverse=True)
        # A character's commonest sound, and the one that it has in this expression.
        return list(dict.fromkeys(sound for text in texts for sound in (sound_of(text)[:-1], sound_in_context(text))))

    def pattern(self, expressions: Iterable[str]) -> str:
        return f"({_any_of(expressions)})(?=')"


def _longest_first(alternatives: Iterable[str]) -> list[str]:
    return sorted({without_apostrophes(text) for text in alternatives}, key=len, reverse=True)


def _any_of(expressions: Iterable[str]) -> str:
    # People leave out soft signs, and Latin letters have none.
    pieces = [re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", " ").replace("ь", "ь?") for text in expressions]
    return "|".join(pieces) or "(?!)"
