"""Finds what a question asks about an area: the project that it names, and the fact that it asks for."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

import yaml

from bot.answers.answer import Finding, Match
from bot.answers.learning.entries import Newcomer
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import PLAIN_ASPECTS
from bot.answers.understanding.facts import answered_aspects, find_fact
from bot.answers.understanding.follow_ups import Focus, asks_for_several
from bot.answers.understanding.interpretation import Interpretation
from bot.answers.understanding.stated import asks_how_it_goes
from bot.knowledge import Fact, Project
from bot.matching.arrays import Floats
from bot.matching.features import numbered_terms, stem
from bot.matching.normalize import Query, is_han, to_query

#: The lead over its siblings and its whole area that a project needs to be named.
_AHEAD = 0.12
#: The least score of a project that is answered. Without the lead `_AHEAD` a project is still answered in place of its
#: area if it has this multiple of the next score and this share of the area's score.
_STANDS_OUT, _TIMES_THE_NEXT, _SHARE_OF_AREA = 0.2, 1.5, 0.4
#: The lead that a newcomer needs over any other project or area to be named, and over the topics elsewhere, which may
#: still attract its questions, to be offered. docs/experiments.md explains the values.
_NEW_AHEAD, _AHEAD_OF_TOPICS = 0.15, -0.05


def finding_in(
    area: str, interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot, focus: Focus | None = None
) -> Finding:
    """Find the project, and the fact that the question asks for or the aspect that the source leaves open.

    A fact of the area, or one that several of its projects share, wins over a project that is only slightly ahead of
    its siblings.
    """
    similarities = interpretation.scores.similarities

    def about(project: Project | None) -> Finding:
        match = _match(area, project, interpretation, similarities, snapshot)
        return find_fact(match, interpretation.scores, meant, snapshot)

    project, standing_out = named_project(area, interpretation, snapshot)
    if (
        project
        and asks_for_several(interpretation.query)
        and (several := _of_several(about(None), project, meant, snapshot))
    ):
        return several
    if focus and focus.project and not (project and _names_a_thing(meant)):
        project = snapshot.knowledge.project_by_id.get(focus.project, project)
    at_large = about(project)
    if project or not standing_out:
        return at_large
    closely = about(standing_out)
    if _is_plainer(closely, at_large, meant):
        return closely
    return at_large if at_large.match.project or at_large.fact not in (None, closely.fact) else closely


def _of_several(at_large: Finding, project: Project, meant: QueryAnalysis, snapshot: Snapshot) -> Finding | None:
    """The finding for the area, if its fact is about several projects and no word asks about a single one."""
    if project not in at_large.concerned:
        return None
    words_of = snapshot.engine.learned.words_of_entry
    others = frozenset[str]().union(*(words_of[each.id] for each in at_large.concerned if each is not project))
    own = words_of[project.id] - others
    return at_large if own.isdisjoint(meant.content) and own.isdisjoint(map(stem, meant.content)) else None


def _names_a_thing(meant: QueryAnalysis) -> bool:
    """Whether a question names its subject; "when will it open?" does not, even if a phrasing has its words."""
    return bool(meant.content) and not asks_how_it_goes(meant)


def _is_plainer(one: Finding, other: Finding, meant: QueryAnalysis) -> bool:
    """Whether one finding answers the requested cost, time or place, and the other does not."""
    asked = {aspect for aspect in meant.aspects if aspect in PLAIN_ASPECTS}
    about_one, about_other = map(answered_aspects, (one, other))
    return bool(asked & about_one) and not asked & about_other


def named_project(
    area: str, interpretation: Interpretation, snapshot: Snapshot
) -> tuple[Project | None, Project | None]:
    """The project of an area that is asked for, and the one that is at least clearly ahead of its siblings."""
    projects = snapshot.knowledge.projects_of(area)
    if len(projects) < 2:
        return (projects[0] if projects else None), None
    entries = [AREA + area, *(project.id for project in projects)]
    scores = snapshot.engine.corrected_entry_scores(entries, interpretation.scores)
    ranked = sorted(projects, key=lambda project: scores[project.id], reverse=True)
    query = interpretation.query
    if is_numbered_otherwise(query, snapshot.engine.learned.words_of_entry[ranked[0].id]):
        return None, None
    if names_another_institution(area, query, snapshot):
        return None, None
    new = _newcomer(interpretation, snapshot)
    if new and new.ahead >= _NEW_AHEAD and (named := [each for each in projects if each.id == new.entry]):
        return named[0], None
    best, following, whole = scores[ranked[0].id], scores[ranked[1].id], scores[AREA + area]
    if best > max(max(following, whole) + _AHEAD, _STANDS_OUT):
        return ranked[0], None
    stands_out = best >= max(_STANDS_OUT, _TIMES_THE_NEXT * following, _SHARE_OF_AREA * whole)
    return None, (ranked[0] if stands_out else None)


def _newcomer(interpretation: Interpretation, snapshot: Snapshot) -> Newcomer | None:
    scores = interpretation.scores
    return snapshot.engine.entries.newcomer(scores.similarities, scores.meanings)


def finding_of_fact(project: Project, fact: Fact, interpretation: Interpretation, snapshot: Snapshot) -> Finding:
    """A finding for a given fact of a project."""
    return Finding(_match(project.area, project, interpretation, interpretation.scores.similarities, snapshot), fact)


def offered_when_new(interpretation: Interpretation, snapshot: Snapshot) -> Match | None:
    """The project or area with few phrasings that comes closest, if it is closer than the topics elsewhere."""
    found = _newcomer(interpretation, snapshot)
    if found is None or found.ahead_of_topics < _AHEAD_OF_TOPICS:
        return None
    project = snapshot.knowledge.project_by_id.get(found.entry)
    area = project.area if project else found.entry.removeprefix(AREA)
    projects = snapshot.knowledge.projects_of(area)
    project = project or (projects[0] if len(projects) == 1 else None)
    return _match(area, project, interpretation, interpretation.scores.similarities, snapshot)


def _match(
    area_id: str, project: Project | None, interpretation: Interpretation, similarities: Floats, snapshot: Snapshot
) -> Match:
    """A match for a project or whole area, with its nearest phrasing."""
    engine = snapshot.engine
    places = engine.places_of_entry[project.id if project else AREA + area_id]
    phrasing = engine.phrasings[places[similarities[places].argmax()]].text
    return Match(snapshot.knowledge.area_by_id[area_id], project, round(interpretation.confidence, 4), phrasing)


#: A question of fewer content words may say nothing that distinguishes areas.
_SEVERAL_WORDS = 2


def only_area_saying(meant: QueryAnalysis, snapshot: Snapshot) -> str | None:
    """The only area whose ways of asking and statements contain all content words of a question, or None.

    None for a question of one content word. The words of a Chinese question are pairs of characters.
    """
    words = {stem(word) for word in meant.content}
    if len(words) < _SEVERAL_WORDS:
        return None
    saying = [area for area, said in snapshot.engine.learned.words_of_area.items() if words <= said]
    return saying[0] if len(saying) == 1 else None


#: Numbers between these are years.
_FIRST_YEAR, _LAST_YEAR = 1990, 2060


def numbers_in(query: Query) -> set[str]:
    return {token for token in query.tokens if token.isdigit() and not _FIRST_YEAR <= int(token) <= _LAST_YEAR}


def is_numbered_otherwise(query: Query, words: frozenset[str], numbers: AbstractSet[str] | None = None) -> bool:
    """Whether a number of the message stands next to a word that occurs only with other numbers in an entry."""
    numbers = numbers_in(query) if numbers is None else numbers
    if not numbers:
        return False
    pairs, numbered = numbered_terms(query), _numbered(words)[0]
    return any(_has_unknown_pair(number, pairs, numbered, words) for number in numbers)


def names_another_institution(area: str, query: Query, snapshot: Snapshot) -> bool:
    """Whether the number belongs to an institution that is no project of the area.

    It may be one of another kind ("polyclinic No 2", "二中学"), or one whose number no title has ("School 3").
    """
    if not any(map(str.isdigit, chain(query.tokens, query.text))):
        return False  # true of most questions
    pairs = [(word, number) for word, _, number in (pair.rpartition(" ") for pair in numbered_terms(query))]
    numbered = [(word, number) for word, number in pairs if word in _institutions()]
    named = [name for name in _institutions() if name in query.text]
    if not numbered and not named:
        return False
    if _is_numbered_otherwise_in_titles(area, query, numbered, snapshot):
        return True
    words_of_entry, projects = snapshot.engine.learned.words_of_entry, snapshot.knowledge.projects_of(area)
    is_other = [_is_another_institution(query.text, numbered, named, words_of_entry[each.id]) for each in projects]
    return True in is_other and False not in is_other


def _is_numbered_otherwise_in_titles(
    area: str, query: Query, numbered: Sequence[tuple[str, str]], snapshot: Snapshot
) -> bool:
    """Whether titles of the area number an institution, but not with the number that the message has beside it."""
    titles = chain.from_iterable(project.title.texts for project in snapshot.knowledge.projects_of(area))
    terms = {term for title in titles for term in numbered_terms(to_query(title))}
    named = {term.rpartition(" ")[0] for term in terms}
    numbers = numbers_in(query)
    asked = {word for word, number in numbered if number in numbers and word in named}
    return bool(asked - {word for word, number in numbered if f"{word} {number}" in terms})


def _is_another_institution(
    text: str, numbered: Sequence[tuple[str, str]], named: Sequence[str], words: frozenset[str]
) -> bool | None:
    """Whether the entry's number stands next to an institution that the entry is not; None if no institution is named.

    `numbered` and `named` are the institutions in the text, `words` those of the entry. A Chinese name follows the
    number as a whole.
    """
    numbers = _numbered(words)[1]
    beside = {word for word, number in numbered if number in numbers}
    beside |= {name for name in named if any(f"{number}{name}" in text for number in numbers)}
    return not any(f"{word} {number}" in words for word, number in numbered if word in beside) if beside else None


@lru_cache(maxsize=1024)
def _numbered(words: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The words of an entry that stand next to a number, and these numbers."""
    terms = [term.rpartition(" ") for term in words if " " in term]
    return frozenset(word for word, _, _ in terms), frozenset(number for _, _, number in terms)


@cache
def _institutions() -> frozenset[str]:
    """Stems of the words for institutions that a city numbers; for Chinese, the words."""
    path = Path(__file__).with_name("institutions.yaml")
    named: dict[str, str] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return frozenset(name if is_han(name[0]) else stem(name) for names in named.values() for name in names.split("|"))


def _has_unknown_pair(number: str, pairs: Sequence[str], numbered: AbstractSet[str], words: AbstractSet[str]) -> bool:
    """Whether a number has a neighbour that is numbered in `words`, but no neighbour with this number there.

    One known neighbour is enough: the other may be a word such as "will".
    """
    own = [pair for pair in pairs if pair.endswith(f" {number}")]
    return any(pair.rpartition(" ")[0] in numbered for pair in own) and not any(pair in words for pair in own)
