"""Which fact of a project or area a question asks for."""

from bot.core.answers import Match
from bot.core.knowledge import Aspect, Fact
from bot.core.lexicon import Gist
from bot.core.matching.index import Floats
from bot.core.matching.understanding import AREA, Understanding
from bot.core.snapshot import Snapshot

#: A fact whose aspect was asked needs a question at least so close; another one, a question so close.
_CLOSE_WITH_ASPECT, _CLOSE_ALONE = 0.2, 0.45
#: An asked aspect counts as much as this much closeness.
_ASPECT = 0.2


def choose_facts(match: Match, similarities: Floats, meant: Gist, snapshot: Snapshot) -> tuple[Fact, ...]:
    """The fact that a question about `match` asks for, at most one; none when it asks for nothing special.

    `similarities` are those of the question with each phrasing.
    """
    understanding = snapshot.understanding
    asked = [
        (
            _closeness(owner, fact, similarities, understanding),
            bool(set(fact.answers) & set(meant.aspects)),
            fact,
        )
        for owner, facts in _owners(match, snapshot)
        for fact in facts
    ]
    if not asked:
        return ()
    closeness, has_aspect, best = max(asked, key=lambda fact: fact[0] + _ASPECT * fact[1])
    if has_aspect:
        return (best,) if closeness >= _CLOSE_WITH_ASPECT else ()
    if any(aspect in open_aspects_of(match, snapshot) for aspect in meant.aspects):
        return ()
    generally = _closest_general(match, similarities, understanding)
    return (best,) if closeness >= max(_CLOSE_ALONE, generally) else ()


def _owners(match: Match, snapshot: Snapshot) -> list[tuple[str, tuple[Fact, ...]]]:
    """Entries whose facts may answer a question about a project, or about an area with all its projects."""
    if match.project:
        return [(match.project.id, match.project.facts)]
    projects = snapshot.knowledge.projects_of(match.area.id)
    return [(AREA + match.area.id, match.area.facts), *((project.id, project.facts) for project in projects)]


def open_aspects_of(match: Match, snapshot: Snapshot) -> set[Aspect]:
    """What the source leaves open about a project, or about every project of an area."""
    projects = [match.project] if match.project else snapshot.knowledge.projects_of(match.area.id)
    return set.intersection(*(set(project.left_open) for project in projects)) if projects else set()


def _closeness(owner: str, fact: Fact, similarities: Floats, understanding: Understanding) -> float:
    places = understanding.places_of_fact.get((owner, fact.id))
    return 0.0 if places is None else float(similarities[places].max())


def _closest_general(match: Match, similarities: Floats, understanding: Understanding) -> float:
    """How close the phrasings come that ask for no fact in particular."""
    entry = match.project.id if match.project else AREA + match.area.id
    return float(similarities[understanding.places_of_entry[entry]].max())
