"""How sure a reading is: learned from the phrasings of the knowledge itself, at each load.

A part of the phrasings is kept out of the training of a second classifier and then asked of it; some topics elsewhere
are kept out altogether, so that their phrasings are questions about something that nobody has thought of. What a score
or a lead is worth in a file is thus read from that file, and no labelled questions are needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.calibration import Calibration, Doubles, Flags, calibrate
from bot.matching.classifier import train
from bot.matching.index import Floats, Index

#: What a label begins with: an area, a topic elsewhere, talk with the bot, a wish for the whole list.
AREA, TOPIC, TALK, OVERVIEW = "area:", "topic:", "talk:", "overview:"

#: Somebody who names a matter means the matter, however chatty the rest.
_TALK_WEIGHT = 0.5

#: Each so many-th phrasing is kept out, and each so many-th topic elsewhere.
_KEPT_OUT = 6
#: How many questions are about the list, and how many of the others about what no topic elsewhere names.
_ABOUT_THE_LIST, _UNHEARD_OF = 0.8, 0.3
#: With fewer phrasings kept out on either side nothing can be learned from them.
_ENOUGH = 60


@dataclass(frozen=True, slots=True)
class Signals:
    """What confidence is judged by."""

    best: float  #: score of the best area
    lead: float  #: how far it is ahead of the best rival that is no area; small talk counts half
    ahead: float  #: how far it is ahead of the second area


@dataclass(frozen=True, slots=True)
class Confidence:
    """What signals are worth."""

    in_scope: Calibration  #: from the best score and its lead: whether any area is meant
    right_area: Calibration  #: from the lead over the second area: whether it is the best one, if any

    def weigh(self, signals: Signals) -> tuple[float, float]:
        """The probability that the best area is what was asked for, and that any area is."""
        in_scope = self.in_scope.probability(signals.best, signals.lead)
        right = self.right_area.probability(signals.ahead)
        return in_scope * right, in_scope


#: What is taken for granted in a file with too few phrasings to learn it from: the values of Harbin's.
USUAL = Confidence(
    Calibration(np.array([2.4, 6.7, -1.3]), np.zeros(2), np.ones(2)),
    Calibration(np.array([9.2, 0.1]), np.zeros(1), np.ones(1)),
)


def signals_of(areas: Sequence[float], topic: float, talk: float) -> Signals:
    """The signals of one reading, from the scores of the areas, best first, of the best topic and the best talk."""
    second = areas[1] if len(areas) > 1 else 0.0
    return Signals(areas[0], areas[0] - max(topic, _TALK_WEIGHT * talk, 0.0), areas[0] - second)


def learn_confidence(index: Index, labels: Sequence[str], importance: Floats, spoken: Flags) -> Confidence:
    """Confidence learned from phrasings; `labels[i]` is that of phrasing i, `spoken[i]` whether people talk like that.

    Costs one training of the classifier.
    """
    places = np.arange(len(labels))
    topics = [label for label in dict.fromkeys(labels) if label.startswith(TOPIC)]
    unheard = set(topics[::_KEPT_OUT])
    strange = np.array([label in unheard for label in labels])
    asked = (strange | (places % _KEPT_OUT == 0)) & spoken
    inside = np.array([label.startswith(AREA) for label in labels])
    if min((asked & inside).sum(), (asked & ~inside).sum()) < _ENOUGH:
        return USUAL
    classifier = train(index, labels, importance * ~(strange | asked))
    chosen = np.flatnonzero(asked)
    scores = index.postings.tocsr()[chosen] @ classifier.weights
    signals, areas = _observed(scores, classifier.labels, unheard)
    right = np.array([labels[place] == area for place, area in zip(chosen.tolist(), areas, strict=True)])
    within = inside[chosen]
    return Confidence(
        calibrate(signals[:, :2], within.astype(np.float64), _importance(within, strange[chosen])),
        calibrate(signals[within, 2:], right[within].astype(np.float64), np.ones(int(within.sum()))),
    )


def _observed(scores: Floats, labels: Sequence[str], unheard: set[str]) -> tuple[Doubles, list[str]]:
    """The signals of each row of scores, and its best area; topics that are unheard of are no rivals."""
    columns = {
        kind: [place for place, label in enumerate(labels) if label.startswith(begin) and label not in unheard]
        for kind, begin in (("area", AREA), ("topic", TOPIC), ("talk", (TALK, OVERVIEW)))
    }
    areas = np.sort(scores[:, columns["area"]], axis=1)[:, ::-1]
    topic, talk = (scores[:, columns[kind]].max(axis=1, initial=0.0) for kind in ("topic", "talk"))
    rows = [signals_of(*row) for row in zip(areas.tolist(), topic.tolist(), talk.tolist(), strict=True)]
    best = scores[:, columns["area"]].argmax(axis=1)
    return (
        np.array([(row.best, row.lead, row.ahead) for row in rows]),
        [labels[columns["area"][place]] for place in best],
    )


def _importance(within: Flags, strange: Flags) -> Doubles:
    """What each observation counts, so that together they are as frequent as citizens' questions are."""
    groups = (
        (within, _ABOUT_THE_LIST),
        (strange, (1 - _ABOUT_THE_LIST) * _UNHEARD_OF),
        (~within & ~strange, (1 - _ABOUT_THE_LIST) * (1 - _UNHEARD_OF)),
    )
    importance = np.zeros(len(within))
    for group, share in groups:
        importance[group] = share / max(1, int(group.sum()))
    return importance
