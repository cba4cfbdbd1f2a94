"""Which fact of a project or area a question asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answers.answer import Finding, Match
from bot.answers.engine import AREA, Engine
from bot.answers.snapshot import Snapshot
from bot.answers.vocabulary import QueryAnalysis
from bot.knowledge import Aspect, Fact, Project
from bot.knowledge.denials import denies, states
from bot.matching.features import stem
from bot.matching.index import Floats
from bot.matching.normalize import is_han

#: A fact whose aspect was asked needs a question at least so close; another one, a question so close.
_CLOSE_WITH_ASPECT, _CLOSE_ALONE = 0.15, 0.42
#: An asked aspect counts as much as this much closeness.
_ASPECT = 0.35
#: So do words of the question that a fact says, and its project does not ("built", "renovated").
_STATED = 0.15
#: A fact that says this share of them is asked for, whatever comes closer.
_MOSTLY_STATED = 0.5
#: And so does a fact about all that was asked for, beside one about a single project.
_WHOLE = 0.08
_NO_WORDS: frozenset[str] = frozenset()
#: Aspects with one answer: when a project has just one fact about it, that is the answer.
PLAIN_ASPECTS: tuple[Aspect, ...] = ("cost", "when", "where")


def find_fact(match: Match, similarities: Floats, meant: QueryAnalysis, snapshot: Snapshot) -> Finding:
    """The match with the fact that a question about it asks for, or with the asked aspect that the source leaves open.

    A fact about one project makes the answer one about that project. `similarities` are those of the question with
    each phrasing.
    """
    left_open = open_aspects(match, snapshot)
    closeness, owner, fact = _asked_fact(match, similarities, meant, left_open, snapshot)
    if fact is None:
        match = _with_the_date(match, meant, snapshot)
        return Finding(match, left_open=next((aspect for aspect in meant.aspects if aspect in left_open), None))
    projects = snapshot.knowledge.project_by_id
    concerned = tuple(projects[name] for name in (fact.concerns or (owner,)) if name in projects)
    if len(concerned) == 1 and closeness >= _CLOSE_ALONE:
        match = replace(match, project=concerned[0])
    return Finding(match, fact, concerned if len(concerned) > 1 else ())


def _with_the_date(match: Match, meant: QueryAnalysis, snapshot: Snapshot) -> Match:
    """The one project of an area that has a date, when a date is asked of the area."""
    if match.project or not meant.asks_aspect(("when",)):
        return match
    dated = [project for project in snapshot.knowledge.projects_of(match.area.id) if states(project, "when")]
    return replace(match, project=dated[0]) if len(dated) == 1 else match


def _asked_fact(
    match: Match, similarities: Floats, meant: QueryAnalysis, left_open: set[Aspect], snapshot: Snapshot
) -> tuple[float, str, Fact | None]:
    """The fact that is asked for, whose it is, and how closely it is asked; None when nothing special is asked."""
    understanding = snapshot.understanding
    said = _stems_of(meant)
    candidates = [
        _Candidate(
            owner, fact, _closeness(owner, fact, similarities, understanding), _share(said, owner, fact, understanding)
        )
        for owner, facts in _owners(match, snapshot)
        for fact in facts
    ]
    best = max(candidates, key=lambda candidate: candidate.fit(meant), default=None)
    nothing = (0.0, "", None)
    generally = _closest_general(match, similarities, understanding)
    asked = best is not None and meant.asks_aspect(best.fact.answers)
    if best and asked and best.closeness >= _CLOSE_WITH_ASPECT:
        return best.closeness, best.owner, best.fact
    if match.project and (only := _only_fact(match.project, meant)):
        return _CLOSE_WITH_ASPECT, match.project.id, only
    if best is None or asked or meant.asks_aspect(left_open) or _is_asked_for_its_date(match.project, meant):
        return nothing
    stated = match.project and best.share >= _MOSTLY_STATED and best.closeness >= _CLOSE_WITH_ASPECT
    if stated or (not meant.asks_aspect(PLAIN_ASPECTS) and best.closeness >= max(_CLOSE_ALONE, generally)):
        return best.closeness, best.owner, best.fact
    return nothing


def _is_asked_for_its_date(project: Project | None, meant: QueryAnalysis) -> bool:
    """Whether the date on which a project is to be finished, which its card shows, is the answer."""
    return project is not None and project.expected_completion is not None and meant.asks_aspect(("when",))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A fact that may be asked for."""

    owner: str  #: the entry
    fact: Fact
    closeness: float  #: the similarity of its nearest phrasing
    share: float  #: see `_share`

    def fit(self, meant: QueryAnalysis) -> float:
        whole = self.owner.startswith(AREA)
        aspect = meant.asks_aspect(self.fact.answers)
        return self.closeness + _ASPECT * aspect + _STATED * self.share + _WHOLE * whole


def _stems_of(meant: QueryAnalysis) -> frozenset[str]:
    """The stems of the words that say something, and single Chinese characters."""
    return frozenset(stem(each) for word in meant.content for each in (word if is_han(word) else (word,)))


def _share(said: frozenset[str], owner: str, fact: Fact, understanding: Engine) -> float:
    """Which share of the known words that nothing but facts says of an entry, by their rarity, a fact of it says."""
    new = said - understanding.words_of_card.get(owner, _NO_WORDS)
    stated = new & understanding.words_of_fact.get((owner, fact.id), _NO_WORDS)
    rarity = understanding.index.rarity_of
    return sum(map(rarity, stated)) / sum(map(rarity, new)) if stated else 0.0


def _only_fact(project: Project, meant: QueryAnalysis) -> Fact | None:
    """The only fact with which a project states the asked cost, time or place, in whatever words it was asked."""
    asked = [aspect for aspect in meant.aspects if aspect in PLAIN_ASPECTS]
    facts = [fact for fact in project.facts if any(aspect in fact.answers for aspect in asked)]
    return facts[0] if len(facts) == 1 and not denies(facts[0].statement) else None


def _owners(match: Match, snapshot: Snapshot) -> list[tuple[str, tuple[Fact, ...]]]:
    """Entries whose facts may answer a question about a project, or about an area with all its projects."""
    if match.project:
        return [(match.project.id, match.project.facts)]
    projects = snapshot.knowledge.projects_of(match.area.id)
    of_area = tuple(fact for fact in match.area.facts if not _is_outdated(fact, projects))
    return [(AREA + match.area.id, of_area), *((project.id, project.facts) for project in projects)]


def _is_outdated(fact: Fact, projects: Sequence[Project]) -> bool:
    """Whether a fact of an area says that the source does not say what one of its projects says."""
    concerned = [project for project in projects if not fact.concerns or project.id in fact.concerns]
    return denies(fact.statement) and any(states(project, aspect) for project in concerned for aspect in fact.answers)


def open_aspects(match: Match, snapshot: Snapshot) -> set[Aspect]:
    """What the source leaves open about a project, or about every project of an area."""
    projects = [match.project] if match.project else snapshot.knowledge.projects_of(match.area.id)
    left_open = [{aspect for aspect in project.left_open if not states(project, aspect)} for project in projects]
    return set.intersection(*left_open) if left_open else set()


def _closeness(owner: str, fact: Fact, similarities: Floats, understanding: Engine) -> float:
    places = understanding.places_of_fact.get((owner, fact.id))
    return 0.0 if places is None else float(similarities[places].max())


def _closest_general(match: Match, similarities: Floats, understanding: Engine) -> float:
    """How close the phrasings come that ask for no fact in particular."""
    entry = match.project.id if match.project else AREA + match.area.id
    return float(similarities[understanding.places_of_entry[entry]].max())
