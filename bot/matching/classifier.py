"""Linear classifiers: the most likely label of a text.

The engine of a city has many features and many labels: it uses ridge regression in feature space. `Matcher` has few
phrasings of many entries: it uses softmax regression in the space of the phrasings.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Floats, Integers
from bot.matching.index import Index, Vector
from bot.matching.literal_rows import LiteralRows

#: Steps of the solver. Stopping early regularises; more steps changed no figure on held-out questions.
_STEPS = 16
#: The penalty on large weights; chosen together with the steps (docs/experiments.md).
_RIDGE = 0.3
#: The most labels that are solved at a time; only their weights are in memory during a step.
_BLOCK = 40
#: A block is filled up to a multiple of this with labels that no phrasing has: products of other widths take longer.
_VECTOR = 8
#: Blocks that are solved at the same time. Products of matrices release the interpreter lock, so two processors work.
THREADS = 2


@dataclass(frozen=True, slots=True)
class Classifier:
    """Ridge regression, one label against the rest: about 1 for a typical text of a label, about 0 for others."""

    labels: tuple[str, ...]
    weights: Floats  #: features x labels
    meanings: Floats  #: dimensions of the encoder x labels

    def scores(self, vectors: Sequence[Vector]) -> Floats:
        """Vectors x labels: how well each label fits; O(features of the texts x labels)."""
        literal = [vector.weights @ self.weights[vector.columns] for vector in vectors]
        scores: Floats = np.array([vector.meaning for vector in vectors]) @ self.meanings + np.array(literal)
        return scores


def begin_training(
    threads: Executor, index: Index, literal: LiteralRows, labelings: Sequence[Sequence[str]], importance: Floats
) -> Callable[[], list[Classifier]]:
    """Learn a classifier for each labeling of the phrasings of an index, which are also given as `literal` rows.

    In each, phrasing i has `labels[i]`; its weight is `importance[i]`. Solves (X'DX + ridge) W = X'DY for many labels
    at once by conjugate gradients (Hestenes and Stiefel, 1952): O(steps x non-zeros x labels). Labels do not depend on
    each other, so blocks of them are solved in `threads`; the result is the same as in one thread. Call what is
    returned to wait for it.
    """
    rows = _Rows(index, literal, importance)
    tasks = [_Task(labels, rows) for labels in labelings]
    solving = [threads.submit(task.solve, rows, block) for task in tasks for block in _blocks(len(task.names))]

    def classifiers() -> list[Classifier]:
        for each in solving:
            each.result()
        return [Classifier(labels=task.names, weights=task.literal, meanings=task.meant) for task in tasks]

    return classifiers


def _blocks(labels: int) -> list[slice]:
    """The columns of some labels in blocks."""
    return [slice(start, min(start + _BLOCK, labels)) for start in range(0, labels, _BLOCK)]


class _Task:
    """One labeling, and the weights that are solved so far."""

    def __init__(self, labels: Sequence[str], rows: "_Rows") -> None:
        self.names = tuple(dict.fromkeys(labels))
        column = {name: position for position, name in enumerate(self.names)}
        self._columns = np.array([column[label] for label in labels], np.int32)
        self.literal = np.empty((rows.width, len(self.names)), np.float32)
        self.meant = np.empty((rows.dimensions, len(self.names)), np.float32)

    def solve(self, rows: "_Rows", block: slice) -> None:
        """Write the weights of a block of labels."""
        wanted = np.arange(block.start, block.stop, dtype=np.int32)
        filled = np.pad(wanted, (0, -len(wanted) % _VECTOR), constant_values=-1)
        weights = rows.weights(_solve(rows, self._columns[:, None] == filled))[:, : len(wanted)]
        # The rows are scaled by the square roots of the shares. Query vectors are not, so the weights are scaled
        # instead.
        np.multiply(weights[: rows.width], rows.roots[0], out=self.literal[:, block])
        np.multiply(weights[rows.width :], rows.roots[1], out=self.meant[:, block])


class _Rows:
    """The phrasings as one matrix: words and letters (sparse), then the meaning (dense), each scaled by its share.

    The dot product of two rows is therefore their similarity in the index. Rows are also scaled by the square root of
    their importance: X here is the square root of D times X above.
    """

    def __init__(self, index: Index, literal: LiteralRows, importance: Floats) -> None:
        self.roots = tuple(np.float32(np.sqrt(share)) for share in index.shares)
        self.scales: Floats = np.sqrt(importance)
        self._literal = literal.scaled(self.scales * self.roots[0])
        self._meanings: Floats = index.meanings.floats() * (self.scales * self.roots[1])[:, None]
        self.width, self.dimensions = self._literal.width, int(self._meanings.shape[1])

    def weights(self, values: Floats) -> Floats:
        """The sum of the rows, weighted by `values`: X'V."""
        return np.concatenate([self._literal.weights(values), self._meanings.T @ values])

    def similar(self, values: Floats) -> Floats:
        """For each row, the sum of its similarities to all rows, weighted by `values`: XX'V."""
        sums = self._literal.products(self._literal.weights(values))
        sums += self._meanings @ (self._meanings.T @ values)
        return sums


def _solve(rows: _Rows, targets: NDArray[np.bool_]) -> Floats:
    """The weight of each phrasing in the weights of some labels.

    All vectors of the method lie in the span of the rows: weights, residual and direction are X' times the vectors
    here. There are three times as many features as phrasings, and memory bandwidth is the bottleneck.
    """
    residual = rows.scales[:, None] * targets
    taken, direction, ahead, image, scaled = (np.zeros_like(residual) for _ in range(5))
    size = np.full(targets.shape[1], np.inf, np.float32)
    for _ in range(_STEPS):
        similar = rows.similar(residual)
        size, previous = np.einsum("pl,pl->l", residual, similar), size
        share = size / np.maximum(previous, 1e-12)
        direction *= share
        direction += residual
        ahead *= share
        ahead += similar
        np.multiply(direction, np.float32(_RIDGE), out=image)
        image += ahead
        step = size / np.maximum(np.einsum("pl,pl->l", ahead, image), 1e-12)
        taken += np.multiply(direction, step, out=scaled)
        residual -= np.multiply(image, step, out=scaled)
    return taken


# --- Softmax regression ---

#: The weight of the fit against the penalty, and the steps of the solver; more steps change no ranking.
_FIT, _SOFTMAX_STEPS = 30.0, 60


@dataclass(frozen=True, slots=True)
class SoftmaxHead:
    """Weights of phrasings for entries: the dual form of a linear model."""

    weights: Floats  #: phrasings x entries

    def shares(self, similarities: Floats) -> Floats:
        """Softmax over the entries, for rows of similarities to the phrasings; each row sums to 1."""
        return _softmax(similarities @ self.weights)


def train_head(kernel: Floats, owners: Integers, entries: int) -> SoftmaxHead:
    """Multinomial logistic regression in its dual form; `kernel` holds the similarities between the phrasings.

    Accelerated gradient steps (Nesterov, 1983) in function space: O(steps x phrasings² x entries).
    """
    wanted = np.zeros((len(owners), entries), np.float32)
    wanted[np.arange(len(owners)), owners] = 1
    # An upper bound of the curvature: half of the kernel's largest eigenvalue for the softmax, one for the ridge.
    bend = 1 + _FIT * _largest_eigenvalue(kernel) / 2
    keep = (sqrt(bend) - 1) / (sqrt(bend) + 1)
    weights = ahead = np.zeros_like(wanted)
    for _ in range(_SOFTMAX_STEPS):
        slope = _FIT * (_softmax(kernel @ ahead) - wanted) + ahead
        last, weights = weights, ahead - slope / np.float32(bend)
        ahead = weights + np.float32(keep) * (weights - last)
    return SoftmaxHead(weights)


def _largest_eigenvalue(kernel: Floats) -> float:
    """By power iteration; a few steps come close enough from below, and the largest row sum bounds it from above."""
    vector = np.ones(len(kernel), np.float32)
    for _ in range(20):
        vector = kernel @ vector
        vector /= max(np.linalg.norm(vector), np.float32(1e-12))  # phrasings without words are all zero
    return float(vector @ (kernel @ vector))


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result
