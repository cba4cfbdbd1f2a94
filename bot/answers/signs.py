"""Signs: what a message is, read from expressions in a YAML file, however the message is typed.

A *sign* is one or more groups of expressions that stand close together. Signs are looked for in the text as it was
typed, with misspelled words replaced by near words of the signs, in Russian typed with Latin letters or on the wrong
keyboard, and in Chinese typed in pinyin or with characters that sound alike. The files explain their format:
`emergencies/signs.yaml` and `requests.yaml`.

Beside expressions of `matters` only signs count that are marked as certain. Beside those of `asking` the signs count as
well that name a person. Beside `idioms` none counts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise, product
from pathlib import Path
from typing import Any, Protocol

import pypinyin
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES, Language
from bot.matching.features import syllable
from bot.matching.normalize import fold, is_han
from bot.matching.transliterate import in_cyrillic, on_russian_keys, pinyin_syllables

#: The groups of a sign stand at most this many characters apart; `_DENSE_SPAN` in a language without spaces, and
#: `_SOUND_SPAN` in syllables of pinyin.
_SPAN, _DENSE_SPAN, _SOUND_SPAN = 60, 14, 50
#: A word of at least so many letters may have one slip, and one of at least so many two.
_ONE_TYPO_FROM, _TWO_TYPOS_FROM = 5, 9
#: More matches of a group than this are not combined.
_MOST_MATCHES = 8
#: A Chinese expression of fewer syllables sounds like too many others: alone, and beside other groups.
_FEWEST_ALONE, _FEWEST_BESIDE = 3, 2
#: What a file says of messages in which signs do not count.
_LIMITS = ("matters", "asking", "idioms")
_WORDS = re.compile(r"[^\W\d_]+|\d+|!")
_LETTERS = re.compile(r"[^\W_]+")
_SOUNDS_FILE = Path(__file__).with_name("sounds.yaml")


@dataclass(frozen=True, slots=True)
class Sign:
    """Groups of expressions that show a kind of message when they stand close together."""

    kind: str
    groups: tuple[str, ...]  #: regular expressions; few of them are ever compiled
    certain: bool  #: holds whatever else the message says
    personal: bool  #: names a person


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one language, as one kind of text writes it."""

    signs: tuple[Sign, ...]
    beginning_with: Mapping[str, tuple[int, ...]]  #: the beginning of an expression -> the places of its signs
    alone: Mapping[str, str]  #: a whole message without fillers and spaces -> its kind
    fillers: str  #: a regular expression, as the next three
    matters: str
    asking: str
    idioms: str
    writing: "_Writing"

    def recognise(self, text: str, language: Language | None) -> "Recognised | None":
        """What a prepared text is; `language`: the one that its letters stand for."""
        if kind := self.alone.get(_without(text, self.fillers)):
            return Recognised(kind, language, whole=True)
        kind = self._kind_of_part(text)
        return Recognised(kind, language) if kind else None

    def _kind_of_part(self, text: str) -> str | None:
        signs = self._possible(text)
        if not signs or self.has_idiom(text):
            return None
        matters, asking = self.has_matter(text), _compiled(self.asking).search(text)
        for sign in signs:
            allowed = sign.certain or not (matters or (asking and not sign.personal))
            if allowed and _close_together(sign.groups, text, self.writing.span):
                return sign.kind
        return None

    def has_matter(self, text: str) -> bool:
        """Whether a prepared text has an expression beside which only certain signs count."""
        return _compiled(self.matters).search(text) is not None

    def has_idiom(self, text: str) -> bool:
        """Whether a prepared text has an expression beside which no sign counts."""
        return _compiled(self.idioms).search(text) is not None

    def _possible(self, text: str) -> list[Sign]:
        """The signs of which the text holds a beginning, in the order of the file: a few of some hundreds."""
        found = {place for begins in self.writing.beginnings_in(text) for place in self.beginning_with.get(begins, ())}
        return [self.signs[place] for place in sorted(found)]


@dataclass(frozen=True, slots=True)
class SignWords:
    """The words of a language's signs, for misspelled ones."""

    by_length: Mapping[int, tuple[str, ...]]
    beginnings: tuple[str, ...]  #: of words with any ending

    def near(self, word: str) -> str:
        """The word that a word was probably meant to be, or the word itself."""
        slips = _slips(len(word))
        if not slips or word in self.by_length.get(len(word), ()) or word.startswith(self.beginnings):
            return word
        best, least = word, slips + 1
        for length in range(len(word) - slips, len(word) + slips + 1):
            most = min(least - 1, _slips(length))
            found = process.extractOne(word, self.by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most)
            if found:
                best, least = found[0], found[1]
        return best


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a message is."""

    kind: str
    language: Language | None  #: the one that the letters stand for, where it is not that of their script
    whole: bool = False  #: the message says nothing else


@dataclass(frozen=True, slots=True)
class SignReader:
    """The signs of one file, in every language that it has."""

    written: Mapping[Language, Signs]
    sounded: Mapping[Language, Signs]  #: of languages that are also typed by their sound
    words: Mapping[Language, SignWords]

    def recognise(self, text: str, known: AbstractSet[str] = frozenset()) -> Recognised | None:
        """The first sign of a message, in the order of the file; None when it shows none.

        `known` are words that are no misspellings, though they resemble words of signs ("doing", "dying"). O(length of
        the text x signs), about a millisecond; of long texts only the beginning and the end are read.
        """
        folded = _without_apostrophes(fold(text.replace("’", "'")))
        return next(filter(None, self._readings(folded, known)), None)

    def _readings(self, folded: str, known: AbstractSet[str]) -> Iterator[Recognised | None]:
        for language, signs in self.written.items():
            if not LANGUAGE_INFO[language].spaced:
                yield signs.recognise(folded.replace(" ", ""), None)
                if any(map(is_han, folded)):
                    yield self.sounded[language].recognise(_sound(folded), None)
            elif re.search(f"[{LANGUAGE_INFO[language].letters}]", folded):
                yield signs.recognise(self._spelled(folded, language, known), None)
        if folded.isascii() and _mostly_unknown(folded, known):
            for russian in (in_cyrillic(folded), on_russian_keys(folded)):
                yield self.written["ru"].recognise(self._spelled(russian, "ru", known), "ru")
            if syllables := pinyin_syllables(folded):
                yield self.sounded["zh"].recognise("".join(f"'{each}" for each in syllables) + "'", "zh")

    def _spelled(self, folded: str, language: Language, known: AbstractSet[str]) -> str:
        """The words of a text, misspelled ones as the near words of the signs, with a space around each."""
        words = (word if word in known else self.words[language].near(word) for word in _WORDS.findall(folded))
        return f" {' '.join(words)} "


def read_signs(data: Mapping[str, Any]) -> SignReader:
    """Compile the signs of a file."""
    spaced = [language for language in LANGUAGES if LANGUAGE_INFO[language].spaced and language in data["sets"]]
    dense = [language for language in data["sets"] if not LANGUAGE_INFO[language].spaced]
    return SignReader(
        written={language: _signs(data, language, _written(language)) for language in data["sets"]},
        sounded={language: _signs(data, language, _Sounded()) for language in dense},
        words={language: _sign_words(data, language) for language in spaced},
    )


# --- Looking for signs ---

#: "he's" and "hes" are two words, "can't" and "cant" one.
_CONTRACTED = re.compile(r"\b(i|he|she|it|we|they|you|who|there|that|someone|what)'?(s|m|ve|re|ll)\b")
_NOT_CONTRACTED = {"its", "hell", "shell", "were", "well", "ill", "theres"}


def _without_apostrophes(text: str) -> str:
    parted = _CONTRACTED.sub(lambda found: found[0] if found[0] in _NOT_CONTRACTED else f"{found[1]} {found[2]}", text)
    return parted.replace("'", "")


def _mostly_unknown(folded: str, known: AbstractSet[str]) -> bool:
    """Whether a text in Latin letters may stand for another language: at least half of its words are not English."""
    words = re.findall("[a-z]+", folded)
    return bool(words) and 2 * sum(word in known for word in words) <= len(words)


#: Compiles a regular expression when it is first looked for; all of them would take a second at each start.
_compiled = cache(re.compile)


def _close_together(groups: Sequence[str], text: str, span: int) -> bool:
    """Whether each group has a match, no two of which overlap, within `span` characters."""
    # Few signs have a match for each group, so the other matches are looked for last.
    if not all(_compiled(group).search(text) for group in groups):
        return False
    found = [[match.span(1) for match in islice(_compiled(group).finditer(text), _MOST_MATCHES)] for group in groups]
    return len(found) == 1 or any(_fits(sorted(chosen), span) for chosen in product(*found))


def _without(text: str, fillers: str) -> str:
    """The letters and digits of a text without the fillers; with them where nothing, or one syllable, would be left."""
    left = _LETTERS.findall(_compiled(fillers).sub(" ", text))
    fewest = _FEWEST_BESIDE if text.startswith("'") else 1
    return "".join(left if len(left) >= fewest else _LETTERS.findall(text))


def _fits(spans: Sequence[tuple[int, int]], span: int) -> bool:
    apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return apart and spans[-1][0] - spans[0][1] <= span


def _sound(folded: str) -> str:
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


def _slips(length: int) -> int:
    return 0 if length < _ONE_TYPO_FROM else 1 if length < _TWO_TYPOS_FROM else 2


# --- Reading the file ---

#: Letters of a word by which it is looked up. The end of a shorter word is marked by a space.
_LETTERS_LOOKED_UP = 3
#: What of an expression stands in a text as it is: any ending, and a soft sign, may stand there or not.
_UNCERTAIN = re.compile("[*ь]")


class _Writing(Protocol):
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


class _Spaced:
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


class _Dense:
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


class _Sounded:
    """Chinese in syllables, with an apostrophe before each and after the last."""

    span = _SOUND_SPAN

    def beginnings_in(self, text: str) -> AbstractSet[str]:
        syllables = text.split("'")
        return {*syllables, *map("'".join, pairwise(syllables))}

    def beginning(self, expression: str) -> str:
        return "'".join(expression.split("'")[1:3])

    def expressions(self, alternatives: Iterable[str], *, lone: bool) -> list[str]:
        """By their sound; those of few syllables only where they do not stand alone."""
        fewest = _FEWEST_ALONE if lone else _FEWEST_BESIDE
        texts = sorted({text for text in alternatives if len(text) >= fewest}, key=len, reverse=True)
        # A character's commonest sound, and the one that it has in this expression.
        return list(dict.fromkeys(sound for text in texts for sound in (_sound(text)[:-1], sound_in_context(text))))

    def pattern(self, expressions: Iterable[str]) -> str:
        return f"({_any_of(expressions)})(?=')"


def _longest_first(alternatives: Iterable[str]) -> list[str]:
    return sorted({_without_apostrophes(text) for text in alternatives}, key=len, reverse=True)


def _any_of(expressions: Iterable[str]) -> str:
    # People leave out soft signs, and Latin letters have none.
    pieces = [re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", " ").replace("ь", "ь?") for text in expressions]
    return "|".join(pieces) or "(?!)"


def _written(language: Language) -> _Writing:
    return _Spaced() if LANGUAGE_INFO[language].spaced else _Dense()


def _signs(data: Mapping[str, Any], language: Language, writing: _Writing) -> Signs:
    sets = {name: text.split("|") for name, text in data["sets"][language].items()}
    signs: list[Sign] = []
    beginning_with: dict[str, list[int]] = defaultdict(list)
    for kind, entry in data["kinds"].items():
        for written in entry["signs"][language]:
            groups = _groups(written, sets, writing)
            # A text that shows a sign has a beginning of each group; the group with the fewest rules out most texts.
            for begins in min(({writing.beginning(text) for text in group} for group in groups), key=len):
                beginning_with[begins].append(len(signs))
            certain, personal = written.startswith("!"), "@person" in written
            signs.append(Sign(kind, tuple(map(writing.pattern, groups)), certain, personal))
    fillers, matters, asking, idioms = (
        writing.pattern(writing.expressions(_split(texts), lone=False))
        for texts in (data["fillers"][language].split("|"), *(data[name][language] for name in _LIMITS))
    )
    sounded = isinstance(writing, _Sounded)
    alone = {
        _bare(text, fillers, sounded=sounded): kind
        for kind, entry in reversed(data["kinds"].items())
        for text in entry["alone"][language].split("|")
    }
    places = {begins: tuple(found) for begins, found in beginning_with.items()}
    return Signs(tuple(signs), places, alone, fillers, matters, asking, idioms, writing)


def _groups(written: str, sets: Mapping[str, list[str]], writing: _Writing) -> list[list[str]]:
    """The expressions of each group of a sign."""
    groups = [group.strip().split("|") for group in written.removeprefix("!").split(" + ")]
    alternatives = [[text for name in group for text in sets.get(name.removeprefix("@"), [name])] for group in groups]
    return [writing.expressions(group, lone=len(groups) == 1) for group in alternatives]


def _bare(text: str, fillers: str, *, sounded: bool) -> str:
    text = _without_apostrophes(text)
    prepared = _sound(text) if sounded else f" {text} "
    return _without(prepared, fillers)


def _split(lines: Iterable[str]) -> list[str]:
    return [text for line in lines for text in line.split("|")]


def _sign_words(data: Mapping[str, Any], language: Language) -> SignWords:
    texts = [*data["sets"][language].values(), data["fillers"][language]]
    texts += [*data["matters"][language], *data["asking"][language]]
    for entry in data["kinds"].values():
        texts += [*entry["signs"][language], entry["alone"][language]]
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+\*?", _without_apostrophes(text))}
    by_length: dict[int, list[str]] = {}
    for word in sorted(word.removesuffix("*") for word in words):
        by_length.setdefault(len(word), []).append(word)
    beginnings = tuple(sorted(word.removesuffix("*") for word in words if word.endswith("*")))
    return SignWords({length: tuple(found) for length, found in by_length.items()}, beginnings)
