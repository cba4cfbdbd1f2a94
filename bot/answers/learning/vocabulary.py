"""Words with a special role: they ask for an aspect, refer back, name a topic elsewhere, or carry no content."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, Aspect, City, KnowledgeBase, Phrasings, SmalltalkFile, TopicElsewhere
from bot.matching.features import stem
from bot.matching.normalize import Query, is_han, to_query

_Value = TypeVar("_Value")
_Stems = tuple[str, ...]
_WHEN: Aspect = "when"
_COST: Aspect = "cost"


@dataclass(frozen=True, slots=True)
class Expressions(Generic[_Value]):
    """Expressions of one or several words, looked up by their stems."""

    table: Mapping[_Stems, _Value]
    longest: Mapping[str, int]  #: stem -> the number of words of the longest expression that begins with it

    def at(self, stems: Sequence[str], place: int) -> tuple[int, _Value] | None:
        """The longest expression that begins at `place`: its number of words and its value."""
        for length in range(min(self.longest.get(stems[place], 0), len(stems) - place), 0, -1):
            piece = tuple(stems[place : place + length])
            if piece in self.table:
                return length, self.table[piece]
        return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the small-talk file, and those of the topics elsewhere."""

    aspects: Expressions[Aspect | None]  #: None: it refers back to what was said before
    schedule: frozenset[_Stems]  #: those that ask for hours or days of the week
    price: frozenset[_Stems]  #: those that ask what a visitor pays
    topics: Expressions[str]  #: the topic elsewhere, by id, that an expression almost always means
    function_words: frozenset[str]
    naming: frozenset[str]  #: content that names a subject: titles of one area have it, ways to ask for the list do not


@dataclass(frozen=True, slots=True)
class QueryAnalysis:
    """What a question consists of, apart from its grammar."""

    aspects: tuple[Aspect, ...]  #: the requested aspects, in order
    content: tuple[str, ...]  #: content stems, and pairs of Chinese characters
    points_back: bool  #: whether it refers to what was said before
    asks_schedule: bool = False  #: whether it asks for hours or days of the week, not for a date
    asks_price: bool = False  #: whether it asks what a visitor pays, not what a project costs

    @property
    def says_something(self) -> bool:
        """Whether it contains more than grammar and politeness ("please")."""
        return bool(self.content or self.aspects or self.points_back)

    def asks_aspect(self, aspects: Iterable[Aspect]) -> bool:
        """Whether any of the aspects is requested."""
        return any(aspect in self.aspects for aspect in aspects)


def build_vocabulary(
    smalltalk: SmalltalkFile, topics: Sequence[TopicElsewhere], knowledge: KnowledgeBase
) -> Vocabulary:
    """Prepare the words for look-up. The city's own name carries no content, since every question is about the city.

    A topic's own word does not mean the topic in a city that has it in a title ("park", once a park is built).
    """
    pointers: dict[_Stems, Aspect | None] = dict.fromkeys(stems_of(smalltalk.follow_up))
    aspects = {stems: aspect for aspect, phrasings in smalltalk.aspects.items() for stems in stems_of(phrasings)}
    schedule = dict.fromkeys(stems_of(smalltalk.schedule), _WHEN)
    price = dict.fromkeys(stems_of(smalltalk.price), _COST)
    meaning = {stems: topic.id for topic in topics for stems in stems_of(topic.words)}
    titles = runs_of(titles_of(knowledge), set(map(len, meaning)))
    named = {stems: topic for stems, topic in meaning.items() if stems not in titles}
    words = {stems[0] for stems in stems_of(smalltalk.function_words) if len(stems) == 1}
    words.update(_key(token) for name in names_of(knowledge.city) for token in to_query(name).tokens)
    asking = _expressions(pointers | aspects | schedule | price)
    vocabulary = Vocabulary(
        asking, frozenset(schedule), frozenset(price), _expressions(named), frozenset(words), naming=frozenset()
    )
    return replace(vocabulary, naming=_naming(smalltalk, knowledge, vocabulary))


def _naming(smalltalk: SmalltalkFile, knowledge: KnowledgeBase, vocabulary: Vocabulary) -> frozenset[str]:
    def content(texts: Iterable[str]) -> set[str]:
        return {word for text in texts for word in analyze_query(to_query(text), vocabulary).content}

    of_areas = (content(_titles_in(area, knowledge)) for area in knowledge.areas)
    areas_with = Counter(word for words in of_areas for word in words if not word.isdigit())
    lists = (smalltalk.intents["overview"], *smalltalk.overview_by_status.values())
    of_lists = content(text for phrasings in lists for _, text in phrasings.by_language())
    return frozenset(word for word, areas in areas_with.items() if areas == 1) - of_lists


def names_of(city: City) -> list[str]:
    """The name of the city in every language, by itself and after "of"."""
    texts = (text.text_in(language) for text in (city.name, city.name_genitive) for language in LANGUAGES)
    return [text for text in texts if text]


def titles_of(knowledge: KnowledgeBase) -> list[str]:
    """The titles of areas and projects, in every language."""
    return [text for area in knowledge.areas for text in _titles_in(area, knowledge)]


def _titles_in(area: Area, knowledge: KnowledgeBase) -> list[str]:
    """The titles of an area and its projects, in every language."""
    titles = [area.title, *(project.title for project in knowledge.projects_of(area.id))]
    return [text for title in titles for language in LANGUAGES if (text := title.text_in(language))]


def runs_of(texts: Iterable[str], lengths: Iterable[int]) -> set[_Stems]:
    """All runs of these numbers of stems, except those with a number, which may name something else."""
    stems = [tuple(_key(token) for token in to_query(text).tokens) for text in texts]
    runs = (each[start : start + length] for each in stems for length in lengths for start in range(len(each)))
    return {run for run in runs if not any(map(str.isdigit, run))}


def analyze_query(query: Query, vocabulary: Vocabulary) -> QueryAnalysis:
    """Analyse a question; the longest expression wins (“how much” is not “how”)."""
    stems = [_key(token) for token in query.tokens]
    aspects: list[Aspect] = []
    content: list[str] = []
    points_back = asks_schedule = asks_price = False
    place = 0
    while place < len(stems):
        length, aspect = vocabulary.aspects.at(stems, place) or (0, None)
        if aspect:
            aspects.append(aspect)
            expression = tuple(stems[place : place + length])
            asks_schedule = asks_schedule or expression in vocabulary.schedule
            asks_price = asks_price or expression in vocabulary.price
        elif length:
            points_back = True
        elif stems[place] not in vocabulary.function_words:
            content.append(stems[place])
        place += length or 1
    return QueryAnalysis(tuple(dict.fromkeys(aspects)), tuple(_paired(content)), points_back, asks_schedule, asks_price)


def _paired(content: Sequence[str]) -> list[str]:
    """Chinese characters as pairs; a single character stays alone."""
    pairs = [left + right for left, right in pairwise(content) if is_han(left) and is_han(right)]
    return [token for token in content if not is_han(token)] + pairs or list(content)


def topics_named(words: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """The ids of the topics elsewhere whose own words occur among the words of a question, once for each of them."""
    stems = list(map(_key, words))
    found = (vocabulary.topics.at(stems, place) for place in range(len(stems)))
    return [expression[1] for expression in found if expression]


def _expressions(table: Mapping[_Stems, _Value]) -> Expressions[_Value]:
    longest: dict[str, int] = {}
    for stems in filter(None, table):
        longest[stems[0]] = max(len(stems), longest.get(stems[0], 0))
    return Expressions(table, longest)


def stems_of(phrasings: Phrasings) -> Iterator[_Stems]:
    for _, text in phrasings.by_language():
        yield tuple(_key(token) for token in to_query(text).tokens)


def _key(token: str) -> str:
    """The stem of a long word; short words stay as they are, because their endings carry the meaning (как, какие)."""
    return stem(token) if len(token) > 5 and len(stem(token)) > 3 else token
