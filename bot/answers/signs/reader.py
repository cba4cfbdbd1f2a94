"""Signs: expressions from a YAML file that show what kind of message a text is, however it is typed.

A *sign* is one or more groups of expressions that occur close together. Signs are searched in the text as it was typed,
with misspelt words replaced by similar words of the signs, in Russian typed with Latin letters or on the wrong
keyboard, and in Chinese typed in pinyin or with characters that sound alike. The format is explained in the files:
`emergencies/signs.yaml` and `requests.yaml`.

If a text contains expressions of `matters`, only signs that are marked as certain count. With expressions of `asking`,
signs that name a person count too. With `idioms`, none counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise, product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.answers.signs.writing import MIN_BESIDE, Writing, sound_of, without_apostrophes
from bot.i18n.languages import LANGUAGE_INFO, Language
from bot.matching.normalize import fold, is_han
from bot.matching.transliterate import in_cyrillic, on_russian_keys, pinyin_syllables

#: A word may have one typo from this many letters on, and two from this many.
_ONE_TYPO_FROM, _TWO_TYPOS_FROM = 5, 9
#: The number of words whose similar sign word is cached; a look-up takes 30 microseconds.
_WORDS_REMEMBERED = 4096
#: At most this many matches of a group are combined.
_MAX_MATCHES = 8
_WORDS = re.compile(r"[^\W\d_]+|\d+|!")
_LETTERS = re.compile(r"[^\W_]+")
_LETTERS_OF = {language: re.compile(f"[{info.letters}]") for language, info in LANGUAGE_INFO.items()}


@dataclass(frozen=True, slots=True)
class Sign:
    """Groups of expressions that show a kind of message if they occur close together."""

    kind: str
    groups: tuple[str, ...]  #: regular expressions; few of them are ever compiled
    beginnings: tuple[frozenset[str], ...]  #: of the expressions of each group; a text with the sign has one of each
    certain: bool  #: counts whatever else the message says
    personal: bool  #: names a person


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one language, in one way of writing it."""

    signs: tuple[Sign, ...]
    beginning_with: Mapping[str, tuple[int, ...]]  #: beginning of an expression -> indices of its signs
    alone: Mapping[str, str]  #: a whole message without fillers and spaces -> its kind
    fillers: str  #: a regular expression, like the next three
    matters: str
    asking: str
    idioms: str
    writing: Writing

    def recognise(self, text: str, language: Language | None) -> "Recognised | None":
        """Recognise a prepared text; `language` is the language that its letters stand for."""
        if kind := self.alone.get(without_fillers(text, self.fillers)):
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
        """Whether a prepared text contains an expression of `matters`, which leaves only certain signs."""
        return _compiled(self.matters).search(text) is not None

    def has_idiom(self, text: str) -> bool:
        """Whether a prepared text contains an idiom, which leaves no sign."""
        return _compiled(self.idioms).search(text) is not None

    def _possible(self, text: str) -> list[Sign]:
        """The signs of which the text contains a beginning of each group, in the order of the file: hardly any."""
        begins = self.writing.beginnings_in(text)
        found = {place for each in self.beginning_with.keys() & begins for place in self.beginning_with[each]}
        return [
            sign
            for sign in map(self.signs.__getitem__, sorted(found))
            if not any(map(begins.isdisjoint, sign.beginnings))
        ]


@dataclass(frozen=True, slots=True, eq=False)
class SignWords:
    """The words of a language's signs, to correct misspelt ones."""

    by_length: Mapping[int, tuple[str, ...]]
    beginnings: tuple[str, ...]  #: of words with any ending

    def near(self, word: str) -> str:
        """The sign word that `word` was probably meant to be, or `word` itself."""
        return _near(self, word)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The kind of a message."""

    kind: str
    language: Language | None  #: the language that the letters stand for, if it is not that of their script
    whole: bool = False  #: whether the message says nothing else


@dataclass(frozen=True, slots=True)
class SignReader:
    """The signs of one file, in every language that it contains."""

    written: Mapping[Language, Signs]
    sounded: Mapping[Language, Signs]  #: of languages that are also typed as they sound
    words: Mapping[Language, SignWords]

    def recognise(self, text: str, known: AbstractSet[str] = frozenset()) -> Recognised | None:
        """The first sign in a message, in the order of the file, or None.

        `known` are words that are spelt correctly although they resemble words of signs ("doing", "dying"). O(length of
        the text x signs), about a millisecond; of a long text only the beginning and the end are read.
        """
        folded = without_apostrophes(fold(text.replace("’", "'")))
        return next(filter(None, self._candidates(folded, known)), None)

    def _candidates(self, folded: str, known: AbstractSet[str]) -> Iterator[Recognised | None]:
        for language, signs in self.written.items():
            if not LANGUAGE_INFO[language].spaced:
                yield signs.recognise(folded.replace(" ", ""), None)
                if any(map(is_han, folded)):
                    yield self.sounded[language].recognise(sound_of(folded), None)
            elif _LETTERS_OF[language].search(folded):
                yield signs.recognise(self._spelled(folded, language, known), None)
        if folded.isascii() and _mostly_unknown(folded, known):
            for russian in (in_cyrillic(folded), on_russian_keys(folded)):
                yield self.written["ru"].recognise(self._spelled(russian, "ru", known), "ru")
            if syllables := pinyin_syllables(folded):
                yield self.sounded["zh"].recognise("".join(f"'{each}" for each in syllables) + "'", "zh")

    def _spelled(self, folded: str, language: Language, known: AbstractSet[str]) -> str:
        """The words of a text with a space around each; misspelt ones are replaced by similar words of the signs."""
        words = (word if word in known else self.words[language].near(word) for word in _WORDS.findall(folded))
        return f" {' '.join(words)} "


def _mostly_unknown(folded: str, known: AbstractSet[str]) -> bool:
    """Whether a text in Latin letters may stand for another language: at least half of its words are not English."""
    words = re.findall("[a-z]+", folded)
    return bool(words) and 2 * sum(word in known for word in words) <= len(words)


#: Compile a regular expression on first use; compiling all would take a second at each start.
_compiled = cache(re.compile)


def _close_together(groups: Sequence[str], text: str, span: int) -> bool:
    """Whether each group has a match within `span` characters, without overlaps."""
    # Few signs have a match for every group, so all matches are searched only after this check.
    if not all(_compiled(group).search(text) for group in groups):
        return False
    found = [[match.span(1) for match in islice(_compiled(group).finditer(text), _MAX_MATCHES)] for group in groups]
    return len(found) == 1 or any(_fits(sorted(chosen), span) for chosen in product(*found))


def without_fillers(text: str, fillers: str) -> str:
    """The letters and digits without fillers; with fillers if otherwise at most one syllable would be left."""
    left = _LETTERS.findall(_compiled(fillers).sub(" ", text))
    fewest = MIN_BESIDE if text.startswith("'") else 1
    return "".join(left if len(left) >= fewest else _LETTERS.findall(text))


def _fits(spans: Sequence[tuple[int, int]], span: int) -> bool:
    apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return apart and spans[-1][0] - spans[0][1] <= span


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _near(words: SignWords, word: str) -> str:
    typos = _allowed_typos(len(word))
    if not typos or word in words.by_length.get(len(word), ()) or word.startswith(words.beginnings):
        return word
    best, least = word, typos + 1
    for length in range(len(word) - typos, len(word) + typos + 1):
        most = min(least - 1, _allowed_typos(length))
        found = process.extractOne(word, words.by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most)
        if found:
            best, least = found[0], found[1]
    return best


def _allowed_typos(length: int) -> int:
    return 0 if length < _ONE_TYPO_FROM else 1 if length < _TWO_TYPOS_FROM else 2
