"""Spelling correction: unknown words are replaced by the known words that were probably meant."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.matching.features import syllable
from bot.matching.normalize import Query, is_han

#: Shorter words are too easily confused with others.
_MIN_LENGTH = 4
#: Allows one typo in a word of four letters and two in one of eight (optimal string alignment).
_NEAR = 0.74
#: Words with at least this many letters that differ only in the last one are forms of the same word.
_MIN_FORM = 6
#: At most this many words of a text are looked up, which limits the time for a message.
_MAX_LOOKED_UP = 12
#: An unknown pair is usually two separate words, so only pairs that occur this often replace it.
_COMMON = 4
#: A word is split into two if each of them occurs this often in the knowledge.
_FREQUENT = 3
#: A single word that is at least this similar wins over a split.
_NEARER = 0.86
#: The unknown words of a message are looked up once, though the whole and each part are corrected.
_RECENT = 128


def _no_word(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words of the knowledge: by length, and Chinese pairs by sound."""

    known: frozenset[str]
    frequent: frozenset[str]  #: words that occur in several phrasings; an unknown word may be split into two of them
    by_length: Mapping[tuple[int, str], tuple[str, ...]]  #: (length, first letter) -> words
    by_sound: Mapping[str, str]  #: two syllables -> the most common two characters with this sound
    common: frozenset[str]  #: Chinese pairs that occur in several phrasings
    is_word: Callable[[str], bool] = _no_word  #: whether a token is an ordinary word, and so not a typo
    #: What an unknown word was probably meant to be, see `_meant`; the latest few are kept.
    meant: Callable[[str], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "meant", lru_cache(_RECENT)(partial(_meant, spelling=self)))


def learn_spelling(queries: Iterable[Query]) -> Spelling:
    """Collect the words of phrasings."""
    texts = [query.tokens for query in queries]
    words = Counter(chain.from_iterable(texts))
    han = frozenset(filter(is_han, words))
    chinese = (tokens for tokens in texts if not han.isdisjoint(tokens))
    adjacent = chain.from_iterable(map(pairwise, chinese))
    pairs = Counter(left + right for left, right in adjacent if left in han and right in han)
    by_length: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (-words[word], word)):  # the more frequent one first
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
    """The query with unknown words replaced by similar known ones, and unknown Chinese pairs by homophones."""
    left = _MAX_LOOKED_UP
    tokens = list(query.tokens)
    for place, token in enumerate(tokens):
        if token in spelling.known or is_han(token) or len(token) < _MIN_LENGTH or not token.isalpha() or not left:
            continue
        left -= 1
        near = spelling.meant(token)
        if not spelling.is_word(token) or _is_the_same_word(token, near):
            tokens[place] = near
    for place, pair in enumerate(_pairs(query.tokens)):
        if pair and pair not in spelling.known and (meant := _homophone(query.tokens, place, spelling)):
            tokens[place : place + 2] = meant
    written = tuple(word for token in tokens for word in token.split())
    return query if written == query.tokens else Query(query.text, written, query.language)


def written_out(syllables: Sequence[str], spelling: Spelling) -> Query:
    """Chinese typed in pinyin, converted to the characters that the knowledge has for it."""
    tokens: list[str] = []
    joined = False
    for left, right in pairwise(syllables):
        pair = spelling.by_sound.get(f"{left}'{right}", "")
        tokens += pair[1:] if joined and tokens and pair and pair[0] == tokens[-1] else pair
        joined = bool(pair)
    return Query(text="".join(tokens), tokens=tuple(tokens), language="zh")


def _meant(token: str, spelling: Spelling) -> str:
    """The known word that was probably meant, or two words with a space in between, or the token itself."""
    word, nearness = _nearest(token, spelling)
    if nearness < _NEARER and (parted := _parted(token, spelling)):
        return parted
    return word or token


def _is_the_same_word(word: str, other: str) -> bool:
    """Whether two words differ only in their last letter ("rebuild", "rebuilt") or in letter order ("centre")."""
    alike = len(word) >= _MIN_FORM and abs(len(word) - len(other)) <= 1 and other.startswith(word[:-1])
    return alike or sorted(word) == sorted(other)


def _nearest(token: str, spelling: Spelling) -> tuple[str, float]:
    """The most similar word and its similarity, 0 to 1.

    It has the same first letter and differs by at most two letters in length. People seldom miss the first letter
    ("thinking" is not "drinking"), but may swap it with the second.
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
    """Two words that were typed as one; empty if there are none."""
    places = range(2, len(token) - 1)
    found = [place for place in places if {token[:place], token[place:]} <= spelling.frequent]
    return max(
        (f"{token[:place]} {token[place:]}" for place in found),
        key=lambda pair: min(map(len, pair.split())),
        default="",
    )


def _homophone(tokens: Sequence[str], place: int, spelling: Spelling) -> str | None:
    """The known pair that sounds like the one at `place` and shares a character with it, or None.

    The other character must not form a word with its neighbour on the other side.
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
    """Adjacent Chinese characters; an empty string if one of them is not Chinese."""
    han = list(map(is_han, tokens))
    if not any(han):
        return [""] * (len(tokens) - 1)
    return ["".join(pair) if all(both) else "" for pair, both in zip(pairwise(tokens), pairwise(han), strict=True)]


def _sound(pair: str) -> str:
    return "'".join(map(syllable, pair))
