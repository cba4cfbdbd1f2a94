"""The inverted index: phrasings as vectors, and which of them share features with a query."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.core.matching.features import letter_features, word_features
from bot.core.text import Query

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


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
        words = self._weigh([f" {feature}" for feature in word_features(query)])
        letters = self._weigh(letter_features(query))
        known = float(np.sum(words[1] ** 2)) if len(words[1]) else 0.0
        columns = np.concatenate([words[0], letters[0]])
        weights = np.concatenate([words[1], letters[1]]) * np.float32(np.sqrt(0.5))
        return Vector(columns=columns, weights=weights, known=known)

    def similarities(self, vector: Vector) -> Floats:
        """The cosine of a vector with every phrasing."""
        starts = self.postings.indptr[vector.columns]
        lengths = self.postings.indptr[vector.columns + 1] - starts
        if not lengths.sum():
            return np.zeros(self.postings.shape[0], np.float32)
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
        shares = self.postings.data[places] * np.repeat(vector.weights, lengths)
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
    words = [_columns([f" {feature}" for feature in word_features(query)], vocabulary) for query in queries]
    letters = [_columns(letter_features(query), vocabulary) for query in queries]
    halves = [_matrix(rows, len(vocabulary)) for rows in (words, letters)]
    vocabulary, kept = _telling(vocabulary, halves)
    halves = [half[:, kept] for half in halves]
    rarity, unseen = _rarity(halves[0] + halves[1], entries)
    weighing = sparse.diags_array(rarity)
    postings = sum(_unit_rows(half @ weighing) for half in halves) * np.float32(np.sqrt(0.5))
    return Index(vocabulary=vocabulary, rarity=rarity, unseen=unseen, postings=postings.tocsc())


def _columns(features: Sequence[str], vocabulary: dict[str, int]) -> list[int]:
    """The column of each feature; new features get new columns."""
    return [vocabulary.setdefault(name, len(vocabulary)) for name in features]


def _matrix(rows: Sequence[Sequence[int]], width: int) -> sparse.csr_array:
    """Counts as a sparse matrix of their square roots: a word said twice is not twice as telling."""
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter(chain.from_iterable(rows), np.int32, starts[-1])
    counts = sparse.csr_array((np.ones(len(columns), np.float32), columns, starts), shape=(len(rows), width))
    counts.sum_duplicates()
    return counts.sqrt()


def _telling(vocabulary: dict[str, int], halves: Sequence[sparse.csr_array]) -> tuple[dict[str, int], Integers]:
    """Leave out what only one phrasing has, single words aside: half of all, and it tells nothing of other texts."""
    having = np.sum([np.bincount(half.indices, minlength=len(vocabulary)) for half in halves], axis=0)
    names = [name for name, column in vocabulary.items() if having[column] > 1 or _is_word(name)]
    return {name: place for place, name in enumerate(names)}, np.array([vocabulary[name] for name in names], np.int32)


def _is_word(name: str) -> bool:
    return name.startswith(" ") and " " not in name[1:]


def _rarity(counts: sparse.csr_array, entries: Sequence[int]) -> tuple[Floats, float]:
    """The weight of each feature, log(1 + entries / entries that have it), and that of an unknown feature."""
    total = max(entries, default=0) + 1
    belongs = sparse.csr_array(
        (np.ones(len(entries), np.float32), (np.asarray(entries, np.int32), np.arange(len(entries)))),
        shape=(total, len(entries)),
    )
    having = np.bincount((belongs @ counts).tocsc().nonzero()[1], minlength=counts.shape[1])
    return np.log1p(total / np.maximum(having, 1)).astype(np.float32), float(np.log1p(total))


def _unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    return sparse.diags_array((1 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ matrix
