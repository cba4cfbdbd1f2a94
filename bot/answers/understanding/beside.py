"""A fact that is told beside a card: no rule says that it is asked for, and yet it probably is.

"Can you skate after dark?" names no aspect and has no word of "The ramps are lit until 10 pm"; the statement is merely
nearer to it than the card is. How probable it is that a fact is asked for is a conditional logit over the card and the
facts. Its weights were fitted by `tests/evaluation_data/fact_weights.py` to the questions of all cities.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.answers.answer import Finding, Match
from bot.answers.learning.engine import Reading
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import PLAIN_ASPECTS, Candidate, is_asked_for_its_date
from bot.answers.understanding.listed_services import tells_hours
from bot.knowledge import Fact
from bot.knowledge.denials import denies
from bot.matching.index import Floats

#: What each signal of `facts_beside` adds to the log-odds of a fact against the card.
WEIGHTS = np.array([-2.62, 5.98, 1.92, 2.24, 0.37, 1.54, -1.50, -0.81, 1.05])
#: From this probability on a fact is told beside the card: a sentence too many is worth half of one that was asked for.
WORTH_TELLING = 1 / 3


@dataclass(frozen=True, slots=True)
class Beside:
    """A fact that may be told beside a card, with what tells how probably it is asked for."""

    candidate: Candidate
    signals: tuple[float, ...]


def fact_beside(
    match: Match, candidates: Sequence[Candidate], reading: Reading, meant: QueryAnalysis, snapshot: Snapshot
) -> Finding | None:
    """The fact that is probably asked for, where a match has none that is certainly; None where that is unlikely."""
    found = facts_beside(match, candidates, reading, meant, snapshot)
    if not found:
        return None
    probabilities = probabilities_of(np.array([each.signals for each in found]), WEIGHTS)
    best = int(probabilities.argmax())
    if probabilities[best] < WORTH_TELLING:
        return None
    candidate = found[best].candidate
    project = snapshot.knowledge.project_by_id.get(candidate.owner)
    if project and not match.project and meant.asks_aspect((*PLAIN_ASPECTS, "how-many")):
        return None  # how many houses one project concerns is not how many another one does
    return Finding(replace(match, project=project) if project else match, candidate.fact)


def facts_beside(
    match: Match, candidates: Sequence[Candidate], reading: Reading, meant: QueryAnalysis, snapshot: Snapshot
) -> list[Beside]:
    """The facts that may be told beside the card of a match: those that state something."""
    engine = snapshot.engine
    general = engine.places_of_entry[match.project.id if match.project else AREA + match.area.id]
    card = float(reading.meanings[general].max())
    dated = is_asked_for_its_date(match.project, meant)
    stating = [each for each in candidates if not denies(each.fact.statement)]
    if dated:
        stating = [each for each in stating if not _tells_another_date(each.fact)]
    leads = _leads(match, stating, reading, snapshot)

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

    return [Beside(candidate, signals_of(candidate)) for candidate in stating]


def _tells_another_date(fact: Fact) -> bool:
    """Whether a fact tells another date than the card, which shows the asked one; hours and durations are no dates."""
    if "when" not in fact.answers or "how-many" in fact.answers:
        return False
    return not any(map(tells_hours, fact.statement.texts))


def _leads(match: Match, candidates: Sequence[Candidate], reading: Reading, snapshot: Snapshot) -> dict[str, float]:
    """By how much each owner of facts fits better than its area as a whole; 0 where a project is meant."""
    owners = dict.fromkeys((each.owner for each in candidates), 0.0)
    if match.project:
        return owners
    whole = AREA + match.area.id
    scores = snapshot.engine.scores_beside([whole, *(owner for owner in owners if owner != whole)], reading)
    return {owner: scores[owner] - scores[whole] for owner in owners}


def probabilities_of(signals: Floats, weights: Floats) -> Floats:
    """How probably each fact is asked for, a row of signals each; what is left is the probability of the card."""
    odds = np.exp(signals @ weights)
    probabilities: Floats = odds / (1 + odds.sum())
    return probabilities
