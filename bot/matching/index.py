"""The inverted index: phrasings as vectors, and which of them share features with a query."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, compress, pairwise
from typing import TYPE_CHECKING

import numpy as np

from bot.matching.arrays import Floats, Integers
from bot.matching.counts import Counts, count_features
from bot.matching.features import letters, pair_of_stems, stem, syllable_pairs
from bot.matching.literal_rows import LiteralRows
from bot.matching.normalize import Query
from bot.matching.quantised import QuantisedRows, quantised

if TYPE_CHECKING:
    from scipy import sparse


#: The words whose letters are looked up once; they take a few megabytes.
_WORDS_REMEMBERED = 16_384
#: The most postings that are read for one query; those left out are of features of nearly every phrasing.
_MAX_POSTINGS = 250_000
#: The share of the meaning in the similarity of two texts; the rest is words and letters (docs/experiments.md).
_MEANING = 0.4
#: The share of the words in the rest; the letters have the other half.
_WORDS = 0.5
#: Dimensions that meanings are reduced to: with 128 one question in 100 was told apart worse, with more none better.
_AXES = 192


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as a unit vector over words and letters, and its meaning."""

    columns: Integers
    weights: Floats
    known: float  #: the share of its words that the index has, by weight, 0 to 1
    meaning: Floats  #: its embedding minus the mean, along the axes; empty without an encoder


@dataclass(frozen=True, slots=True)
class Postings:
    """The phrasings that have each feature, and its weight in them: a sparse matrix by columns."""

    data: Floats  #: weights, feature by feature
    indices: Integers  #: the phrasing of each
    starts: Integers  #: the first posting of each feature; the last number is that of all postings
    phrasings: int

    def matrix(self) -> "sparse.csc_array":
        """Phrasings x features."""
        from scipy import sparse  # noqa: PLC0415 - a quarter of a second and 15 MB, which only learning needs

        return sparse.csc_array((self.data, self.indices, self.starts), shape=(self.phrasings, len(self.starts) - 1))


@dataclass(frozen=True, slots=True)
class Index:
    """Phrasings by feature, so that a query costs O(postings of its features) instead of O(phrasings)."""

    vocabulary: dict[str, int]  #: feature -> column; words begin with a space, so they never equal letters
    rarity: Floats  #: weight of each feature: log(1 + entries / entries that have it)
    unseen: float  #: weight of a feature that no phrasing has
    postings: Postings
    meanings: QuantisedRows  #: phrasings x axes; without columns if there is no encoder
    axes: Floats  #: dimensions of the encoder x the fewer ones in which the phrasings differ most
    usual: Floats  #: the mean embedding, which is subtracted from each
    #: The features that the letters of a word are, see `_features_of_letters`; most words of a question are usual ones.
    letters_of: Callable[[str], "Features"] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        look_up = lru_cache(_WORDS_REMEMBERED)(partial(_features_of_letters, vocabulary=self.vocabulary))
        object.__setattr__(self, "letters_of", look_up)

    @property
    def shares(self) -> tuple[float, float]:
        """The shares of words with letters, and of the meaning, in a similarity; together 1."""
        return (1 - _MEANING, _MEANING) if self.meanings.dimensions else (1.0, 0.0)

    def rarity_of(self, stem: str) -> float:
        """The weight of a word, by its stem; 0 for an unknown word."""
        column = self.vocabulary.get(f" {stem}")
        return 0.0 if column is None else float(self.rarity[column])

    def vectors(self, queries: Sequence[Query], meanings: Floats) -> list[Vector]:
        """Queries, and their embeddings, in the space of the phrasings; unknown features still shorten the rest."""
        meant = _unit(meanings - self.usual) @ self.axes
        meant[[not query.tokens for query in queries]] = 0  # a text without words has no meaning
        return [self._vector(query, meaning) for query, meaning in zip(queries, meant, strict=True)]

    def _vector(self, query: Query, meaning: Floats) -> Vector:
        words, letters = self._weigh(self._words_in(query)), self._weigh(self._letters_in(query))
        of_words, of_letters = _roots()
        return Vector(
            columns=np.concatenate([words[0], letters[0]]),
            weights=np.concatenate([words[1] * of_words, letters[1] * of_letters]),
            known=float(np.dot(words[1], words[1])),
            meaning=meaning,
        )

    def _words_in(self, query: Query) -> "Features":
        """Words and pairs. An unknown pair of known words says little; an unknown word points to something else."""
        stems = list(map(stem, query.tokens))
        words = _features([f" {each}" for each in stems], self.vocabulary)
        pairs = (f" {pair_of_stems(left, right)}" for left, right in pairwise(stems))
        return Features((*words.known, *_features(pairs, self.vocabulary).known), words.unknown)

    def _letters_in(self, query: Query) -> "Features":
        """Letters of words, and pairs of Chinese syllables."""
        each = [*map(self.letters_of, query.tokens), _features(syllable_pairs(query), self.vocabulary)]
        known = tuple(chain.from_iterable(features.known for features in each))
        return Features(known, tuple(chain.from_iterable(features.unknown for features in each)))

    def vector_of_meaning(self, meaning: Floats) -> Vector:
        """An embedding without its text as a vector; the mean must be subtracted already."""
        meant = _unit(meaning) @ self.axes
        return Vector(np.zeros(0, np.int32), np.zeros(0, np.float32), known=1.0, meaning=meant)

    def vector_by_meaning(self, meaning: Floats) -> Vector:
        """The embedding of a text in another language as a vector; it counts for words and letters as well."""
        return self.counted_for_all(self.vector_of_meaning(meaning))

    def counted_for_all(self, vector: Vector, shift: Floats | float = 0.0) -> Vector:
        """The vector with its meaning, moved by `shift`, in place of words and letters as well."""
        moved = vector.meaning + shift
        share = np.linalg.norm(vector.meaning) / (np.linalg.norm(moved) or 1.0) / self.shares[1]
        return replace(vector, meaning=(share * moved).astype(np.float32))

    def similarities(self, vector: Vector) -> Floats:
        """The similarity of a vector to every phrasing, by words, letters and meaning."""
        similarities: Floats = self.similarities_of([vector])[0]
        return similarities

    def similarities_of(self, vectors: Sequence[Vector]) -> Floats:
        """Vectors x phrasings; O(postings of the features + vectors x phrasings x dimensions)."""
        return self.joined(vectors, self.similarities_of_meaning(vectors))

    def similarities_of_meaning(self, vectors: Sequence[Vector]) -> Floats:
        """Vectors x phrasings, by meaning alone; 0 without an encoder."""
        return self.meanings.products(np.array([vector.meaning for vector in vectors]))

    def joined(self, vectors: Sequence[Vector], meant: Floats) -> Floats:
        """The same as `similarities_of`, from the known similarities of the meanings."""
        literal, share = self.shares
        rows = np.float32(share) * meant
        for place, vector in enumerate(vectors):
            rows[place] += np.float32(literal) * self._literal(vector)
        return rows

    def _literal(self, vector: Vector) -> Floats:
        """The cosine by words and letters; in a very large index by the rarest features only."""
        lengths = self.postings.starts[vector.columns + 1] - self.postings.starts[vector.columns]
        order = np.argsort(lengths, kind="stable")
        reach = max(1, int(np.searchsorted(np.cumsum(lengths[order]), _MAX_POSTINGS, side="right")))
        rarest = order[:reach]
        lengths, starts = lengths[rarest], self.postings.starts[vector.columns[rarest]]
        if not lengths.sum():
            return np.zeros(self.postings.phrasings, np.float32)
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
        shares = self.postings.data[places] * np.repeat(vector.weights[rarest], lengths)
        return np.bincount(self.postings.indices[places], shares, self.postings.phrasings).astype(np.float32)

    def _weigh(self, features: "Features") -> tuple[Integers, Floats]:
        """The columns and weights of known features; unknown ones shorten them."""
        counts = Counter(features.known)
        columns = np.fromiter(counts, np.int32, len(counts))
        weights = np.sqrt(np.fromiter(counts.values(), np.float32, len(counts))) * self.rarity[columns]
        unseen = len(set(features.unknown)) * self.unseen**2
        return columns, weights / np.float32(np.sqrt(np.dot(weights, weights) + unseen) or 1.0)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a text, in order, as often as it has them."""

    known: tuple[int, ...]  #: their columns
    unknown: tuple[str, ...]  #: those that no phrasing has


def _features(names: Iterable[str], vocabulary: Mapping[str, int]) -> Features:
    columns = [(name, vocabulary.get(name)) for name in names]
    known = tuple(column for _, column in columns if column is not None)
    return Features(known, tuple(name for name, column in columns if column is None))


def _features_of_letters(word: str, vocabulary: Mapping[str, int]) -> Features:
    return _features(letters(word), vocabulary)


def build_index(queries: Sequence[Query], entries: Sequence[int], meanings: Floats | None = None) -> Index:
    """Index phrasings; phrasing i belongs to entry `entries[i]`, and rarity is counted over entries.

    A word that all phrasings of one entry share is telling, however many they are.
    """
    return build_index_and_rows(queries, entries, meanings)[0]


def build_index_and_rows(
    queries: Sequence[Query], entries: Sequence[int], meanings: Floats | None = None
) -> tuple[Index, LiteralRows]:
    """The same, and the phrasings by words and letters in the form that a classifier learns from."""
    if meanings is None:
        meanings = np.zeros((len(queries), 0), np.float32)
    with ThreadPoolExecutor(1, "learning") as beside:  # linear algebra releases the interpreter lock
        reduced = beside.submit(_reduced, meanings)
        telling, rarity, unseen, postings, rows = _literal(queries, entries)
    usual, axes, meant = reduced.result()
    return Index(telling, rarity, unseen, postings, quantised(meant), axes, usual), rows


def _reduced(meanings: Floats) -> tuple[Floats, Floats, Floats]:
    """The mean embedding, the axes, and the unit vectors of the meanings along them."""
    usual: Floats = meanings.mean(axis=0) if len(meanings) else np.zeros(meanings.shape[1], np.float32)
    apart = _unit(meanings - usual)
    axes = _axes(apart)
    return usual, axes, apart @ axes


def _literal(
    queries: Sequence[Query], entries: Sequence[int]
) -> tuple[dict[str, int], Floats, float, Postings, LiteralRows]:
    """The vocabulary of words and letters, the weights of known features and of an unknown one, and the phrasings."""
    counts = count_features(queries)
    telling, kept = _telling(counts)
    words, letters = (_only(half, kept, len(telling)) for half in counts.halves)
    said, spelled = counts.said, _only(counts.spelled, kept, len(telling))
    del counts
    rarity, unseen = _rarity((words, letters), entries)
    of_words, of_letters = _roots()
    _weigh_rows(words, rarity, of_words)
    scales = _weigh_rows(letters, rarity, of_letters)
    said.data *= np.repeat(scales, np.diff(said.indptr))
    spelled.data *= rarity[spelled.indices]
    # What is left are pairs, and less than zero for letters that a phrasing has repeatedly. The rest is zero exactly,
    # since both sides are the same product of two numbers.
    direct = words + (letters - said @ spelled)
    direct.eliminate_zeros()
    joined = (words + letters).tocsc()
    postings = Postings(joined.data, joined.indices, joined.indptr, len(queries))
    return telling, rarity, unseen, postings, LiteralRows(said, spelled, direct)


def _axes(meanings: Floats) -> Floats:
    """The directions in which meanings differ most (principal components)."""
    _, vectors = np.linalg.eigh(meanings.T @ meanings)
    axes: Floats = vectors[:, ::-1][:, :_AXES].astype(np.float32)
    return axes


def _unit(rows: Floats) -> Floats:
    """The vectors in the last axis, scaled to length 1; those of length 0 stay."""
    lengths = np.sqrt(np.sum(rows**2, axis=-1, keepdims=True))
    unit: Floats = (rows / np.maximum(lengths, 1e-9)).astype(np.float32, copy=False)
    return unit


def _matrix(data: Floats, columns: Integers, starts: Integers, width: int) -> "sparse.csr_array":
    from scipy import sparse  # noqa: PLC0415 - as in `Postings`

    parts = (data, np.asarray(columns, np.int32), np.asarray(starts, np.int32))
    return sparse.csr_array(parts, shape=(len(starts) - 1, width))


def _telling(counts: Counts) -> tuple[dict[str, int], Integers]:
    """Leave out what only one phrasing has, single words aside: half of all, and it tells nothing of other texts.

    With the vocabulary comes the new column of each old one, -1 where it is left out.
    """
    width = len(counts.columns)
    words, letters = (np.bincount(half.indices, minlength=width) for half in counts.halves)
    is_telling = words + letters > 1
    is_telling[: counts.single_words] = True
    names = list(compress(counts.columns, is_telling.tolist()))
    moved = np.full(width, -1, np.int32)
    moved[is_telling] = np.arange(len(names), dtype=np.int32)
    return {name: place for place, name in enumerate(names)}, moved


def _only(counts: "sparse.csr_array", moved: Integers, width: int) -> "sparse.csr_array":
    """The counts without the removed columns."""
    columns = moved[counts.indices]
    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(kept, dtype=np.int32)])[counts.indptr]
    return _matrix(counts.data[kept], columns[kept], starts, width)


def _rarity(halves: Sequence["sparse.csr_array"], entries: Sequence[int]) -> tuple[Floats, float]:
    """The weight of each feature, log(1 + entries / entries that have it), and that of an unknown feature."""
    from scipy import sparse  # noqa: PLC0415 - as in `Postings`

    total, phrasings = int(max(entries, default=0)) + 1, np.arange(len(entries), dtype=np.int32)
    of_entries = sparse.csr_array((np.ones(len(entries), np.float32), (entries, phrasings)), (total, len(entries)))
    having = sum(np.bincount((of_entries @ half).indices, minlength=half.shape[1]) for half in halves)
    return np.log1p(total / np.maximum(having, 1)).astype(np.float32), float(np.log1p(total))


def _roots() -> tuple[np.float32, np.float32]:
    """The lengths of the two parts of a unit vector, words and letters."""
    return np.float32(np.sqrt(_WORDS)), np.float32(np.sqrt(1 - _WORDS))


def _weigh_rows(half: "sparse.csr_array", rarity: Floats, length: np.float32) -> Floats:
    """Weigh counts by rarity and make each row a vector of that length, in place; returns the scales of the rows."""
    half.data *= rarity[half.indices]
    sums = np.add.reduceat(np.append(half.data, 0) ** 2, half.indptr[:-1]) if half.shape[0] else np.zeros(0)
    filled = np.diff(half.indptr) > 0  # reduceat returns the next value for an empty row
    scales: Floats = (length / np.sqrt(np.where(filled, sums, 1.0))).astype(np.float32)
    half.data *= np.repeat(scales, np.diff(half.indptr))
    return scales
