"""Which fact of a project or area a question asks for."""

from bot.core.answers import Match
from bot.core.knowledge import Fact
from bot.core.lexicon import Gist
from bot.core.matching.understanding import AREA, Reading
from bot.core.snapshot import Snapshot

#: A fact must be asked for at least so clearly; an aspect that was asked counts as much as this.
_CLEAR, _ASPECT = 0.34, 0.2


def choose_facts(match: Match, reading: Reading, meant: Gist, snapshot: Snapshot) -> tuple[Fact, ...]:
    """The fact that a question about `match` asks for, at most one; none when it asks for nothing special."""
    if match.project:
        owners: list[tuple[str, tuple[Fact, ...]]] = [(match.project.id, match.project.facts)]
    else:
        projects = snapshot.knowledge.projects_of(match.area.id)
        owners = [(AREA + match.area.id, match.area.facts), *((project.id, project.facts) for project in projects)]
    asked = [
        (_closeness(owner, fact, reading, snapshot) + _ASPECT * bool(set(fact.answers) & set(meant.aspects)), fact)
        for owner, facts in owners
        for fact in facts
    ]
    score, best = max(asked, key=lambda scored: scored[0], default=(0.0, None))
    if best is None or score < _CLEAR or _asks_something_else(best, meant, match):
        return ()
    return (best,)


def _closeness(owner: str, fact: Fact, reading: Reading, snapshot: Snapshot) -> float:
    places = snapshot.understanding.places_of_fact.get((owner, fact.id), ())
    return max((float(reading.similarities[place]) for place in places), default=0.0)


def _asks_something_else(fact: Fact, meant: Gist, match: Match) -> bool:
    """Whether an aspect is asked that this fact does not answer and that the source leaves open."""
    if not match.project or set(fact.answers) & set(meant.aspects):
        return False
    return any(aspect in match.project.left_open for aspect in meant.aspects)
