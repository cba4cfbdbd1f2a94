"""The probability that a question is about the best area, or about any, from its scores and its nearest phrasings.

The weights are the same for every city. `tests/evaluation_data/confidence_weights.py` fitted them to questions asked of
many knowledge files of all sizes, the smallest with three areas, one language and one phrasing per entry. They cannot
be fitted to a file alone: questions made from its own phrasings are closer to it than those of citizens. Two weights,
those of the wealth and the scarcity of phrasings, were chosen by hand (docs/experiments.md).
"""

from dataclasses import dataclass
from math import log, log1p

import numpy as np

from bot.matching.calibration import Calibration

#: Small talk counts half against an area: a person who greets and names a subject means the subject.
_SMALLTALK_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the best of a set of labels fits a question."""

    score: float  #: of the classifier: about 1 if the question is typical, about 0 if not
    nearest: float  #: the similarity of the nearest phrasing, at most 1


@dataclass(frozen=True, slots=True)
class Signals:
    """The inputs of the confidence."""

    area: Fit  #: of the best area
    second: Fit  #: of the other areas: the second score, and the nearest phrasing
    topic: Fit  #: of the best topic elsewhere
    smalltalk: Fit
    meaning: float  #: the similarity of the best area's nearest phrasing by meaning alone
    second_meaning: float  #: the same for any other area
    known: float  #: the share of the question's words that the knowledge has, by weight
    wealth: float  #: that of the best area, see `wealth_of`
    scarcity: float  #: of phrasings in the file, see `scarcity_of`
    length: int  #: tokens of the question

    def in_scope(self) -> tuple[float, ...]:
        """The signals that show whether any area is meant; see `IN_SCOPE`."""
        other = max(self.topic.nearest, _SMALLTALK_WEIGHT * self.smalltalk.nearest)
        return (
            self.area.score,
            max(self.topic.score, 0.0),
            max(self.smalltalk.score, 0.0),
            self.area.nearest,
            self.area.nearest - other,
            self.known,
            self.wealth,
            self.meaning,
            max(self.second.score, 0.0),
            log1p(self.length),
            self.scarcity,
        )

    def right_area(self) -> tuple[float, ...]:
        """The signals that show whether the best area is meant, if any is; see `RIGHT_AREA`."""
        return (
            self.area.score - self.second.score,
            self.area.nearest - self.second.nearest,
            self.meaning - self.second_meaning,
        )


#: The names of the signals, for explanations.
IN_SCOPE = (
    "score of the best area",
    "score of the best topic elsewhere",
    "score of the best small talk",
    "nearest phrasing of the best area",
    "its lead over the nearest of what is no area",
    "share of known words",
    "wealth of phrasings",
    "nearest meaning of the best area",
    "score of the second area",
    "length",
    "scarcity of phrasings",
)
RIGHT_AREA = (
    "lead over the second area",
    "lead of the nearest phrasing over those of other areas",
    "the same by meaning alone",
)


@dataclass(frozen=True, slots=True)
class Confidence:
    """The weights of the signals."""

    in_scope: Calibration  #: whether any area is meant
    right_area: Calibration  #: whether it is the best one, if any

    def weigh(self, signals: Signals) -> tuple[float, float]:
        """The probability that the best area was asked for, and that any area was."""
        in_scope = self.in_scope.probability(*signals.in_scope())
        return in_scope * self.right_area.probability(*signals.right_area()), in_scope


def wealth_of(phrasings: int) -> float:
    """0 for a file with few phrasings of its areas (about 1,000), 1 for very many (8,000), on a logarithmic scale.

    With many phrasings, one of them is close to any question.
    """
    return min(1.0, max(0.0, (log(1 + phrasings) - 7) / 2))


def scarcity_of(phrasings: int) -> float:
    """0 for a file with about 1,000 phrasings of its areas or more, 1 for about 150, on a logarithmic scale.

    With few phrasings, even a question about the list is far from all of them.
    """
    return min(1.0, max(0.0, (7 - log(1 + phrasings)) / 2))


def _fitted(weights: list[float], middle: list[float]) -> Calibration:
    return Calibration(np.array(weights), np.array(middle), np.ones(len(middle)))


CONFIDENCE = Confidence(
    in_scope=_fitted(
        [2.66, -2.49, 0.54, -2.8, 6.82, 0.86, -2.61, 8.11, 2.77, 0.93, 1.0, 2.15],
        [0.557, 0.325, 0.163, 0.345, 0.06, 0.829, 0.254, 0.451, 0.122, 2.172, 0.0],
    ),
    right_area=_fitted([4.81, 7.06, 3.13, 5.99], [0.65, 0.222, 0.171]),
)
