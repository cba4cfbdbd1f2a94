"""A linear classifier over the features of the index: which label a text most likely has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.matching.index import Floats, Index, Vector

#: Steps of the solver. Stopping early regularises; more steps changed no figure on held-out questions.
_STEPS = 8
_RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class Classifier:
    """Ridge regression, one label against the rest: about 1 for a typical text of a label, about 0 for others."""

    labels: tuple[str, ...]
    weights: Floats  #: features x labels

    def scores(self, vector: Vector) -> Floats:
        """How well each label fits; O(features of the text x labels)."""
        return vector.weights @ self.weights[vector.columns]


def train(index: Index, labels: Sequence[str], importance: Floats) -> Classifier:
    """Learn from the phrasings of an index; `labels[i]` is that of phrasing i, `importance[i]` how much it counts.

    Solves (X'DX + ridge) W = X'DY for all labels at once by conjugate gradients (Hestenes and Stiefel, 1952):
    O(steps x non-zeros x labels).
    """
    names = tuple(dict.fromkeys(labels))
    column = {name: position for position, name in enumerate(names)}
    targets = np.zeros((len(labels), len(names)), np.float32)
    targets[np.arange(len(labels)), [column[label] for label in labels]] = 1
    rows = index.postings.tocsr()
    return Classifier(labels=names, weights=_solve(rows, importance[:, None], targets))


def _solve(rows: sparse.csr_array, importance: Floats, targets: Floats) -> Floats:
    back = rows.T.tocsr()
    weights = np.zeros((rows.shape[1], targets.shape[1]), np.float32)
    residual: NDArray[np.float32] = back @ (importance * targets)
    direction, size = residual.copy(), np.einsum("fl,fl->l", residual, residual)
    for _ in range(_STEPS):
        image = back @ (importance * (rows @ direction)) + _RIDGE * direction
        step = size / np.maximum(np.einsum("fl,fl->l", direction, image), 1e-12)
        weights += step * direction
        residual -= step * image
        size, previous = np.einsum("fl,fl->l", residual, residual), size
        direction = residual + (size / np.maximum(previous, 1e-12)) * direction
    return weights
