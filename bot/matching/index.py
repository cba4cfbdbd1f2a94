"""The inverted index: phrasings as vectors, and which of them share features with a query."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.matching.features import letter_features, word_features
from bot.matching.normalize import Query

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

#: So many postings are looked at for one query; what is left out are features of nearly every phrasing.
_MOST_POSTINGS = 250_000


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as a unit vector; half of its weight lies on words, half on letters."""

    columns: Integers
    weights: Floats
    known: float  #: share of the weight of its words that the index knows, 0 to 1


@dataclass(frozen=True, slots=True)
class Index:
    """Phrasings by feature: a query costs O(postings of its features), not O(phrasings)."""

    vocabulary: dict[str, int]  #: feature -> column; words begin with a space, so they never equal letters
    rarity: Floats  #: weight of each feature: log(1 + entries / entries that have it)
    unseen: float  #: weight of a feature that no phrasing has
    postings: sparse.csc_array  #: phrasings x features

    def vector(self, query: Query) -> Vector:
        """A query in the space of the phrasings; features that none of them has still shorten the rest."""
        words = self._weigh(_words_apart(query))
        letters = self._weigh(letter_features(query))
        known = float(np.sum(words[1] ** 2)) if len(words[1]) else 0.0
        columns = np.concatenate([words[0], letters[0]])
        weights = np.concatenate([words[1], letters[1]]) * np.float32(np.sqrt(0.5))
        return Vector(columns=columns, weights=weights, known=known)

    def similarities(self, vector: Vector) -> Floats:
        """The cosine of a vector with every phrasing; of a great many phrasings, by the rarest features alone."""
        lengths = self.postings.indptr[vector.columns + 1] - self.postings.indptr[vector.columns]
        order = np.argsort(lengths, kind="stable")
        reach = max(1, int(np.searchsorted(np.cumsum(lengths[order]), _MOST_POSTINGS, side="right")))
        rarest = order[:reach]
        lengths, starts = lengths[rarest], self.postings.indptr[vector.columns[rarest]]
        if not lengths.sum():
            return np.zeros(self.postings.shape[0], np.float32)
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
        shares = self.postings.data[places] * np.repeat(vector.weights[rarest], lengths)
        return np.bincount(self.postings.indices[places], shares, self.postings.shape[0]).astype(np.float32)

    def _weigh(self, features: Sequence[str]) -> tuple[Integers, Floats]:
        counts = Counter(features)
        known = [(self.vocabulary[name], count) for name, count in counts.items() if name in self.vocabulary]
        columns = np.array([column for column, _ in known], np.int32)
        weights = np.sqrt(np.array([count for _, count in known], np.float32)) * self.rarity[columns]
        # A new pair of known words says little; an unknown word or letters say that it is something else.
        unknown = sum(name not in self.vocabulary and " " not in name[1:] for name in counts)
        unseen = unknown * self.unseen**2
        return columns, weights / np.float32(np.sqrt(np.dot(weights, weights) + unseen) or 1.0)


def build_index(queries: Sequence[Query], entries: Sequence[int]) -> Index:
    """Index phrasings; phrasing i belongs to entry `entries[i]`, and rarity is counted over entries.

    A word that all phrasings of one entry share is telling, however many they are.
    """
    vocabulary: dict[str, int] = {}
    counts = [_counts(queries, features, vocabulary) for features in (_words_apart, letter_features)]
    vocabulary, kept = _telling(vocabulary, counts)
    halves = [_only(half, kept, len(vocabulary)) for half in counts]
    del counts
    rarity, unseen = _rarity(halves, entries)
    for half in halves:
        _weigh_rows(half, rarity)
    return Index(vocabulary=vocabulary, rarity=rarity, unseen=unseen, postings=(halves[0] + halves[1]).tocsc())


def _words_apart(query: Query) -> list[str]:
    """The words as they stand in the vocabulary: with a space before them, so that they never equal letters."""
    return [f" {feature}" for feature in word_features(query)]


def _counts(
    queries: Sequence[Query], features: Callable[[Query], list[str]], vocabulary: dict[str, int]
) -> sparse.csr_array:
    """How often each query has each feature, as square roots: a word said twice is not twice as telling.

    New features get new columns, so the width is not known before all are counted; memory is 4 bytes a feature.
    """
    columns, starts = array("i"), array("i", [0])
    for query in queries:
        columns.extend(vocabulary.setdefault(name, len(vocabulary)) for name in features(query))
        starts.append(len(columns))
    matrix = _matrix(np.ones(len(columns), np.float32), columns, starts, len(vocabulary))
    matrix.sum_duplicates()
    np.sqrt(matrix.data, out=matrix.data)
    return matrix


def _matrix(
    data: Floats, columns: "array[int] | Integers", starts: "array[int] | Integers", width: int
) -> sparse.csr_array:
    parts = (data, np.asarray(columns, np.int32), np.asarray(starts, np.int32))
    return sparse.csr_array(parts, shape=(len(starts) - 1, width))


def _telling(vocabulary: dict[str, int], counts: Sequence[sparse.csr_array]) -> tuple[dict[str, int], Integers]:
    """Leave out what only one phrasing has, single words aside: half of all, and it tells nothing of other texts.

    With the vocabulary comes the new column of each old one, -1 where it is left out.
    """
    having = np.sum([np.bincount(half.indices, minlength=len(vocabulary)) for half in counts], axis=0)
    names = [name for name, column in vocabulary.items() if having[column] > 1 or _is_word(name)]
    moved = np.full(len(vocabulary), -1, np.int32)
    moved[[vocabulary[name] for name in names]] = np.arange(len(names), dtype=np.int32)
    return {name: place for place, name in enumerate(names)}, moved


def _only(counts: sparse.csr_array, moved: Integers, width: int) -> sparse.csr_array:
    """The counts without the columns that are left out."""
    columns = moved[counts.indices]
    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(kept, dtype=np.int32)])[counts.indptr]
    return _matrix(counts.data[kept], columns[kept], starts, width)


def _is_word(name: str) -> bool:
    return name.startswith(" ") and " " not in name[1:]


def _rarity(halves: Sequence[sparse.csr_array], entries: Sequence[int]) -> tuple[Floats, float]:
    """The weight of each feature, log(1 + entries / entries that have it), and that of an unknown feature."""
    owners, total = np.asarray(entries, np.int64), int(max(entries, default=0)) + 1
    having = np.zeros(halves[0].shape[1], np.int64)
    for half in halves:
        width = half.shape[1]
        pairs = np.repeat(owners, np.diff(half.indptr)) * width + half.indices
        pairs.sort()  # and not numpy's unique, which hashes and takes many times as long here
        having += np.bincount(pairs[np.diff(pairs, prepend=-1) > 0] % width, minlength=width)
    return np.log1p(total / np.maximum(having, 1)).astype(np.float32), float(np.log1p(total))


def _weigh_rows(half: sparse.csr_array, rarity: Floats) -> None:
    """Weigh counts by rarity and make each row half of a unit vector, in place."""
    half.data *= rarity[half.indices]
    sums = np.add.reduceat(np.append(half.data, 0) ** 2, half.indptr[:-1]) if half.shape[0] else np.zeros(0)
    filled = np.diff(half.indptr) > 0  # reduceat gives an empty row the value that follows
    lengths = np.sqrt(np.where(filled, sums, 1.0) * 2)
    half.data /= np.repeat(lengths, np.diff(half.indptr)).astype(np.float32)
