"""The facts that may be asked for, with what speaks for each."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from bot.answers.answer import Match
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

#: A fact whose aspect was not asked needs a question at least so close.
CLOSE_ALONE = 0.42
#: An asked aspect counts as much as this much closeness.
_ASPECT = 0.35
#: So do words of the question that a fact says, and its project does not ("built", "renovated").
_STATED = 0.15
#: A fact is asked for that is at least this near by meaning, and this much nearer than what asks for no fact in
#: particular. One that is this much less near, and says none of the words, is not asked for by its aspect alone.
LIKE, MORE_LIKE, _LESS_LIKE = 0.58, 0.08, 0.1
#: By how much nearer by meaning it is asked for, whatever aspect the words seem to ask.
_MUCH_MORE_LIKE = 0.2
#: What a fact about all that was asked for counts more than one about a single project.
_WHOLE = 0.08
#: What a fact about several projects counts less when they are built, and the question asks for renovated ones.
_ACTS_OTHERWISE = 0.2
#: Aspects of which a project has many: which, for whom, how, and how many of something.
_MANY_ANSWERS = frozenset[Aspect](("which", "for-whom", "how", "how-many"))
#: What costs nothing, and not free space.
_FREE = re.compile(r"(?<![\w-])free(?! \w*space| room)\b|\bno charge\b|бесплатн|免费", re.IGNORECASE)
#: Aspects with one answer: when a project has just one fact about it, that is the answer.
PLAIN_ASPECTS: tuple[Aspect, ...] = ("cost", "when", "where")


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
        return self.closeness >= CLOSE_ALONE and self.meaning >= max(LIKE, card + _MUCH_MORE_LIKE)

    def is_unlike(self, card: float, meant: QueryAnalysis, *, dated: bool) -> bool:
        """Whether nothing but an aspect that has many answers speaks for the fact, or the card has the asked date."""
        by_aspect = {aspect for aspect in self.answers if aspect in meant.aspects}
        if self.share or self.closeness >= CLOSE_ALONE:
            tells_of_another_date = by_aspect == {"when"} and "progress" not in self.fact.answers
            return dated and tells_of_another_date and not self.share and self.meaning < card + MORE_LIKE
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


def is_asked_for_its_date(project: Project | None, meant: QueryAnalysis) -> bool:
    """Whether the date on which a project is to be finished, which its card shows, is the answer."""
    return project is not None and project.expected_completion is not None and meant.asks_aspect(("when",))
