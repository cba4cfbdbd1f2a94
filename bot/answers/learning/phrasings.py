"""All phrasings of a version of the knowledge, with what each asks for; an engine learns from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.answers.learning.everyday_words import everyday_words
from bot.answers.learning.vocabulary import names_of, titles_of
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import Fact, KnowledgeBase, Phrasings, SmalltalkFile, TopicElsewhere, Translated

#: Prefixes of labels: an area, a topic elsewhere, small talk, a request for the whole list.
AREA, TOPIC, SMALLTALK, OVERVIEW = "area:", "topic:", "talk:", "overview:"
#: The training weights of kinds of texts.
_PHRASING, _WORD, STATEMENT = 1.0, 0.7, 0.7


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A way of asking for something, and what it asks for."""

    text: str
    language: Language
    label: str  #: begins with AREA or one of the other prefixes
    entry: str  #: the id of the project, or else the label
    fact: str = ""  #: the id of the requested fact, if it asks for one
    importance: float = _PHRASING


def phrasings_of(
    knowledge: KnowledgeBase, smalltalk: SmalltalkFile, topics: Sequence[TopicElsewhere]
) -> Iterator[Phrasing]:
    """Every phrasing, title and statement: those of areas first, those of one label and entry adjacent."""
    own = list(_phrasings_of(knowledge))
    said = {phrasing.text.casefold() for phrasing in own}
    yield from own
    # A text that the city itself files under an area belongs there, even if a shipped topic has it too.
    yield from (phrasing for phrasing in _phrasings_of_topics(topics) if phrasing.text.casefold() not in said)
    yield from _phrasings_of_smalltalk(smalltalk, knowledge)


def _phrasings_of(knowledge: KnowledgeBase) -> Iterator[Phrasing]:
    everyday = everyday_words(knowledge.areas)
    for area in knowledge.areas:  # phrasings of an area are adjacent, see `starts`
        label = AREA + area.id
        yield from _of(area.phrasings, label, label)
        for words in (area.words, *everyday.get(area.id, ())):
            yield from _of(words, label, label, importance=_WORD)
        yield from _written((area.title,), label, label, _PHRASING)
        yield from _written((area.overview,), label, label, STATEMENT)
        yield from _questions(area.facts, label, label)
        for project in knowledge.projects_of(area.id):
            yield from _of(project.phrasings, label, project.id)
            yield from _of(project.words, label, project.id, importance=_WORD)
            yield from _written((project.title,), label, project.id, _PHRASING)
            yield from _written((project.summary,), label, project.id, STATEMENT)
            yield from _questions(project.facts, label, project.id)
    yield from _phrasings_of_topics(knowledge.topics_elsewhere)


def _phrasings_of_topics(topics: Sequence[TopicElsewhere]) -> Iterator[Phrasing]:
    for topic in topics:
        yield from _of(topic.phrasings, TOPIC + topic.id, TOPIC + topic.id)
        yield from _written((topic.title,), TOPIC + topic.id, TOPIC + topic.id, _PHRASING)


def _phrasings_of_smalltalk(smalltalk: SmalltalkFile, knowledge: KnowledgeBase) -> Iterator[Phrasing]:
    for intent, phrasings in smalltalk.intents.items():
        label = OVERVIEW if intent == "overview" else SMALLTALK + intent
        yield from _of(phrasings, label, label)
        if own := knowledge.smalltalk.get(intent):
            yield from _of(own, label, label)
    for status, phrasings in smalltalk.overview_by_status.items():
        yield from _of(phrasings, OVERVIEW + status, OVERVIEW + status)


def _of(
    phrasings: Phrasings, label: str, entry: str, fact: str = "", importance: float = _PHRASING
) -> Iterator[Phrasing]:
    for language, text in phrasings.by_language():
        yield Phrasing(text, language, label, entry, fact, importance)


def _written(
    texts: Sequence[Translated], label: str, entry: str, importance: float, fact: str = ""
) -> Iterator[Phrasing]:
    for text in texts:
        for language in LANGUAGES:
            if words := getattr(text, language):
                yield Phrasing(words, language, label, entry, fact, importance)


def _questions(facts: Sequence[Fact], label: str, entry: str) -> Iterator[Phrasing]:
    for fact in facts:
        yield from _of(fact.questions, label, entry, fact.id)
        yield from _written((fact.statement,), label, entry, STATEMENT, fact.id)


def learns_the_same(knowledge: KnowledgeBase, other: KnowledgeBase) -> bool:
    """Whether `build_engine` would learn the same from both, and look up the same words."""
    texts = zip_longest(_phrasings_of(knowledge), _phrasings_of(other))
    alike = names_the_same(knowledge, other) and knowledge.smalltalk == other.smalltalk
    return alike and all(here == there for here, there in texts)


def names_the_same(knowledge: KnowledgeBase, other: KnowledgeBase) -> bool:
    """Whether both have the same words for topics elsewhere and the same city name.

    The titles decide which words mean a topic.
    """
    words = [[(topic.id, topic.words) for topic in each.topics_elsewhere] for each in (knowledge, other)]
    titled = titles_of(knowledge) == titles_of(other)
    return titled and words[0] == words[1] and names_of(knowledge.city) == names_of(other.city)
