"""How often each text has each feature: all texts are counted together, and each different word is looked at once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Integers
from bot.matching.features import letters, pair_of_stems, pair_of_syllables, stem, syllable
from bot.matching.normalize import Query, is_han

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of some texts, one after the other."""

    names: tuple[str, ...]  #: the different tokens
    places: Integers  #: of each token, its place among them
    starts: Integers  #: the first token of each text; at last, their number


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of features: those of single tokens, and those of adjacent ones."""

    of_token: Callable[[str], Sequence[str]]
    side: Callable[[str], str | None]  #: what a token brings to a pair; None if it is part of no pair
    pair: Callable[[str, str], str]


# Words begin with a space, so that they never equal letters.
_WORDS = _Kind(lambda token: (f" {stem(token)}",), stem, lambda left, right: f" {pair_of_stems(left, right)}")
_LETTERS = _Kind(letters, lambda token: syllable(token) if is_han(token) else None, pair_of_syllables)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Features of some texts or tokens, one after the other."""

    columns: Integers
    starts: Integers  #: the first feature of each; at last, their number


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each text has each feature, and how often each token has each of its letters."""

    columns: dict[str, int]  #: feature -> its column; those of single words are the first
    single_words: int
    halves: tuple["sparse.csr_array", "sparse.csr_array"]  #: texts x features: words, then letters; square roots
    said: "sparse.csr_array"  #: texts x tokens that have letters
    spelled: "sparse.csr_array"  #: those tokens x features


def count_features(queries: Sequence[Query]) -> Counts:
    """Count words and their pairs, and letters and pairs of sounds.

    Pairs that occur once in all texts are left out. The count of a text is a square root, as a word said twice is not
    twice as telling.
    """
    columns: defaultdict[str, int] = defaultdict()
    columns.default_factory = columns.__len__  # a new feature gets the next column
    tokens = _tokens_of(queries)
    single = _features_of(tokens, _WORDS, columns)
    single_words = len(columns)
    pairs = _of_pairs(tokens, _WORDS, columns)
    parts = ((single, pairs), (_features_of(tokens, _LETTERS, columns), _of_pairs(tokens, _LETTERS, columns)))
    words, letters = (
        _matrix(_of_tokens(tokens, features), len(columns)) + _matrix(pairs, len(columns)) for features, pairs in parts
    )
    for half in (words, letters):
        np.sqrt(half.data, out=half.data)
    has_letters = np.diff(parts[1][0].starts) > 0
    said, spelled = _matrix(_Rows(tokens.places, tokens.starts), len(tokens.names)), _matrix(parts[1][0], len(columns))
    return Counts(dict(columns), single_words, (words, letters), said[:, has_letters], spelled[has_letters])


def _tokens_of(queries: Sequence[Query]) -> _Tokens:
    names: defaultdict[str, int] = defaultdict()
    names.default_factory = names.__len__
    said = chain.from_iterable(query.tokens for query in queries)
    places = np.fromiter(map(names.__getitem__, said), np.int32)
    lengths = np.fromiter((len(query.tokens) for query in queries), np.int32, len(queries))
    return _Tokens(tuple(names), places, _starts(lengths))


def _features_of(tokens: _Tokens, kind: _Kind, columns: dict[str, int]) -> _Rows:
    """The features of each different token."""
    features = list(map(kind.of_token, tokens.names))
    flat = np.fromiter(map(columns.__getitem__, chain.from_iterable(features)), np.int32)
    return _Rows(flat, _starts(np.fromiter(map(len, features), np.int32, len(features))))


def _of_tokens(tokens: _Tokens, features: _Rows) -> _Rows:
    """The features of the tokens of each text."""
    begins, numbers = features.starts[tokens.places], np.diff(features.starts)[tokens.places]
    starts = _starts(numbers)
    found = np.arange(starts[-1], dtype=np.int32) + np.repeat(begins - starts[:-1], numbers)
    return _Rows(features.columns[found], starts[tokens.starts])


def _of_pairs(tokens: _Tokens, kind: _Kind, columns: dict[str, int]) -> _Rows:
    """The features of adjacent tokens, without those that occur once: they are most, and no other text has them."""
    numbers: dict[str, int] = {}
    sides = [-1 if side is None else numbers.setdefault(side, len(numbers)) for side in map(kind.side, tokens.names)]
    said, names = np.array(sides, np.int64)[tokens.places], tuple(numbers)
    left, right = said[:-1], said[1:]
    is_pair = (left >= 0) & (right >= 0)
    ends = tokens.starts[(tokens.starts > 0) & (tokens.starts < len(said))]
    is_pair[ends - 1] = False  # the last token of a text, and the first of the next
    keys = left * len(names) + right
    different, places, times = np.unique(keys[is_pair], return_inverse=True, return_counts=True)
    is_pair[is_pair] = is_kept = times[places] > 1
    found = np.zeros(len(different), np.int32)
    pairs = (divmod(each, len(names)) for each in different[times > 1].tolist())
    found[times > 1] = [columns[kind.pair(names[one], names[other])] for one, other in pairs]
    return _Rows(found[places[is_kept]], _starts(is_pair)[np.minimum(tokens.starts, len(is_pair))])


def _starts(lengths: NDArray[Any]) -> Integers:
    """Where each of some adjacent pieces of these lengths begins; at last, where they end."""
    starts: Integers = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return starts


def _matrix(rows: _Rows, width: int) -> "sparse.csr_array":
    from scipy import sparse  # noqa: PLC0415 - as in `Postings`

    data = np.ones(len(rows.columns), np.float32)
    matrix = sparse.csr_array((data, rows.columns, rows.starts), shape=(len(rows.starts) - 1, width))
    matrix.sum_duplicates()
    return matrix
