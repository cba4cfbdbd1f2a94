"""Phrasings that are equal or almost equal under two entries, which makes them ambiguous."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from rapidfuzz import fuzz

from bot.answers.learning.engine import query_of_knowledge
from bot.answers.snapshot import Snapshot
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import (
    Area,
    Diagnostic,
    Document,
    Fact,
    KnowledgeBase,
    Phrasings,
    Project,
    TopicElsewhere,
    ValuePath,
)
from bot.knowledge.diagnostics import quoted
from bot.matching.features import stem
from bot.matching.normalize import is_han

#: The least similarity of near duplicates, 0 to 100, independent of word order.
_ALIKE = 75
#: The least similarity of a word and its misspelling, and the least number of letters.
_MISSPELT, _LONG = 80, 5
#: Phrasings are compared if they share the beginning of a rare word: the number of rare words, and of letters.
_RAREST, _BEGINNING = 2, 4
#: If more phrasings share a beginning, it is not rare, and they are not compared.
_MAX_IN_BLOCK = 200


@dataclass(frozen=True, slots=True)
class _Phrasing:
    """A phrasing, or a question of a fact, with its words in alphabetical order."""

    text: str
    entry: str
    kind: str  #: topics elsewhere have their own ids
    place: ValuePath
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """The words as one text."""
        return " ".join(self.words)


def near_duplicates(document: Document, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """A warning for each phrasing that is repeated under another entry, then for near duplicates.

    Repetitions are found in O(n). The others are compared within blocks of at most 200 that share a rare word: O(n)
    blocks; in practice about three comparisons for each phrasing.
    """
    asked = [found for found in _asked(snapshot.knowledge) if found.words]
    first: dict[tuple[str, ...], _Phrasing] = {}
    unique = []
    for found in asked:
        known = first.setdefault(found.words, found)
        if known is found:
            unique.append(found)
        elif _owner(known) != _owner(found):
            yield _same(known, found, document)
    for found, owner in _words_of_others(asked, snapshot.knowledge):
        yield _word(found, owner, document)
    mere = _function_words(snapshot)
    for one, other in _neighbours(unique, mere):
        if _nearly_same(one, other, mere):
            yield _near(one, other, document)


# --- Input -----------------------------------------------------------------------------------------------------------


def _asked(knowledge: KnowledgeBase) -> Iterator[_Phrasing]:
    for place, area in enumerate(knowledge.areas):
        yield from _ways(area.phrasings, area.id, "", ("areas", place, "phrasings"))
        yield from _questions(area.facts, area.id, ("areas", place))
    for place, project in enumerate(knowledge.projects):
        yield from _ways(project.phrasings, project.id, "", ("projects", place, "phrasings"))
        yield from _questions(project.facts, project.id, ("projects", place))
    for place, topic in enumerate(knowledge.topics_elsewhere):
        yield from _ways(topic.phrasings, topic.id, "topic", ("topics_elsewhere", place, "phrasings"))


def _questions(facts: Iterable[Fact], entry: str, path: ValuePath) -> Iterator[_Phrasing]:
    for place, fact in enumerate(facts):
        yield from _ways(fact.questions, entry, "", (*path, "facts", place, "questions"))


def _ways(phrasings: Phrasings, entry: str, kind: str, path: ValuePath) -> Iterator[_Phrasing]:
    for language in LANGUAGES:
        for place, text in enumerate(phrasings.texts_in(language)):
            yield _Phrasing(text, entry, kind, (*path, language, place), tuple(sorted(query_of_knowledge(text).tokens)))


def _words_of_others(asked: Iterable[_Phrasing], knowledge: KnowledgeBase) -> Iterator[tuple[_Phrasing, str]]:
    """Phrasings of areas and projects that equal an everyday word of another entry, with its id.

    A project and its own area may share words.
    """
    area_of = {project.id: project.area for project in knowledge.projects}
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    entries: tuple[Area | Project, ...] = (*knowledge.areas, *knowledge.projects)
    for entry in entries:
        for _, text in entry.words.by_language():
            owners[tuple(sorted(query_of_knowledge(text).tokens))].append(entry.id)
    for found in asked:
        if not found.kind:
            mine = {found.entry, area_of.get(found.entry)}
            others = [
                owner
                for owner in owners.get(found.words, ())
                if owner not in mine and area_of.get(owner) != found.entry
            ]
            if others:
                yield found, others[0]


def _owner(asked: _Phrasing) -> tuple[str, str]:
    return asked.kind, asked.entry


# --- Near duplicates -------------------------------------------------------------------------------------------------


def _function_words(snapshot: Snapshot) -> frozenset[str]:
    """Function words, without Chinese characters that occur in a title (中医院)."""
    knowledge = snapshot.knowledge
    entries: Iterable[Area | Project | TopicElsewhere] = chain(
        knowledge.areas, knowledge.projects, knowledge.topics_elsewhere
    )
    titles = "".join(title for entry in entries for title in entry.title.texts)
    return snapshot.vocabulary.function_words - {character for character in titles if is_han(character)}


def _neighbours(asked: list[_Phrasing], mere: frozenset[str]) -> Iterator[tuple[_Phrasing, _Phrasing]]:
    """Pairs under two entries that may be near duplicates, each pair once."""
    beginnings = [{word[:_BEGINNING] for word in found.words if word not in mere} for found in asked]
    frequency = Counter(beginning for each in beginnings for beginning in each)
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(beginnings):
        for beginning in sorted(each, key=lambda one: (frequency[one], one))[:_RAREST]:
            blocks[beginning].append(place)
    compared = set()
    for block in blocks.values():
        for pair in combinations(block, 2) if len(block) <= _MAX_IN_BLOCK else ():
            one, other = asked[pair[0]], asked[pair[1]]
            if pair not in compared and _owner(one) != _owner(other):
                compared.add(pair)
                yield one, other


def _nearly_same(one: _Phrasing, other: _Phrasing, mere: frozenset[str]) -> bool:
    """Whether two phrasings differ only in spelling, inflection and function words.

    “First hospital” and “second hospital” look alike but differ, so each differing word is checked.
    """
    if not fuzz.ratio(one.line, other.line, score_cutoff=_ALIKE):
        return False
    mine, theirs = (list((Counter(a.words) - Counter(b.words)).elements()) for a, b in ((one, other), (other, one)))
    return _is_said(mine, theirs, mere) and _is_said(theirs, mine, mere)


def _is_said(words: Iterable[str], others: Iterable[str], mere: frozenset[str]) -> bool:
    return all(word in mere or any(_is_same_word(word, other) for other in others) for word in words)


def _is_same_word(one: str, other: str) -> bool:
    if not one.isalpha() or is_han(one) or one[0] != other[0]:
        return False
    misspelt = min(len(one), len(other)) >= _LONG and fuzz.ratio(one, other) >= _MISSPELT
    return misspelt or stem(one) == stem(other)


# --- Messages --------------------------------------------------------------------------------------------------------


def _same(known: _Phrasing, found: _Phrasing, document: Document) -> Diagnostic:
    sentence = lazy_gettext(
        "{text} is under {first} in line {there} and again under {second} in line {here}", text=quoted(found.text)
    )
    hint = lazy_gettext("leave it where it belongs, and take it out of the other")
    return _between(known, found, document, sentence, hint)


def _near(known: _Phrasing, found: _Phrasing, document: Document) -> Diagnostic:
    sentence = lazy_gettext(
        "{text} under {first} in line {there} and {other} under {second} in line {here} are nearly the same",
        text=quoted(known.text),
        other=quoted(found.text),
    )
    hint = lazy_gettext("say in each what tells them apart, or take one of them out")
    return _between(known, found, document, sentence, hint)


def _between(
    known: _Phrasing, found: _Phrasing, document: Document, sentence: LazyMessage, hint: LazyMessage
) -> Diagnostic:
    here, there = document.mark(found.place), document.mark(known.place)
    sentence = sentence.filled(first=quoted(known.entry), there=there.line, second=quoted(found.entry), here=here.line)
    return Diagnostic(here, "warning", sentence, hint)


def _word(found: _Phrasing, other: str, document: Document) -> Diagnostic:
    entry = quoted(found.entry)
    sentence = lazy_gettext(
        "{text} under {entry} is also an everyday word of {other}",
        text=quoted(found.text),
        entry=entry,
        other=quoted(other),
    )
    hint = lazy_gettext("write a longer phrasing that only {entry} can mean", entry=entry)
    return Diagnostic(document.mark(found.place), "warning", sentence, hint)
