"""Words that the knowledge does not know, read as the known ones that they were probably meant to be."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.matching.features import syllable
from bot.matching.normalize import Query, is_han

#: Shorter words are too easily mistaken for another.
_SHORTEST = 4
#: A slip in a word of four letters, two in one of eight (optimal string alignment).
_NEAR = 0.74
#: A word of at least this many letters is the same word in another form if only the last letter differs.
_SHORTEST_FORM = 6
#: How many words of a long text are looked up, so that no message takes long.
_MOST_LOOKED_UP = 12
#: Unknown pairs are mostly two words side by side; only a pair that citizens use so often is put in their place.
_COMMON = 4
#: Two words typed as one are split when each occurs this often in the knowledge.
_FREQUENT = 3
#: So near a single word is better than two.
_NEARER = 0.86


def _no_word(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words of the knowledge: by length, and Chinese pairs by sound."""

    known: frozenset[str]
    frequent: frozenset[str]  #: words that several phrasings have, which may stand where two were typed as one
    by_length: Mapping[tuple[int, str], tuple[str, ...]]  #: length and first letter
    by_sound: Mapping[str, str]  #: two syllables -> the commonest two characters that sound so
    common: frozenset[str]  #: Chinese pairs that several phrasings have
    is_word: Callable[[str], bool] = _no_word  #: whether a token is an ordinary word, and so no misspelling


def learn_spelling(queries: Iterable[Query]) -> Spelling:
    """Collect the words of phrasings."""
    texts = [query.tokens for query in queries]
    words = Counter(chain.from_iterable(texts))
    pairs = Counter(filter(None, chain.from_iterable(map(_pairs, texts))))
    by_length: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (-words[word], word)):  # of two as near, the commoner is meant
        if word.isalpha() and not is_han(word):
            by_length[len(word), word[0]].append(word)
    by_sound: dict[str, str] = {}
    for pair, _ in pairs.most_common():
        by_sound.setdefault(_sound(pair), pair)
    known = frozenset(words) | frozenset(pairs)
    common = frozenset(pair for pair, count in pairs.items() if count >= _COMMON)
    frequent = frozenset(word for word, count in words.items() if count >= _FREQUENT and len(word) > 1)
    return Spelling(known, frequent, {length: tuple(found) for length, found in by_length.items()}, by_sound, common)


def corrected(query: Query, spelling: Spelling) -> Query:
    """The query with unknown words replaced by near ones, and unknown Chinese pairs by others that sound alike."""
    left = _MOST_LOOKED_UP
    tokens = list(query.tokens)
    for place, token in enumerate(tokens):
        if is_han(token) or token in spelling.known or len(token) < _SHORTEST or not token.isalpha() or not left:
            continue
        left -= 1
        near = _meant(token, spelling)
        if not spelling.is_word(token) or _is_the_same_word(token, near):
            tokens[place] = near
    for place, pair in enumerate(_pairs(query.tokens)):
        if pair and pair not in spelling.known and (meant := _homophone(query.tokens, place, spelling)):
            tokens[place : place + 2] = meant
    written = tuple(word for token in tokens for word in token.split())
    return query if written == query.tokens else replace(query, tokens=written)


def written_out(syllables: Sequence[str], spelling: Spelling) -> Query:
    """Chinese that was typed by its sound, in the characters that the knowledge has for it."""
    tokens: list[str] = []
    joined = False
    for left, right in pairwise(syllables):
        pair = spelling.by_sound.get(f"{left}'{right}", "")
        tokens += pair[1:] if joined and tokens and pair and pair[0] == tokens[-1] else pair
        joined = bool(pair)
    return Query(text="".join(tokens), tokens=tuple(tokens), language="zh")


def _meant(token: str, spelling: Spelling) -> str:
    """The known word that an unknown one was probably meant to be, or two with a space between, or itself."""
    word, nearness = _nearest(token, spelling)
    if nearness < _NEARER and (parted := _parted(token, spelling)):
        return parted
    return word or token


def _is_the_same_word(word: str, other: str) -> bool:
    """Whether two words differ in their last letter ("rebuild", "rebuilt") or in the order of letters ("centre")."""
    alike = len(word) >= _SHORTEST_FORM and abs(len(word) - len(other)) <= 1 and other.startswith(word[:-1])
    return alike or sorted(word) == sorted(other)


def _nearest(token: str, spelling: Spelling) -> tuple[str, float]:
    """The nearest word and how near it is, 0 to 1; at most two letters longer or shorter, with the same first letter.

    People seldom miss the first letter, and "thinking" is no "drinking"; but they exchange it with the second.
    """
    best, score = "", _NEAR
    for first in dict.fromkeys(token[:2]):
        for length in range(len(token) - 2, len(token) + 3):
            choices = spelling.by_length.get((length, first), ())
            found = process.extractOne(token, choices, scorer=OSA.normalized_similarity, score_cutoff=score)
            if found and (found[1] > score or not best) and (first == token[0] or found[0][:2] == token[1::-1]):
                best, score = found[0], found[1]
    return best, score if best else 0.0


def _parted(token: str, spelling: Spelling) -> str:
    """Two words that were typed as one; empty when there are no such two."""
    places = range(2, len(token) - 1)
    found = [place for place in places if {token[:place], token[place:]} <= spelling.frequent]
    return max(
        (f"{token[:place]} {token[place:]}" for place in found),
        key=lambda pair: min(map(len, pair.split())),
        default="",
    )


def _homophone(tokens: Sequence[str], place: int, spelling: Spelling) -> str | None:
    """The known pair that sounds like the one at `place` and shares a character with it.

    The other character must not belong to a word with its neighbour on the far side.
    """
    left, right = tokens[place : place + 2]
    meant = spelling.by_sound.get(_sound(left + right), "")
    if meant not in spelling.common:
        return None
    if meant[:1] == left:
        return meant if "".join(tokens[place + 1 : place + 3]) not in spelling.known else None
    if meant[1:] == right:
        return meant if place == 0 or "".join(tokens[place - 1 : place + 1]) not in spelling.known else None
    return None


def _pairs(tokens: Sequence[str]) -> list[str]:
    """Neighbouring Chinese characters; an empty text where one of them is no such character."""
    han = list(map(is_han, tokens))
    if not any(han):
        return [""] * (len(tokens) - 1)
    return ["".join(pair) if all(both) else "" for pair, both in zip(pairwise(tokens), pairwise(han), strict=True)]


def _sound(pair: str) -> str:
    return "'".join(map(syllable, pair))
