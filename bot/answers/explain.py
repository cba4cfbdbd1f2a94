"""Why a question got its answer: everything that the decision is based on, as one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.answers.answer import Answer, NotFound, Overview, Smalltalk, matches_of
from bot.answers.decision import Decision
from bot.answers.learning.confidence import CONFIDENCE, IN_SCOPE, RIGHT_AREA, Signals
from bot.answers.learning.engine import Engine, Scores
from bot.answers.learning.phrasings import AREA
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from bot.answers.understanding.interpretation import Interpretation
from bot.matching.arrays import Floats
from bot.matching.classifier import Classifier

#: How many labels and entries, and how many features, are shown.
_CANDIDATES, _FEATURES = 5, 8


@dataclass(frozen=True, slots=True)
class Nearest:
    """The phrasing nearest to a question."""

    text: str
    similarity: float  #: cosine similarity, 0 to 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a question may be about, with its scores."""

    id: str  #: a label or an entry
    score: float  #: about 1 if the question is typical of it, about 0 if not
    nearest: Nearest | None  #: None if no phrasing of it shares anything with the question
    meaning: float  #: the part of the score that comes from the meaning; negative if the meaning contradicts
    words: float  #: the part that comes from words and pairs of words
    letters: float  #: the part that comes from groups of letters
    parts: float  #: the part that the message's parts add, each read separately; the four add up to the score


@dataclass(frozen=True, slots=True)
class Signal:
    """One input of the confidence."""

    name: str
    value: float
    part: float  #: its contribution to the log-odds, relative to a typical phrasing of the knowledge


@dataclass(frozen=True, slots=True)
class Feature:
    """A word, a word pair, a group of letters or the meaning of a question, and its weight for the best area."""

    text: str
    kind: Literal["words", "letters", "meaning"]
    contribution: float  #: its weight in the question times its weight for the area


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this is the answer. `minsheng ask --explain --json` prints these fields and those of the classes above.

    Scripts may rely on the names; new fields may be added.
    """

    question: str  #: the text as read: normalised, and without small talk
    content: tuple[str, ...]  #: content stems, and pairs of Chinese characters
    aspects: tuple[str, ...]  #: the requested aspects, in order
    known: float  #: how much of the words' weight the knowledge covers, 0 to 1
    labels: tuple[Candidate, ...]  #: the five labels that fit best, best first
    entries: tuple[Candidate, ...]  #: the five projects or whole areas that fit best, best first
    area: str  #: the id of the best area
    features: tuple[Feature, ...]  #: the eight that contribute most to the best area, for the message as a whole
    signals: tuple[Signal, ...]  #: the inputs of the confidence
    confidence: float  #: the probability that the best area was asked for
    in_scope: float  #: the probability that any area was asked for
    answers_from: float  #: from this confidence on, answering costs less than asking back or refusing
    asks_from: float  #: from this `in_scope` on, asking back costs less than refusing
    decision: str  #: the kind of Answer: Found, Overview, Several, Unsure, NotFound or Smalltalk
    about: tuple[str, ...]  #: ids of what is answered or offered; otherwise the topic elsewhere, status or intent
    leaned_on: Focus | None  #: the focus, if the answer depends on it


def explain(decision: Decision, snapshot: Snapshot) -> Explanation:
    """Explain a decision; O(phrasings + features of the knowledge)."""
    interpretation, engine = decision.interpretation, snapshot.engine
    scores, area, costs = interpretation.scores, interpretation.areas[0][0], snapshot.knowledge.city.costs
    labels = [phrasing.label for phrasing in engine.phrasings]
    entries = [phrasing.entry for phrasing in engine.phrasings]
    return Explanation(
        question=interpretation.query.text,
        content=decision.analysis.content,
        aspects=decision.analysis.aspects,
        known=scores.vector.known,
        labels=_candidates(scores.labels, engine.learned.by_label, labels, scores, engine),
        entries=_candidates(scores.entries, engine.learned.by_entry, entries, scores, engine),
        area=area,
        features=_features(interpretation, snapshot),
        signals=_signals(interpretation.signals),
        confidence=interpretation.confidence,
        in_scope=interpretation.in_scope,
        answers_from=1 - min(costs.ask, interpretation.in_scope * costs.refuse) / costs.wrong,
        asks_from=costs.ask / costs.refuse,
        decision=type(decision.answer).__name__,
        about=_ids_in(decision.answer),
        leaned_on=decision.used_focus,
    )


def _signals(signals: Signals) -> tuple[Signal, ...]:
    """The inputs of the confidence, each with its contribution to the log-odds."""
    groups = (
        (IN_SCOPE, signals.in_scope(), CONFIDENCE.in_scope),
        (RIGHT_AREA, signals.right_area(), CONFIDENCE.right_area),
    )
    return tuple(
        Signal(name, value, part)
        for names, values, calibration in groups
        for name, value, part in zip(names, values, calibration.parts(values), strict=True)
    )


def _candidates(
    all_scores: Floats, classifier: Classifier, owners: Sequence[str], scores: Scores, engine: Engine
) -> tuple[Candidate, ...]:
    """The best candidates; phrasing i belongs to `owners[i]`. The entry without a name means "no project or area"."""
    vector, texts = scores.vector, [phrasing.text for phrasing in engine.phrasings]
    columns = vector.columns.tolist()
    vocabulary, present = engine.learned.index.vocabulary, frozenset(columns)
    words = {column for name, column in vocabulary.items() if column in present and name.startswith(" ")}
    is_word = np.array([column in words for column in columns], bool)
    named = [int(place) for place in np.argsort(-all_scores, kind="stable") if classifier.labels[place]]
    candidates = []
    for place in named[:_CANDIDATES]:
        name, score = classifier.labels[place], float(all_scores[place])
        literal = vector.weights * classifier.weights[vector.columns, place]
        shares = (
            float(vector.meaning @ classifier.meanings[:, place]),
            float(literal[is_word].sum()),
            float(literal[~is_word].sum()),
        )
        nearest = _nearest(name, owners, texts, scores.similarities)
        candidates.append(Candidate(name, score, nearest, *shares, parts=score - sum(shares)))
    return tuple(candidates)


def _nearest(name: str, owners: Sequence[str], texts: Sequence[str], similarities: Floats) -> Nearest | None:
    """The nearest of the phrasings that belong to a label or an entry."""
    places = (place for place, owner in enumerate(owners) if owner == name)
    nearest = max(places, key=lambda place: similarities[place], default=None)
    if nearest is None or similarities[nearest] <= 0:
        return None
    return Nearest(texts[nearest], float(similarities[nearest]))


def _features(interpretation: Interpretation, snapshot: Snapshot) -> tuple[Feature, ...]:
    """The features of the question, and its meaning, that contribute most to the best area, largest first."""
    engine, vector, label = (
        snapshot.engine,
        interpretation.scores.vector,
        AREA + interpretation.areas[0][0],
    )
    classifier, vocabulary = engine.learned.by_label, engine.learned.index.vocabulary
    column = classifier.labels.index(label)
    contributions = vector.weights * classifier.weights[vector.columns, column]
    order = np.argsort(-contributions, kind="stable")[:_FEATURES]
    telling = {int(vector.columns[place]): float(contributions[place]) for place in order if contributions[place] > 0}
    names = {column: name for name, column in vocabulary.items() if column in telling}
    features = [
        Feature(names[column].removeprefix(" "), "words" if names[column].startswith(" ") else "letters", share)
        for column, share in telling.items()
    ]
    meant = float(interpretation.scores.labels[column]) - float(contributions.sum())
    if vector.meaning.any() and meant > 0:
        features.append(Feature("(the whole question)", "meaning", meant))
    return tuple(sorted(features, key=lambda feature: -feature.contribution)[:_FEATURES])


def _ids_in(answer: Answer) -> tuple[str, ...]:
    match answer:
        case NotFound(topic=topic):
            return (topic.id,) if topic else ()
        case Overview(status=status):
            return (status,) if status else ()
        case Smalltalk(intent=intent):
            return (intent,)
        case _:
            return tuple(match.id for match in matches_of(answer))
