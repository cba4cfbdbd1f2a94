"""The inverted index: which phrasings share features with a query, and how much of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Space:
    """Phrasings as unit vectors of weighted features, stored by feature.

    A query costs O(postings of its features), not O(phrasings x features).
    """

    vocabulary: dict[str, int]  #: feature -> column
    rarity: Floats  #: weight of each feature: log(1 + entries / entries that have it)
    unseen: float  #: weight of a feature that no phrasing has
    starts: Integers  #: where the postings of each feature begin, and the end of the last
    rows: Integers  #: phrasings, feature by feature
    weights: Floats  #: weight of the feature in that phrasing's unit vector
    size: int  #: number of phrasings

    def weigh(self, features: Sequence[str]) -> tuple[Integers, Floats]:
        """The known features of a query and their weights in its unit vector, which the unknown ones shorten."""
        counts = Counter(features)
        known = [(self.vocabulary[name], count) for name, count in counts.items() if name in self.vocabulary]
        if not known:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        columns = np.array([column for column, _ in known], np.int32)
        weights = np.sqrt(np.array([count for _, count in known], np.float32)) * self.rarity[columns]
        unseen = (len(counts) - len(known)) * self.unseen**2
        return columns, weights / np.sqrt(np.dot(weights, weights) + unseen)

    def similarities(self, columns: Integers, weights: Floats) -> Floats:
        """The cosine of a weighed query with every phrasing."""
        if not len(columns):
            return np.zeros(self.size, np.float32)
        starts, lengths = self.starts[columns], self.starts[columns + 1] - self.starts[columns]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
        shares = self.weights[places] * np.repeat(weights, lengths)
        return np.bincount(self.rows[places], shares, self.size).astype(np.float32)


def build_space(texts: Sequence[Sequence[str]], entries: Sequence[int]) -> Space:
    """Index the features of each text; rarity is counted over `entries` (of which text i belongs to `entries[i]`)."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    rows: list[int] = []
    counts: list[int] = []
    for row, features in enumerate(texts):
        for name, count in Counter(features).items():
            columns.append(vocabulary.setdefault(name, len(vocabulary)))
            rows.append(row)
            counts.append(count)
    column, row_of = np.array(columns, np.int32), np.array(rows, np.int32)
    of_entry = np.asarray(entries, np.int64)[row_of]
    pairs = np.unique(column.astype(np.int64) * (max(entries, default=0) + 1) + of_entry)
    having = np.bincount((pairs // (max(entries, default=0) + 1)).astype(np.int64), minlength=len(vocabulary))
    total = len(set(entries))
    rarity = np.log1p(total / np.maximum(having, 1)).astype(np.float32)
    weights = np.sqrt(np.array(counts, np.float32)) * rarity[column]
    lengths = np.sqrt(np.bincount(row_of, weights**2, len(texts)))
    weights = (weights / lengths[row_of]).astype(np.float32)
    order = np.lexsort((row_of, column))
    starts = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(vocabulary)))]).astype(np.int32)
    return Space(
        vocabulary=vocabulary,
        rarity=rarity,
        unseen=float(np.log1p(total)),
        starts=starts,
        rows=row_of[order],
        weights=weights[order],
        size=len(texts),
    )
