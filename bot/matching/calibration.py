"""Turns scores into probabilities: a small logistic model, fitted on questions with a known answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from bot.matching.arrays import Doubles

#: Newton's method needs about six steps; the ridge keeps it finite if the signals separate the outcomes perfectly.
_STEPS, _RIDGE = 25, 0.02
#: Log-odds are clipped to this, which keeps `exp` finite.
_FARTHEST = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The probability of an event, given observed signals."""

    weights: Doubles  #: one for each signal, plus the constant
    middle: Doubles
    spread: Doubles

    def probabilities(self, signals: Doubles) -> Doubles:
        """The probability, between 0 and 1, for each row of signals."""
        return _logistic(_standard(signals, self.middle, self.spread) @ self.weights)

    def probability(self, *signals: float) -> float:
        """The probability for one observation, without the cost of arrays."""
        value = float(self.weights[-1]) + sum(self.parts(signals))
        return 1 / (1 + exp(-max(-_FARTHEST, min(_FARTHEST, value))))

    def parts(self, signals: Sequence[float]) -> list[float]:
        """What each signal adds to the log-odds, relative to an observation with average signals."""
        scales = zip(signals, self.middle.tolist(), self.spread.tolist(), self.weights.tolist(), strict=False)
        return [(signal - middle) / spread * weight for signal, middle, spread, weight in scales]


def calibrate(signals: Doubles, outcomes: Doubles, importance: Doubles) -> Calibration:
    """Fit a ridge-regularised logistic regression by Newton's method (Cox, 1958).

    `signals` is observations x signals; `outcomes` is 1 if the event occurred, else 0; `importance` is the weight of
    each observation. O(steps x observations x signals²). Never fails, even if all outcomes are equal.
    """
    middle, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    rows = _standard(signals, middle, spread)
    ridge = np.diag([_RIDGE] * signals.shape[1] + [_RIDGE / 10])
    weights = np.zeros(rows.shape[1])
    importance = importance / importance.mean()
    for _ in range(_STEPS):
        expected = _logistic(rows @ weights)
        slope = rows.T @ (importance * (outcomes - expected)) - ridge @ weights
        curvature = (rows * (importance * expected * (1 - expected))[:, None]).T @ rows + ridge
        weights = weights + np.clip(np.linalg.solve(curvature, slope), -2.0, 2.0)
    return Calibration(weights, middle, spread)


def cutoff(probabilities: Doubles, outcomes: Doubles, importance: Doubles, precision: float) -> float:
    """The lowest probability above which at least the share `precision` of the answers is right.

    More than 1 if there is no such probability; then nothing should be answered.
    """
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum((outcomes * importance)[order]) / np.cumsum(importance[order])
    # Observations with equal probability are answered together, so only the last of them can be the lowest.
    last = np.append(np.diff(probabilities[order]) < 0, True)
    good = np.flatnonzero((right >= precision) & last)
    return float(probabilities[order[good[-1]]]) if len(good) else 1.01


def _standard(signals: Doubles, middle: Doubles, spread: Doubles) -> Doubles:
    return np.column_stack([(signals - middle) / spread, np.ones(len(signals))])


def _logistic(values: Doubles) -> Doubles:
    result: Doubles = 1 / (1 + np.exp(-np.clip(values, -_FARTHEST, _FARTHEST)))
    return result
