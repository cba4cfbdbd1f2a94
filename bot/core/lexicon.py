"""Words that carry no subject: those that ask for an aspect, that point back, or that only hold a sentence together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.knowledge import Aspect, Phrasings, Talk
from bot.core.matching.features import stem
from bot.core.text import Query, to_query

_Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The talk file prepared for look-up; every word by its stem."""

    aspects: Mapping[_Stems, Aspect]
    pointers: frozenset[_Stems]  #: words that only make sense with what was said before
    function_words: frozenset[str]
    longest: int  #: stems of the longest expression


@dataclass(frozen=True, slots=True)
class Gist:
    """What a question consists of, apart from its grammar."""

    aspects: tuple[Aspect, ...]  #: what is asked, in order
    content: tuple[str, ...]  #: stems that say what it is about
    points_back: bool  #: whether it leans on what was said before

    def asks_aspect(self, aspects: Iterable[Aspect]) -> bool:
        """Whether any of the aspects is asked."""
        return any(aspect in self.aspects for aspect in aspects)


def build_lexicon(talk: Talk) -> Lexicon:
    """Prepare the talk file."""
    aspects = {stems: aspect for aspect, phrasings in talk.aspects.items() for stems in _stems_of(phrasings)}
    pointers = frozenset(_stems_of(talk.follow_up))
    words = frozenset(stems[0] for stems in _stems_of(talk.function_words) if len(stems) == 1)
    return Lexicon(aspects, pointers, words, max(map(len, [*aspects, *pointers]), default=1))


def gist(query: Query, lexicon: Lexicon) -> Gist:
    """Take a question apart; the longest expression wins (“how much” is no “how”)."""
    stems = [_key(token) for token in query.tokens]
    aspects: list[Aspect] = []
    content: list[str] = []
    points_back = False
    position = 0
    while position < len(stems):
        length, aspect, pointer = _expression(stems, position, lexicon)
        points_back = points_back or pointer
        if aspect:
            aspects.append(aspect)
        elif not pointer and stems[position] not in lexicon.function_words:
            content.append(stems[position])
        position += length
    return Gist(tuple(dict.fromkeys(aspects)), tuple(content), points_back)


def _expression(stems: Sequence[str], start: int, lexicon: Lexicon) -> tuple[int, Aspect | None, bool]:
    """The longest expression at a place: how many stems it takes, its aspect, and whether it points back."""
    for length in range(min(lexicon.longest, len(stems) - start), 0, -1):
        piece = tuple(stems[start : start + length])
        if piece in lexicon.aspects or piece in lexicon.pointers:
            return length, lexicon.aspects.get(piece), piece in lexicon.pointers
    return 1, None, False


def _stems_of(phrasings: Phrasings) -> Iterator[_Stems]:
    for _, text in phrasings.spoken():
        yield tuple(_key(token) for token in to_query(text).tokens)


def _key(token: str) -> str:
    """The stem of a long word; short ones stay, for in them the ending is what tells (как, какие)."""
    return stem(token) if len(token) > 5 and len(stem(token)) > 3 else token
