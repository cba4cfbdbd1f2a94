"""Chooses a fact to show beside a card, if no rule says that the fact is asked for but it probably is.

"Can you skate after dark?" names no aspect and shares no word with "The ramps are lit until 10 pm"; that statement is
merely closer to the question than the card is. The probability that a fact is asked for comes from a conditional logit
over the card and the facts. `tests/evaluation_data/fact_weights.py` fitted its weights to the questions of all cities.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.answers.answer import Finding, Match
from bot.answers.learning.engine import Scores
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import PLAIN_ASPECTS, Candidate, is_asked_for_its_date, tells_hours
from bot.knowledge import Fact
from bot.knowledge.denials import denies
from bot.matching.arrays import Floats

#: What each signal of `possible_extra_facts` adds to the log-odds of a fact over the card.
WEIGHTS = np.array([-2.62, 5.98, 1.92, 2.24, 0.37, 1.54, -1.50, -0.81, 1.05])
#: A fact is shown from this probability on: an extra sentence costs half as much as a missing one.
WORTH_TELLING = 1 / 3


@dataclass(frozen=True, slots=True)
class PossibleFact:
    """A fact that may be shown beside a card, with its signals."""

    candidate: Candidate
    signals: tuple[float, ...]


def extra_fact(
    match: Match, candidates: Sequence[Candidate], scores: Scores, meant: QueryAnalysis, snapshot: Snapshot
) -> Finding | None:
    """The fact that is probably asked for, if none certainly is; None if no fact is likely enough."""
    found = possible_extra_facts(match, candidates, scores, meant, snapshot)
    if not found:
        return None
    probabilities = probabilities_of(np.array([each.signals for each in found]), WEIGHTS)
    best = int(probabilities.argmax())
    if probabilities[best] < WORTH_TELLING:
        return None
    candidate = found[best].candidate
    project = snapshot.knowledge.project_by_id.get(candidate.owner)
    if project and not match.project and meant.asks_aspect((*PLAIN_ASPECTS, "how-many")):
        return None  # the number of houses in one project does not answer for another
    return Finding(replace(match, project=project) if project else match, candidate.fact)


def possible_extra_facts(
    match: Match, candidates: Sequence[Candidate], scores: Scores, meant: QueryAnalysis, snapshot: Snapshot
) -> list[PossibleFact]:
    """The facts of a match that may be shown beside its card: those that state something."""
    engine = snapshot.engine
    general = engine.places_of_entry[match.project.id if match.project else AREA + match.area.id]
    card = float(scores.meanings[general].max())
    dated = is_asked_for_its_date(match.project, meant)
    stating = [each for each in candidates if not denies(each.fact.statement)]
    if dated:
        stating = [each for each in stating if not _tells_another_date(each.fact)]
    leads = _leads(match, stating, scores, snapshot)

    def signals_of(candidate: Candidate) -> tuple[float, ...]:
        return (
            1.0,
            candidate.meaning - card,
            candidate.meaning,
            candidate.share,
            candidate.is_new,
            meant.asks_aspect(candidate.answers),
            dated,  # the card answers it
            match.project is None and candidate.owner.startswith(AREA),
            leads[candidate.owner],
        )

    return [PossibleFact(candidate, signals_of(candidate)) for candidate in stating]


def _tells_another_date(fact: Fact) -> bool:
    """Whether a fact gives a date other than the requested one on the card; hours and durations do not count."""
    if "when" not in fact.answers or "how-many" in fact.answers:
        return False
    return not any(map(tells_hours, fact.statement.texts))


def _leads(match: Match, candidates: Sequence[Candidate], scores: Scores, snapshot: Snapshot) -> dict[str, float]:
    """How much better each owner of facts fits than its area as a whole; 0 if a project is meant."""
    owners = dict.fromkeys((each.owner for each in candidates), 0.0)
    if match.project:
        return owners
    whole = AREA + match.area.id
    corrected = snapshot.engine.corrected_entry_scores([whole, *(owner for owner in owners if owner != whole)], scores)
    return {owner: corrected[owner] - corrected[whole] for owner in owners}


def probabilities_of(signals: Floats, weights: Floats) -> Floats:
    """The probability that each fact is asked for; one row of signals per fact. The remainder belongs to the card."""
    odds = np.exp(signals @ weights)
    probabilities: Floats = odds / (1 + odds.sum())
    return probabilities
