"""The facts that a question may ask for, with the evidence for each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.answer import Match
from bot.answers.learning.engine import Scores
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.patterns import PATTERNS
from bot.answers.understanding.stated import actions_asked, actions_stated
from bot.knowledge import Aspect, Fact, Project
from bot.knowledge.denials import denies, states
from bot.matching.features import stem
from bot.matching.index import Index
from bot.matching.normalize import is_han

#: A fact without a requested aspect needs at least this similarity to the question.
CLOSE_ALONE = 0.42
#: A requested aspect is worth this much similarity.
_ASPECT = 0.35
#: So are words of the question that the fact contains and its project's card does not ("built", "renovated").
_STATED = 0.15
#: A fact is asked for if its meaning is at least this similar, and this much more similar than phrasings that ask for
#: no particular fact. A fact that is this much less similar, and has none of the words, is not asked for by its aspect
#: alone.
LIKE, MORE_LIKE, _LESS_LIKE = 0.58, 0.08, 0.1
#: With this lead in meaning a fact is asked for whatever aspect was recognised.
_MUCH_MORE_LIKE = 0.2
#: The bonus of a fact about everything that was asked over one about a single project.
_WHOLE = 0.08
#: The penalty of a fact about several projects that are built, if the question asks for renovated ones.
_ACTS_OTHERWISE = 0.2
#: Aspects on which a project often has several facts: which, for whom, how, and how many of something.
_MANY_ANSWERS = frozenset[Aspect](("which", "for-whom", "how", "how-many"))
#: "Free" as in "free of charge", not as in "free space".
_FREE = PATTERNS.any_of("free_of_charge", re.IGNORECASE)
#: A time of day, a day of the week, or how often something comes.
_HOURS = re.compile(rf"\d\s?:\d\d|{PATTERNS.any_of('hours').pattern}", re.IGNORECASE)
#: A sum that only a city pays; 320,000 is one in any language.
_BUDGET = re.compile(rf"\d{{3}}[,. \u00a0]000\b|{PATTERNS.any_of('budget').pattern}", re.IGNORECASE)
#: Aspects with one answer: if a project has exactly one fact for it, that is the answer.
PLAIN_ASPECTS: tuple[Aspect, ...] = ("cost", "when", "where")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that a question may ask for."""

    owner: str  #: the entry
    fact: Fact
    answers: tuple[Aspect, ...]  #: see `aspects_answered`
    closeness: float  #: the similarity of its nearest phrasing
    meaning: float  #: the same by meaning alone
    share: float  #: see `_share`
    is_new: bool  #: whether the question has words that the card does not contain
    acts_otherwise: bool  #: whether it is about several projects and another action than the question

    def fit(self, meant: QueryAnalysis) -> float:
        whole = self.owner.startswith(AREA)
        aspect = meant.asks_aspect(self.answers)
        adjustment = _WHOLE * whole - _ACTS_OTHERWISE * self.acts_otherwise
        return self.closeness + _ASPECT * aspect + _STATED * self.share + adjustment

    def is_clearly_meant(self, card: float, meant: QueryAnalysis) -> bool:
        """Whether the meaning shows that the fact is asked for ("how much?"), whatever aspect was recognised."""
        if not meant.content and not meant.aspects:
            return self.meaning >= card + _MUCH_MORE_LIKE
        return self.closeness >= CLOSE_ALONE and self.meaning >= max(LIKE, card + _MUCH_MORE_LIKE)

    def is_unlike(self, card: float, meant: QueryAnalysis, *, dated: bool) -> bool:
        """Whether only an aspect with many answers supports the fact, or the card has the requested date."""
        by_aspect = {aspect for aspect in self.answers if aspect in meant.aspects}
        if self.share or self.closeness >= CLOSE_ALONE:
            tells_of_another_date = by_aspect == {"when"} and "progress" not in self.fact.answers
            stated = self.share and not _tells_schedule(self.fact)  # "open" is said of the hours and of the date
            when_done = meant.asks_aspect(("progress",)) and not _tells_schedule(self.fact)  # "when is it finished"
            nearer = self.meaning >= card + MORE_LIKE and not when_done
            return dated and tells_of_another_date and not stated and not nearer
        unlike = self.meaning < card - _LESS_LIKE and by_aspect <= _MANY_ANSWERS
        return unlike or (dated and by_aspect == {"when"})


def aspects_answered(fact: Fact, meant: QueryAnalysis) -> tuple[Aspect, ...]:
    """The aspects that a fact answers in a question.

    That something is free answers what it costs, though it is seldom marked so. What a project costs the city does not
    answer what a visitor pays.
    """
    if any(map(is_free_of_charge, fact.statement.texts)):
        return fact.answers if "cost" in fact.answers else (*fact.answers, "cost")
    if meant.asks_price and any(map(is_budget, fact.statement.texts)):
        return tuple(aspect for aspect in fact.answers if aspect != "cost")
    return fact.answers


def as_price_question(meant: QueryAnalysis, candidates: Iterable[Candidate]) -> QueryAnalysis:
    """“Are they free?” asks for a price if a fact says what is free of charge; otherwise it may ask for a free bed."""
    if not any(map(is_free_of_charge, meant.content)):
        return meant
    states_it = any(is_free_of_charge(text) for candidate in candidates for text in candidate.fact.statement.texts)
    return replace(meant, aspects=(*meant.aspects, "cost")) if states_it else meant


@lru_cache(maxsize=20_000)
def is_budget(statement: str) -> bool:
    """Whether a statement has a sum that only a city pays."""
    return _BUDGET.search(statement) is not None


@lru_cache(maxsize=20_000)
def is_free_of_charge(statement: str) -> bool:
    """Whether a text says or asks that something is free of charge."""
    return _FREE.search(statement) is not None


def candidates_of(match: Match, scores: Scores, meant: QueryAnalysis, snapshot: Snapshot) -> Iterator[Candidate]:
    """The facts of a project, or of an area with all its projects; facts without phrasings get no similarity."""
    engine = snapshot.engine
    said = words_beyond_area(match, meant, snapshot)
    actions = actions_asked(meant)
    closeness, meaning = engine.facts.nearest(scores.similarities), engine.facts.nearest(scores.meanings)
    for owner, facts in _owners(match, snapshot):
        new = said - engine.words_of_card.get(owner, frozenset())
        total = _weight(new, engine.learned.index)
        for fact in facts:
            if (place := engine.facts.place.get((owner, fact.id))) is not None:
                share = _share(new, total, engine.words_of_fact[owner, fact.id], engine.learned.index)
                answers = aspects_answered(fact, meant)
                acts_otherwise = _acts_otherwise(fact, actions)
                yield Candidate(
                    owner, fact, answers, closeness[place], meaning[place], share, bool(new), acts_otherwise
                )


def most_told_by_a_fact(project: Project, meant: QueryAnalysis, snapshot: Snapshot) -> float:
    """How much of the question's words, weighted by rarity, one fact of a project contains: 0 to 1.

    Words of the project's card do not count: they are about the project, whatever is asked.
    """
    engine, area = snapshot.engine, snapshot.knowledge.area_by_id[project.area]
    said = words_beyond_area(Match(area, project, 1.0, ""), meant, snapshot)
    new = said - engine.words_of_card.get(project.id, frozenset())
    total = _weight(new, engine.learned.index)
    told = (engine.words_of_fact.get((project.id, fact.id), frozenset()) for fact in project.facts)
    return max((_share(new, total, words, engine.learned.index) for words in told), default=0.0)


def words_beyond_area(match: Match, meant: QueryAnalysis, snapshot: Snapshot) -> set[str]:
    """The words of a question, as stems and single Chinese characters, that the card of the area does not say."""
    said = {stem(each) for word in meant.content for each in (word if is_han(word) else (word,))}
    return said - snapshot.engine.words_of_card[AREA + match.area.id]


def _acts_otherwise(fact: Fact, asked: AbstractSet[str]) -> bool:
    if len(fact.concerns) < 2 or not asked:
        return False
    stated = actions_stated(fact.statement)
    return bool(stated) and stated.isdisjoint(asked)


def _share(new: AbstractSet[str], total: float, words: AbstractSet[str], index: Index) -> float:
    """How much of the question's words, weighted by rarity, the fact contains and the card does not.

    Words are stems, and single Chinese characters; `total` is the weight of the new ones.
    """
    stated = new & words
    return _weight(stated, index) / total if stated else 0.0


def _weight(words: AbstractSet[str], index: Index) -> float:
    return sum(map(index.rarity_of, words))


def _owners(match: Match, snapshot: Snapshot) -> list[tuple[str, tuple[Fact, ...]]]:
    """The entries whose facts may answer a question about a project, or about an area with all its projects."""
    if match.project:
        return [(match.project.id, match.project.facts)]
    projects = snapshot.knowledge.projects_of(match.area.id)
    of_area = tuple(fact for fact in match.area.facts if not _is_outdated(fact, projects))
    return [(AREA + match.area.id, of_area), *((project.id, project.facts) for project in projects)]


def _is_outdated(fact: Fact, projects: Sequence[Project]) -> bool:
    """Whether a fact of an area says that the source is silent on something that one of its projects states."""
    concerned = [project for project in projects if not fact.concerns or project.id in fact.concerns]
    return denies(fact.statement) and any(states(project, aspect) for project in concerned for aspect in fact.answers)


def is_asked_for_its_date(project: Project | None, meant: QueryAnalysis) -> bool:
    """Whether the answer is a project's completion date, which its card shows.

    Who asks for the hours or the days of the week of a project that states them does not ask for that date.
    """
    if project is None or project.expected_completion is None or not meant.asks_aspect(("when",)):
        return False
    return not (meant.asks_schedule and any(map(_tells_schedule, project.facts)))


def _tells_schedule(fact: Fact) -> bool:
    return "when" in fact.answers and any(map(tells_hours, fact.statement.texts))


def tells_hours(text: str) -> bool:
    """Whether a text contains a time of day, a day of the week, or how often something comes."""
    return _HOURS.search(text) is not None
