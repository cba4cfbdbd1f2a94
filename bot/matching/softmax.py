"""A trained head: softmax regression over the phrasings, for entries that have several of them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from bot.matching.index import Floats, Integers

#: How much fitting the phrasings counts against small weights, and the steps of the solver: more change no ranking.
_FIT, _STEPS = 30.0, 60


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
    for _ in range(_STEPS):
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
