"""Which fact of a project or area a question asks for."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.answer import Finding, Match
from bot.answers.learning.engine import Reading
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.stated import actions_asked, actions_told
from bot.knowledge import Aspect, Fact, Project
from bot.knowledge.denials import denies, states
from bot.matching.features import stem
from bot.matching.index import Index
from bot.matching.normalize import is_han

#: A fact whose aspect was asked needs a question at least so close; another one, a question so close.
_CLOSE_WITH_ASPECT, _CLOSE_ALONE = 0.15, 0.42
#: An asked aspect counts as much as this much closeness.
_ASPECT = 0.35
#: So do words of the question that a fact says, and its project does not ("built", "renovated").
_STATED = 0.15
#: A fact that says this share of them is asked for, whatever comes closer.
_MOSTLY_STATED = 0.5
#: So is one that is at least this near by meaning, and this much nearer than what asks for no fact in particular. One
#: that is this much less near, and says none of the words, is not asked for because of its aspect alone.
_LIKE, _MORE_LIKE, _LESS_LIKE = 0.58, 0.08, 0.1
#: By how much nearer by meaning it is asked for, whatever aspect the words seem to ask.
_MUCH_MORE_LIKE = 0.2
#: By how much a fact must be closer than the card to a question that has only words of the card.
_CLOSER = 0.03
#: What a fact about all that was asked for counts more than one about a single project.
_WHOLE = 0.08
#: What a fact about several projects counts less when they are built, and the question asks for renovated ones.
_ACTS_OTHERWISE = 0.2
#: Aspects of which a project has many: which, for whom, how, and how many of something.
_MANY_ANSWERS = frozenset[Aspect](("which", "for-whom", "how", "how-many"))
_FREE = re.compile(r"(?<![\w-])free(?! \w*space| room)\b|\bno charge\b|бесплатн|免费", re.IGNORECASE)
#: Aspects with one answer: when a project has just one fact about it, that is the answer.
PLAIN_ASPECTS: tuple[Aspect, ...] = ("cost", "when", "where")


def find_fact(match: Match, reading: Reading, meant: QueryAnalysis, snapshot: Snapshot) -> Finding:
    """The match with the fact that a question about it asks for, or with the asked aspect that the source leaves open.

    A fact about one project makes the answer one about that project.
    """
    left_open = open_aspects(match, snapshot)
    closeness, owner, fact = _asked_fact(match, reading, meant, left_open, snapshot)
    projects = snapshot.knowledge.project_by_id
    if fact and match.project is None and owner in projects and closeness < _CLOSE_ALONE:
        fact = None  # what one project costs is not what the area costs
    if fact is None:
        match = _with_the_date(match, meant, snapshot)
        return Finding(match, left_open=next((aspect for aspect in meant.aspects if aspect in left_open), None))
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
    match: Match, reading: Reading, meant: QueryAnalysis, left_open: set[Aspect], snapshot: Snapshot
) -> tuple[float, str, Fact | None]:
    """The fact that is asked for, whose it is, and how closely it is asked; None when nothing special is asked."""
    best = max(candidates_of(match, reading, meant, snapshot), key=lambda candidate: candidate.fit(meant), default=None)
    nothing = (0.0, "", None)
    general = snapshot.engine.places_of_entry[match.project.id if match.project else AREA + match.area.id]
    card = float(reading.meanings[general].max())
    asked = best is not None and meant.asks_aspect(best.answers)
    dated = is_asked_for_its_date(match.project, meant)
    if best and asked and best.closeness >= _CLOSE_WITH_ASPECT and not best.is_unlike(card, meant, dated=dated):
        return best.closeness, best.owner, best.fact
    if match.project and (only := _only_fact(match.project, meant)):
        return _CLOSE_WITH_ASPECT, match.project.id, only
    unpriced = "cost" in meant.aspects and "cost" in left_open
    if best and not asked and not unpriced and match.project and best.is_clearly_meant(card, meant):
        return best.closeness, best.owner, best.fact
    if best is None or asked or dated or meant.asks_aspect(left_open):
        return nothing
    generally = float(reading.similarities[general].max())
    return (best.closeness, best.owner, best.fact) if _is_near(best, match, meant, generally, card) else nothing


def _is_near(best: "Candidate", match: Match, meant: QueryAnalysis, generally: float, card: float) -> bool:
    """Whether a fact is asked for by its words or its meaning, where no aspect tells.

    `generally` is the similarity of the nearest phrasing that asks for no fact in particular, `card` its meaning's.
    """
    stated = best.share >= _MOSTLY_STATED or best.meaning >= max(_LIKE, card + _MORE_LIKE)
    if match.project and stated and best.closeness >= _CLOSE_WITH_ASPECT:
        return True
    closer = _CLOSER if match.project and not best.is_new else 0.0
    return not meant.asks_aspect(PLAIN_ASPECTS) and best.closeness >= max(_CLOSE_ALONE, generally + closer)


def answered_aspects(finding: Finding) -> set[Aspect]:
    """The aspects that the fact of a finding answers; without one those of the card, which shows a date."""
    if finding.fact:
        return set(finding.fact.answers)
    project = finding.match.project
    return {"when"} if project and project.expected_completion else set()


def is_asked_for_its_date(project: Project | None, meant: QueryAnalysis) -> bool:
    """Whether the date on which a project is to be finished, which its card shows, is the answer."""
    return project is not None and project.expected_completion is not None and meant.asks_aspect(("when",))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that may be asked for."""

    owner: str  #: the entry
    fact: Fact
    closeness: float  #: the similarity of its nearest phrasing
    meaning: float  #: the same by meaning alone
    share: float  #: see `_share`
    is_new: bool  #: whether the question has words that the card does not say
    acts_otherwise: bool  #: whether it tells of several projects, and of another action than the question

    @property
    def answers(self) -> tuple[Aspect, ...]:
        """The aspects of the fact; what is free of charge has a price, though staff seldom call it so."""
        is_free = "cost" not in self.fact.answers and any(map(_is_free, self.fact.statement.texts))
        return (*self.fact.answers, "cost") if is_free else self.fact.answers

    def fit(self, meant: QueryAnalysis) -> float:
        whole = self.owner.startswith(AREA)
        aspect = meant.asks_aspect(self.answers)
        told = _WHOLE * whole - _ACTS_OTHERWISE * self.acts_otherwise
        return self.closeness + _ASPECT * aspect + _STATED * self.share + told

    def is_clearly_meant(self, card: float, meant: QueryAnalysis) -> bool:
        """Whether the meaning tells that the fact is asked for ("how much?"), whatever aspect was recognised."""
        if not meant.content and not meant.aspects:
            return self.meaning >= card + _MUCH_MORE_LIKE
        return self.closeness >= _CLOSE_ALONE and self.meaning >= max(_LIKE, card + _MUCH_MORE_LIKE)

    def is_unlike(self, card: float, meant: QueryAnalysis, *, dated: bool) -> bool:
        """Whether nothing but an aspect that has many answers speaks for the fact, or the card has the asked date."""
        by_aspect = {aspect for aspect in self.answers if aspect in meant.aspects}
        if self.share or self.closeness >= _CLOSE_ALONE:
            tells_of_another_date = by_aspect == {"when"} and "progress" not in self.fact.answers
            return dated and tells_of_another_date and not self.share and self.meaning < card + _MORE_LIKE
        unlike = self.meaning < card - _LESS_LIKE and by_aspect <= _MANY_ANSWERS
        return unlike or (dated and by_aspect == {"when"})


@lru_cache(maxsize=20_000)
def _is_free(statement: str) -> bool:
    return _FREE.search(statement) is not None


def candidates_of(match: Match, reading: Reading, meant: QueryAnalysis, snapshot: Snapshot) -> Iterator[Candidate]:
    """The facts of a project, or of an area with all its projects; one without phrasings is asked for by nothing."""
    engine = snapshot.engine
    said = {stem(each) for word in meant.content for each in (word if is_han(word) else (word,))}
    said -= engine.words_of_card[AREA + match.area.id]
    actions = actions_asked(meant)
    for owner, facts in _owners(match, snapshot):
        new = said - engine.words_of_card.get(owner, frozenset())
        for fact in facts:
            if (places := engine.places_of_fact.get((owner, fact.id))) is not None:
                closeness, meaning = float(reading.similarities[places].max()), float(reading.meanings[places].max())
                share = _share(new, engine.words_of_fact[owner, fact.id], engine.index)
                yield Candidate(owner, fact, closeness, meaning, share, bool(new), _acts_otherwise(fact, actions))


def _acts_otherwise(fact: Fact, asked: AbstractSet[str]) -> bool:
    if len(fact.concerns) < 2 or not asked:
        return False
    told = actions_told(fact.statement)
    return bool(told) and told.isdisjoint(asked)


def _share(new: AbstractSet[str], words: AbstractSet[str], index: Index) -> float:
    """Which share of the words of a question that a card does not say, by their rarity, a fact says.

    Words are stems, and single Chinese characters.
    """
    stated = new & words
    return sum(map(index.rarity_of, stated)) / sum(map(index.rarity_of, new)) if stated else 0.0


def _only_fact(project: Project, meant: QueryAnalysis) -> Fact | None:
    """The only fact with which a project states the asked cost, time or place, in whatever words it was asked."""
    dated = is_asked_for_its_date(project, meant)
    # A message that says nothing else ("and who pays?") asks for any aspect as plainly.
    asked = {aspect for aspect in meant.aspects if aspect in PLAIN_ASPECTS or not meant.content}
    found = [(fact, asked.intersection(fact.answers)) for fact in project.facts]
    # A fact about the progress of the work tells when it is to be finished; another date is not the asked one.
    facts = [fact for fact, of in found if of and not (dated and of == {"when"} and "progress" not in fact.answers)]
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
