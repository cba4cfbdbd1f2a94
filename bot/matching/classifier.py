"""Linear classifiers: which label a text most likely has.

The engine of a city has many features and many labels: ridge regression in the space of the features. `Matcher` has few
phrasings of many entries: softmax regression in the space of the phrasings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bot.matching.index import Floats, Index, Integers, Vector

Doubles = NDArray[np.float64]

#: The solver stops when the squared residual is this share of the first one, which takes six steps for a large file and
#: five for a small one, and after this number of steps at most. Stopping early regularises: with a step less the large
#: file, and with one more small ones, were answered worse.
_RESIDUAL, _STEPS = 1e-3, 30
#: How much small weights count against fitting the phrasings; chosen together with the steps (decision 18).
_RIDGE = 0.3
#: The most labels that are solved at a time. More need fewer steps, but more memory and time for each.
_BLOCK = 80
#: What of the first residual counts as nothing: what the solver divides by may vanish.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Classifier:
    """Ridge regression, one label against the rest: about 1 for a typical text of a label, about 0 for others."""

    labels: tuple[str, ...]
    weights: Floats  #: features x labels
    meanings: Floats  #: dimensions of the encoder x labels

    def scores(self, vector: Vector) -> Floats:
        """How well each label fits; O(features of the text x labels)."""
        return vector.weights @ self.weights[vector.columns] + vector.meaning @ self.meanings


def train(index: Index, labellings: Sequence[Sequence[str]], importance: Floats) -> list[Classifier]:
    """Learn one classifier for each labelling of the phrasings of an index, together: it takes half the time.

    `labellings[k][i]` is the label of phrasing i, `importance[i]` how much it counts. Solves (X'DX + ridge) W = X'DY
    for many labels at once by block conjugate gradients (O'Leary, 1980): O(steps x labels x (non-zeros + phrasings x
    labels at once)). What comes out depends on the phrasings alone, not on what was learned before.
    """
    names = [tuple(dict.fromkeys(labels)) for labels in labellings]
    targets = np.concatenate([_targets(labels, of) for labels, of in zip(labellings, names, strict=True)], axis=1)
    rows, count = _Rows(index), -(-targets.shape[1] // _BLOCK)
    blocks = np.array_split(targets, count, axis=1)
    weights = np.concatenate([rows.weights(_solve(rows, importance[:, None], block)) for block in blocks], axis=1)
    # The rows were scaled by the roots of the shares; vectors of queries are not, so the weights are.
    weights[: rows.width] *= rows.roots[0]
    weights[rows.width :] *= rows.roots[1]
    ends = np.cumsum([len(of) for of in names])
    found = zip(names, np.split(weights, ends[:-1], axis=1), strict=True)
    return [Classifier(of, *map(np.ascontiguousarray, np.split(own, [rows.width]))) for of, own in found]


def _targets(labels: Sequence[str], names: Sequence[str]) -> Floats:
    """Phrasings x labels: 1 where a phrasing has the label."""
    column = {name: position for position, name in enumerate(names)}
    targets = np.zeros((len(labels), len(names)), np.float32)
    targets[np.arange(len(labels)), [column[label] for label in labels]] = 1
    return targets


class _Rows:
    """The phrasings as one matrix: words and letters (sparse), then the meaning (dense), each scaled by its share.

    The products of two rows are then the similarities of the index.
    """

    def __init__(self, index: Index) -> None:
        self.roots = tuple(np.float32(np.sqrt(share)) for share in index.shares)
        self._literal = index.postings.matrix().tocsr() * self.roots[0]
        self._transposed = self._literal.T.tocsr()
        self._meanings: Floats = index.meanings * self.roots[1]
        self.width = int(self._literal.shape[1])

    def weights(self, values: Floats) -> Floats:
        """Sums of the rows, each taken as many times as its value says: X'V."""
        return np.concatenate([self._transposed @ values, self._meanings.T @ values])

    def similar(self, values: Floats) -> Floats:
        """For each row the sum of its similarities to all rows, weighed by their values: XX'V."""
        sums: Floats = self._literal @ (self._transposed @ values)
        sums += self._meanings @ (self._meanings.T @ values)
        return sums


def _solve(rows: _Rows, importance: Floats, targets: Floats) -> Floats:
    """How many times each phrasing is taken in the weights of some labels.

    All vectors of the method lie in the space of the rows: weights, residuals and directions are X' times what stands
    here. There are three times as many features as phrasings, and memory is what this waits for. Each step looks in the
    directions of all labels for the best weights of each, so that a few steps do what takes many for a single label.
    """
    residual: Floats = importance * targets
    taken, directions, ahead = (np.zeros_like(residual) for _ in range(3))
    sizes, first = np.eye(targets.shape[1]), 0.0
    for _ in range(_STEPS):
        similar = rows.similar(residual)
        sizes, previous = _products(residual, similar), sizes
        size = float(np.trace(sizes))
        first = first or size
        if size <= _RESIDUAL * first:
            break
        kept = _divided(sizes, previous, _NOTHING * first)
        directions = residual + directions @ kept
        ahead = similar + ahead @ kept
        image = importance * ahead + np.float32(_RIDGE) * directions
        steps = _divided(sizes, _products(ahead, image), _NOTHING * first)
        taken += directions @ steps
        residual -= image @ steps
    return taken


def _products(left: Floats, right: Floats) -> Doubles:
    """The symmetric matrix of the products of columns."""
    found = (left.T @ right).astype(np.float64)
    symmetric: Doubles = (found + found.T) / 2
    return symmetric


def _divided(sizes: Doubles, by: Doubles, nothing: float) -> Floats:
    quotient: Floats = np.linalg.solve(by + nothing * np.eye(len(by)), sizes).astype(np.float32)
    return quotient


# --- Softmax regression ---

#: How much fitting the phrasings counts against small weights, and the steps of the solver: more change no ranking.
_FIT, _SOFTMAX_STEPS = 30.0, 60


@dataclass(frozen=True, slots=True)
class SoftmaxHead:
    """Weights of phrasings for entries: a linear model in its dual form."""

    weights: Floats  #: phrasings x entries

    def shares(self, similarities: Floats) -> Floats:
        """How the belief in the entries is divided: rows that sum to 1, for rows of similarities to the phrasings."""
        return _softmax(similarities @ self.weights)


def train_head(kernel: Floats, owners: Integers, entries: int) -> SoftmaxHead:
    """Multinomial logistic regression in its dual form; `kernel` holds the similarity of each phrasing to each other.

    Gradient steps in the space of functions, accelerated (Nesterov, 1983): O(steps x phrasings² x entries).
    """
    wanted = np.zeros((len(owners), entries), np.float32)
    wanted[np.arange(len(owners)), owners] = 1
    # The objective bends at most so much: the softmax by a half of the kernel's largest eigenvalue, the ridge by one.
    bend = 1 + _FIT * _largest_eigenvalue(kernel) / 2
    keep = (sqrt(bend) - 1) / (sqrt(bend) + 1)
    weights = ahead = np.zeros_like(wanted)
    for _ in range(_SOFTMAX_STEPS):
        slope = _FIT * (_softmax(kernel @ ahead) - wanted) + ahead
        last, weights = weights, ahead - slope / np.float32(bend)
        ahead = weights + np.float32(keep) * (weights - last)
    return SoftmaxHead(weights)


def _largest_eigenvalue(kernel: Floats) -> float:
    """By power iteration, which is near enough from below after a few steps; the sum of a row bounds it."""
    vector = np.ones(len(kernel), np.float32)
    for _ in range(20):
        vector = kernel @ vector
        vector /= max(np.linalg.norm(vector), np.float32(1e-12))  # phrasings without any word have nothing in common
    return float(vector @ (kernel @ vector))


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result
