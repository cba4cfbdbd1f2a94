"""A knowledge base prepared for questions: its phrasings indexed, and classifiers trained on them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.confidence import wealth_of
from bot.answers.learned import Learned, from_arrays, key_of, to_arrays
from bot.answers.service_topics import PREFIX as SERVICE_TOPIC
from bot.answers.vocabulary import names_of, titles_of
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import Fact, KnowledgeBase, Phrasings, SmalltalkFile, TopicElsewhere, Translated
from bot.matching.classifier import Classifier, train
from bot.matching.embeddings import Embedder
from bot.matching.encoder import encode, text_to_encode
from bot.matching.features import numbered_terms, stem, terms
from bot.matching.index import Floats, Index, Integers, Vector, build_index
from bot.matching.normalize import Query, to_query
from bot.matching.spelling import Spelling, learn_spelling
from bot.matching.stored_arrays import ArrayStore

#: What a label begins with: an area, a topic elsewhere, talk with the bot, a wish for the whole list.
AREA, TOPIC, SMALLTALK, OVERVIEW = "area:", "topic:", "talk:", "overview:"
#: Areas of a usual file: an area with this share of a rich file's phrasings is rich.
_USUAL_AREAS = 6
#: What counts beside the score of an entry: the nearest phrasing, the same by meaning alone, and the logarithm of their
#: number. Fitted to questions of which the project is known, asked of files in which some projects had three phrasings.
_NEAREST, _NEAREST_MEANING, _WEALTH = 0.65, 0.5, 0.14
#: How much a kind of text counts in training.
_PHRASING, _WORD, _BODY = 1.0, 0.7, 0.7


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask for something, and what it asks for."""

    text: str
    language: Language
    label: str  #: see AREA and its neighbours
    entry: str  #: the id of the project, or else the label
    fact: str = ""  #: the id of the fact that is asked for, if one is
    importance: float = _PHRASING


@dataclass(frozen=True, slots=True)
class Engine:
    """What is needed to read a question: built once for each version of the knowledge."""

    phrasings: tuple[Phrasing, ...]
    index: Index
    by_label: Classifier  #: areas, topics elsewhere, talk
    kinds: "LabelKinds"  #: of the labels of `by_label`
    by_entry: Classifier  #: projects, and areas as a whole
    spelling: Spelling
    places_of_fact: Mapping[tuple[str, str], Integers]  #: entry and fact -> its phrasings
    places_of_entry: Mapping[str, Integers]  #: entry -> its phrasings that ask for no fact in particular
    span_of_entry: Mapping[str, slice]  #: entry -> all its phrasings, which stand together
    words_of_area: Mapping[str, frozenset[str]]  #: area id -> the terms and numbered terms of its phrasings
    words_of_entry: Mapping[str, frozenset[str]]  #: the same by project id, or label of an area as a whole
    words_of_fact: Mapping[tuple[str, str], frozenset[str]]  #: entry and fact -> the stems of its phrasings
    words_of_card: Mapping[str, frozenset[str]]  #: entry -> the stems of those that ask for no fact in particular
    wealth: Mapping[str, float]  #: label of an area -> see `wealth_of`
    starts: Integers  #: label -> its first phrasing; those of one label stand together, in the order of the labels
    embedder: Embedder | None  #: None: words and letters alone are compared

    def read(self, query: Query) -> "Reading":
        """How well each label and entry fits a query."""
        return self.read_all([query])[0]

    def read_all(self, queries: Sequence[Query], *, scores_only: bool = False) -> list["Reading"]:
        """How well each label and entry fits each of some queries, which are encoded together.

        With `scores_only` they are not compared with single phrasings, which is a good part of the time.
        """
        if not queries:
            return []
        meanings = encode(queries, self.embedder)
        vectors = [self.index.vector(query, meaning) for query, meaning in zip(queries, meanings, strict=True)]
        return self._readings(vectors, scores_only=scores_only)

    def _readings(self, vectors: Sequence[Vector], *, scores_only: bool = False) -> list["Reading"]:
        if scores_only:
            meant = similarities = np.zeros((len(vectors), len(self.phrasings)), np.float32)
        else:
            meant = self.index.similarities_of_meaning(vectors)
            similarities = self.index.joined(vectors, meant)
        return [
            Reading(
                labels=self.by_label.scores(vector),
                entries=self.by_entry.scores(vector),
                nearest=np.maximum.reduceat(row, self.starts),
                nearest_meaning=np.maximum.reduceat(of_meaning, self.starts),
                similarities=row,
                meanings=of_meaning if vector.columns.size else row,
                vector=vector,
            )
            for vector, row, of_meaning in zip(vectors, similarities, meant, strict=True)
        ]

    def read_closely(self, readings: Sequence["Reading"]) -> list["Reading"]:
        """Readings that have scores only, compared with single phrasings as well."""
        return self._readings([reading.vector for reading in readings]) if readings else []

    def encode_ahead(self, queries: Sequence[Query], texts: Sequence[str] = ()) -> None:
        """Encode together what is read one by one afterwards, in half the time; the embedder keeps it for a while."""
        if self.embedder:
            self.embedder.encode([*map(text_to_encode, queries), *texts])

    def read_by_meaning(self, meaning: Floats) -> "Reading":
        """How well each label and entry fits a text of which only the embedding is known."""
        return self._readings([self.index.vector_by_meaning(meaning)])[0]

    def nearest_meanings(self, reading: "Reading") -> Floats:
        """The nearest by meaning alone; by words too where the text has no meaning, or none of its words is known."""
        by_meaning = reading.vector.meaning.size and reading.vector.columns.size
        return reading.nearest_meaning if by_meaning else reading.nearest

    def entry_scores(self, reading: "Reading") -> dict[str, float]:
        """The scores of a reading by project id, or label of the area as a whole."""
        return dict(zip(self.by_entry.labels, reading.entries.tolist(), strict=True))

    def scores_beside(self, entries: Sequence[str], reading: "Reading") -> dict[str, float]:
        """The scores of some entries, where one that has fewer phrasings than the others is as likely as they are.

        The classifier scores an entry lower that has few, so the nearest one counts as well, and their number against.
        """
        spans = [self.span_of_entry[entry] for entry in entries]
        nearest = [
            _NEAREST * reading.similarities[span].max()
            + _NEAREST_MEANING * reading.meanings[span].max()
            - _WEALTH * np.log(span.stop - span.start)
            for span in spans
        ]
        scores, usual = self.entry_scores(reading), float(np.mean(nearest))
        return {entry: scores[entry] + float(near) - usual for entry, near in zip(entries, nearest, strict=True)}


@dataclass(frozen=True, slots=True)
class LabelKinds:
    """The columns of the labels of each kind, in their order."""

    names: tuple[str, ...]  #: all labels
    areas: Integers
    topics: Integers
    own_topics: Integers  #: those of the city, without those that ship with the program
    smalltalk: Integers
    talk: Integers  #: small talk and overviews
    no_smalltalk: Integers

    def best(self, columns: Integers, scores: NDArray[np.floating[Any]]) -> tuple[str, float]:
        """The label with the highest score among some columns; of equal ones the first; "" and 0 of none."""
        if not len(columns):
            return "", 0.0
        column = columns[scores[columns].argmax()]
        return self.names[column], float(scores[column])


def _kinds_of(names: Sequence[str]) -> LabelKinds:
    def columns(*prefixes: str, but: tuple[str, ...] = ()) -> Integers:
        found = [place for place, name in enumerate(names) if name.startswith(prefixes) and not name.startswith(but)]
        return np.array(found, np.int32)

    return LabelKinds(
        tuple(names),
        areas=columns(AREA),
        topics=columns(TOPIC),
        own_topics=columns(TOPIC, but=(TOPIC + SERVICE_TOPIC,)),
        smalltalk=columns(SMALLTALK),
        talk=columns(SMALLTALK, OVERVIEW),
        no_smalltalk=columns("", but=(SMALLTALK,)),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text was read: scores are about 1 where it sounds typical of a label, about 0 where it does not."""

    labels: Floats  #: one score for each label of `by_label`
    entries: Floats  #: one score for each label of `by_entry`
    nearest: Floats  #: for each label of `by_label` the similarity of its nearest phrasing
    nearest_meaning: Floats  #: the same by meaning alone
    similarities: Floats  #: one for each phrasing
    meanings: Floats  #: the same by meaning alone, where the text has words that are known
    vector: Vector

    def with_parts(self, parts: Sequence["Reading"]) -> "Reading":
        """This reading, and what the parts of the text say each for itself.

        A long story has few words about the matter; the sentence that has them scores better alone.
        """
        labels = self.labels + _PART * sum(part.labels for part in parts)
        entries = self.entries + _PART * sum(part.entries for part in parts)
        return replace(self, labels=labels, entries=entries)


#: How much a part of a message adds to the whole.
_PART = 0.3


def understand(
    knowledge: KnowledgeBase,
    smalltalk: SmalltalkFile,
    topics: Sequence[TopicElsewhere] = (),
    embedder: Embedder | None = None,
    store: ArrayStore | None = None,
) -> Engine:
    """Index and learn a knowledge base; O(features of its phrasings x labels), unless the store has it."""
    phrasings = tuple(_phrasings(knowledge, smalltalk, topics))
    learned = _learned(phrasings, _named([*knowledge.topics_elsewhere, *topics]), embedder, store)
    facts: dict[tuple[str, str], list[int]] = defaultdict(list)
    entries: dict[str, list[int]] = defaultdict(list)
    for place, phrasing in enumerate(phrasings):
        if phrasing.fact:
            facts[phrasing.entry, phrasing.fact].append(place)
        else:
            entries[phrasing.entry].append(place)
    labels = [phrasing.label for phrasing in phrasings]
    return Engine(
        phrasings=phrasings,
        index=learned.index,
        by_label=learned.by_label,
        kinds=_kinds_of(learned.by_label.labels),
        by_entry=learned.by_entry,
        spelling=replace(learned.spelling, is_word=embedder.is_word) if embedder else learned.spelling,
        places_of_fact={key: np.array(found, np.int32) for key, found in facts.items()},
        places_of_entry={key: np.array(found, np.int32) for key, found in entries.items()},
        span_of_entry=_spans([phrasing.entry for phrasing in phrasings]),
        words_of_area=learned.words_of_area,
        words_of_entry=learned.words_of_entry,
        words_of_fact={key: stems for key, stems in learned.words_of_fact.items() if key[1]},
        words_of_card={entry: stems for (entry, fact), stems in learned.words_of_fact.items() if not fact},
        wealth=_wealth(labels),
        starts=np.array([labels.index(label) for label in dict.fromkeys(labels)], np.int32),
        embedder=embedder,
    )


#: Under this name what was learned is kept.
_STORED = "engine"


def _learned(
    phrasings: Sequence[Phrasing], named: Sequence[str], embedder: Embedder | None, store: ArrayStore | None
) -> Learned:
    if store is None:
        return _learn(phrasings, named, embedder)
    texts = [(each.text, each.language, each.label, each.entry, each.fact, each.importance) for each in phrasings]
    key = key_of((texts, named), embedder.version if embedder else None)
    if (arrays := store.read(_STORED, key)) is not None:
        return from_arrays(arrays)
    learned = _learn(phrasings, named, embedder)
    store.write(_STORED, key, to_arrays(learned))
    # What is mapped from the disk takes the place of what is in memory.
    return from_arrays(arrays) if (arrays := store.read(_STORED, key)) is not None else learned


def _learn(phrasings: Sequence[Phrasing], named: Sequence[str], embedder: Embedder | None) -> Learned:
    queries = [_query_of_knowledge(phrasing.text) for phrasing in phrasings]
    numbers: dict[str, int] = {}
    meanings = embedder.embed([text_to_encode(query) for query in queries]) if embedder else None
    index = build_index(queries, [numbers.setdefault(phrasing.entry, len(numbers)) for phrasing in phrasings], meanings)
    importance = np.array([phrasing.importance for phrasing in phrasings], np.float32)
    words: dict[str, set[str]] = defaultdict(set)
    words_of_entry: dict[str, set[str]] = defaultdict(set)
    words_of_fact: dict[tuple[str, str], set[str]] = defaultdict(set)
    for phrasing, query in zip(phrasings, queries, strict=True):
        if phrasing.label.startswith(AREA):
            # A number in a statement counts something; in a phrasing it may be a name ("Hospital No 6").
            stated = phrasing.fact and phrasing.importance == _BODY
            said = [term for term in terms(query) if not (stated and term.isdigit())]
            said += [] if stated else numbered_terms(query)
            words[phrasing.label.removeprefix(AREA)].update(said)
            words_of_entry[phrasing.entry].update(said)
            words_of_fact[phrasing.entry, phrasing.fact].update(map(stem, query.tokens))
    return Learned(
        index=index,
        by_label=train(index, [phrasing.label for phrasing in phrasings], importance),
        by_entry=train(index, [_entry_label(phrasing) for phrasing in phrasings], importance),
        spelling=learn_spelling([*queries, *map(_query_of_knowledge, named)]),
        words_of_area={area: frozenset(stems) for area, stems in words.items()},
        words_of_entry={entry: frozenset(stems) for entry, stems in words_of_entry.items()},
        words_of_fact={key: frozenset(stems) for key, stems in words_of_fact.items()},
    )


def _spans(entries: Sequence[str]) -> dict[str, slice]:
    """Where the phrasings of each entry of the list stand, which are adjacent."""
    ends = {entry: place + 1 for place, entry in enumerate(entries)}
    starts = {entry: place for place, entry in reversed(list(enumerate(entries)))}
    return {entry: slice(starts[entry], ends[entry]) for entry in starts}


def _wealth(labels: Sequence[str]) -> dict[str, float]:
    """How rich in phrasings each area is: no richer than the file, and no richer than it is by itself."""
    counts = Counter(label for label in labels if label.startswith(AREA))
    return {label: wealth_of(min(counts.total(), _USUAL_AREAS * count)) for label, count in counts.items()}


def learns_the_same(knowledge: KnowledgeBase, other: KnowledgeBase) -> bool:
    """Whether `understand` would learn the same from both, and look up the same words."""
    texts = zip_longest(_phrasings_of(knowledge), _phrasings_of(other))
    alike = names_the_same(knowledge, other) and knowledge.smalltalk == other.smalltalk
    return alike and all(here == there for here, there in texts)


def names_the_same(knowledge: KnowledgeBase, other: KnowledgeBase) -> bool:
    """Whether the same words of topics elsewhere are looked up in both, and the same name of the city.

    Which words mean a topic depends on the titles.
    """
    words = [[(topic.id, topic.words) for topic in each.topics_elsewhere] for each in (knowledge, other)]
    titled = titles_of(knowledge) == titles_of(other)
    return titled and words[0] == words[1] and names_of(knowledge.city) == names_of(other.city)


#: Queries of the knowledge's own texts: when a few of them change, the others are not normalised again. Never asked
#: for what citizens write, which must not be kept.
_query_of_knowledge = lru_cache(maxsize=50_000)(to_query.__wrapped__)


def _named(topics: Sequence[TopicElsewhere]) -> list[str]:
    """The own words of the topics elsewhere: looked up as they are, so they are no misspellings of others."""
    return [text for topic in topics for _, text in topic.words.by_language()]


def _entry_label(phrasing: Phrasing) -> str:
    """All that is no project or area is one label: it only has to be told apart."""
    return phrasing.entry if phrasing.label.startswith(AREA) else ""


def _phrasings(
    knowledge: KnowledgeBase, smalltalk: SmalltalkFile, topics: Sequence[TopicElsewhere]
) -> Iterator[Phrasing]:
    own = list(_phrasings_of(knowledge))
    said = {phrasing.text.casefold() for phrasing in own}
    yield from own
    # What the city itself files under something is about that, whatever it is about elsewhere.
    yield from (phrasing for phrasing in _phrasings_of_topics(topics) if phrasing.text.casefold() not in said)
    yield from _phrasings_of_smalltalk(smalltalk, knowledge)


def _phrasings_of(knowledge: KnowledgeBase) -> Iterator[Phrasing]:
    for area in knowledge.areas:  # phrasings of an area are adjacent, see `starts`
        label = AREA + area.id
        yield from _of(area.phrasings, label, label)
        yield from _of(area.words, label, label, importance=_WORD)
        yield from _written((area.title,), label, label, _PHRASING)
        yield from _written((area.overview,), label, label, _BODY)
        yield from _questions(area.facts, label, label)
        for project in knowledge.projects_of(area.id):
            yield from _of(project.phrasings, label, project.id)
            yield from _of(project.words, label, project.id, importance=_WORD)
            yield from _written((project.title,), label, project.id, _PHRASING)
            yield from _written((project.summary,), label, project.id, _BODY)
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
        yield from _written((fact.statement,), label, entry, _BODY, fact.id)
