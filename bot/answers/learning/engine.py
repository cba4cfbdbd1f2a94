"""A knowledge base prepared for questions: its phrasings indexed, and classifiers trained on them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.learning.confidence import wealth_of
from bot.answers.learning.entries import Entries, Facts, entries_of, facts_of
from bot.answers.learning.lacking_languages import LackingLanguages, lacking_languages
from bot.answers.learning.learned import Learned, from_arrays, key_of, to_arrays, with_arrays
from bot.answers.learning.phrasings import AREA, OVERVIEW, SMALLTALK, STATEMENT, TOPIC, Phrasing, phrasings_of
from bot.answers.learning.service_topics import PREFIX as SERVICE_TOPIC
from bot.i18n.languages import Language
from bot.knowledge import KnowledgeBase, SmalltalkFile, TopicElsewhere
from bot.matching.arrays import Floats, Integers
from bot.matching.classifier import THREADS, begin_training
from bot.matching.embeddings import Embedder
from bot.matching.encoder import encode, text_to_encode
from bot.matching.features import numbered_terms, stem, terms
from bot.matching.index import Vector, build_index_and_rows
from bot.matching.normalize import Query, to_query
from bot.matching.spelling import learn_spelling
from bot.matching.stored_arrays import ArrayStore

#: The number of areas in a usual file. An area with this fraction of a rich file's phrasings counts as rich.
_USUAL_AREAS = 6


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything needed to score a question; built once for each version of the knowledge."""

    phrasings: tuple[Phrasing, ...]
    learned: Learned
    kinds: "LabelKinds"  #: of the labels of `by_label`
    facts: Facts
    places_of_entry: Mapping[str, Integers]  #: entry -> its phrasings that ask for no particular fact
    entries: Entries  #: projects, areas as a whole, topics elsewhere, small talk
    words_of_fact: Mapping[tuple[str, str], frozenset[str]]  #: (entry, fact) -> the stems of its phrasings
    words_of_card: Mapping[str, frozenset[str]]  #: entry -> the stems of the phrasings that ask for no particular fact
    wealth: Mapping[str, float]  #: label of an area -> see `wealth_of`
    lacking: LackingLanguages
    starts: Integers  #: label -> its first phrasing; phrasings of a label are adjacent, in the order of the labels
    embedder: Embedder | None  #: None: only words and letters are compared

    def score(self, query: Query) -> "Scores":
        """How well each label and entry fits a query."""
        return self.score_all([query])[0]

    def score_all(self, queries: Sequence[Query], *, without_phrasings: bool = False) -> list["Scores"]:
        """How well each label and entry fits each query; the queries are encoded together.

        `without_phrasings` leaves out the comparison with single phrasings, which takes a large part of the time.
        """
        if not queries:
            return []
        meanings = encode(queries, self.embedder)
        scored = self._scored(self.learned.index.vectors(queries, meanings))
        return scored if without_phrasings else self.compare_with_phrasings(scored)

    def _scored(self, vectors: Sequence[Vector]) -> list["Scores"]:
        """Scores without the comparison with single phrasings."""
        nowhere, nothing = np.zeros(len(self.phrasings), np.float32), np.zeros(len(self.starts), np.float32)
        by_label, by_entry = self.learned.by_label.scores(vectors), self.learned.by_entry.scores(vectors)
        return [
            Scores(labels, entries, nothing, nothing, nowhere, nowhere, vector)
            for labels, entries, vector in zip(by_label, by_entry, vectors, strict=True)
        ]

    def compare_with_phrasings(self, scored: Sequence["Scores"]) -> list["Scores"]:
        """Add the comparison with single phrasings to scores that lack it."""
        if not scored:
            return []
        vectors = [scores.vector for scores in scored]
        meant = self.learned.index.similarities_of_meaning(vectors)
        similarities = self.learned.index.joined(vectors, meant)
        return [
            Scores(
                scores.labels,
                scores.entries,
                nearest=np.maximum.reduceat(row, self.starts),
                nearest_meaning=np.maximum.reduceat(of_meaning, self.starts),
                similarities=row,
                meanings=of_meaning if scores.vector.columns.size else row,
                vector=scores.vector,
            )
            for scores, row, of_meaning in zip(scored, similarities, meant, strict=True)
        ]

    def _compared(self, vector: Vector) -> "Scores":
        return self.compare_with_phrasings(self._scored([vector]))[0]

    def encode_ahead(self, queries: Sequence[Query], texts: Sequence[str] = ()) -> None:
        """Encode texts together that are read one by one later, in half the time; the embedder caches them."""
        if self.embedder:
            self.embedder.encode([*map(text_to_encode, queries), *texts])

    def score_meaning(self, meaning: Floats) -> "Scores":
        """How well each label and entry fits a text of which only the embedding is known."""
        return self._compared(self.learned.index.vector_by_meaning(meaning))

    def score_lacking_language(self, meaning: Floats, language: Language) -> "Scores":
        """How well each label and entry fits a text in a language that the file lacks; see `lacking_languages`."""
        vector = self.learned.index.vector_of_meaning(meaning - self.learned.index.usual)
        scores = self._compared(self.learned.index.counted_for_all(vector, self.lacking.shifts[language]))
        compared = np.where(self.lacking.comparable, scores.similarities, np.float32(-1))
        return replace(scores, nearest=np.maximum.reduceat(compared, self.starts))

    def nearest_meanings(self, scores: "Scores") -> Floats:
        """The similarities by meaning alone; by words as well if the text has no meaning or no known word."""
        by_meaning = scores.vector.meaning.size and scores.vector.columns.size
        return scores.nearest_meaning if by_meaning else scores.nearest

    def entry_scores(self, scores: "Scores") -> dict[str, float]:
        """The scores of entries by project id, or by label for an area as a whole."""
        return dict(zip(self.learned.by_entry.labels, scores.entries.tolist(), strict=True))

    def corrected_entry_scores(self, entries: Sequence[str], scores: "Scores") -> dict[str, float]:
        """The scores of some entries, corrected for entries with few phrasings.

        The classifier scores such entries too low, so the nearest phrasing counts as well, and the number counts
        against.
        """
        columns = [self.entries.column[entry] for entry in entries]
        nearest = self.entries.nearness(scores.similarities, scores.meanings)[columns]
        uncorrected, usual = self.entry_scores(scores), float(np.mean(nearest))
        return {entry: uncorrected[entry] + near - usual for entry, near in zip(entries, nearest.tolist(), strict=True)}


@dataclass(frozen=True, slots=True)
class LabelKinds:
    """For each kind of label, the columns of its labels, in order."""

    names: tuple[str, ...]  #: all labels
    areas: Integers
    topics: Integers
    own_topics: Integers  #: topics of the city, without those that ship with the program
    smalltalk: Integers
    talk: Integers  #: small talk and overviews
    no_smalltalk: Integers

    def best(self, columns: Integers, scores: NDArray[np.floating[Any]]) -> tuple[str, float]:
        """The label with the highest score among some columns; the first one on a tie; "" and 0 if there are none."""
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
class Scores:
    """How well each label and entry fits a text: about 1 if the text is typical of it, about 0 if not."""

    labels: Floats  #: one score for each label of `by_label`
    entries: Floats  #: one score for each label of `by_entry`
    nearest: Floats  #: for each label of `by_label`, the similarity of its nearest phrasing
    nearest_meaning: Floats  #: the same by meaning alone
    similarities: Floats  #: one for each phrasing
    meanings: Floats  #: the same by meaning alone, if the text has known words
    vector: Vector

    def with_parts(self, parts: Sequence["Scores"]) -> "Scores":
        """These scores plus those of the parts of the text.

        A long story has few words about its subject; the sentence that contains them scores higher alone.
        """
        if not parts:
            return self
        labels = self.labels + _PART * sum(part.labels for part in parts)
        entries = self.entries + _PART * sum(part.entries for part in parts)
        return replace(self, labels=labels, entries=entries)


#: The weight of a part of a message, relative to the whole.
_PART = 0.3


def build_engine(
    knowledge: KnowledgeBase,
    smalltalk: SmalltalkFile,
    topics: Sequence[TopicElsewhere] = (),
    embedder: Embedder | None = None,
    store: ArrayStore | None = None,
    *,
    is_kept: bool = True,
) -> Engine:
    """Index and train on a knowledge base, or load the result from the store; O(features of its phrasings x labels).

    Without `is_kept` nothing is read from or written to the disk, which takes 200 ms; `keep_learned` does that later.
    """
    phrasings = tuple(phrasings_of(knowledge, smalltalk, topics))
    named = _named([*knowledge.topics_elsewhere, *topics])
    if store and is_kept:
        learned = _read_or_learn(phrasings, named, embedder, store)
    else:
        learned = _learn(phrasings, named, embedder, is_kept=is_kept)
    spelling = replace(learned.spelling, known=learned.spelling.known | _asking(smalltalk))
    learned = replace(learned, spelling=replace(spelling, is_word=embedder.is_word) if embedder else spelling)
    places = _places_of(phrasings)
    labels = [phrasing.label for phrasing in phrasings]
    names = [phrasing.entry for phrasing in phrasings]
    return Engine(
        phrasings=phrasings,
        learned=learned,
        kinds=_kinds_of(learned.by_label.labels),
        facts=facts_of([(phrasing.entry, phrasing.fact) for phrasing in phrasings]),
        places_of_entry={entry: found for (entry, fact), found in places.items() if not fact},
        entries=entries_of(names, list(knowledge.project_by_id), [AREA + area.id for area in knowledge.areas]),
        words_of_fact={key: stems for key, stems in learned.words_of_fact.items() if key[1]},
        words_of_card={entry: stems for (entry, fact), stems in learned.words_of_fact.items() if not fact},
        wealth=_wealth(labels),
        lacking=lacking_languages(phrasings, learned.index.meanings),
        starts=_starts_of(labels),
        embedder=embedder,
    )


def _places_of(phrasings: Sequence[Phrasing]) -> dict[tuple[str, str], Integers]:
    """(entry, fact) -> the places of its phrasings; the fact is "" for phrasings that ask for no particular one."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, phrasing in enumerate(phrasings):
        places[phrasing.entry, phrasing.fact].append(place)
    return {key: np.array(found, np.int32) for key, found in places.items()}


def _starts_of(labels: Sequence[str]) -> Integers:
    """The first place of each different label."""
    first: dict[str, int] = {}
    for place, label in enumerate(labels):
        first.setdefault(label, place)
    return np.array([*first.values()], np.int32)


#: The names under which the results are stored.
_STORED, _STORED_DRAFT = "engine", "draft"


def _read_or_learn(
    phrasings: Sequence[Phrasing], named: Sequence[str], embedder: Embedder | None, store: ArrayStore
) -> Learned:
    key = _key_of(phrasings, named, embedder)
    if (kept := store.read(_STORED, key)) is not None:
        return from_arrays(kept)
    arrays = to_arrays(_learn(phrasings, named, embedder))
    store.write(_STORED, key, arrays)
    # The arrays mapped from disk replace those in memory, which are freed before the texts are read.
    return from_arrays(store.read(_STORED, key) or arrays)


def keep_learned(
    engine: Engine, knowledge: KnowledgeBase, topics: Sequence[TopicElsewhere], store: ArrayStore, *, is_live: bool
) -> Engine:
    """Store what an engine learned; returns the engine with its arrays mapped from the store.

    A start reads only what is stored with `is_live`. The last draft has a place of its own.
    """
    name = _STORED if is_live else _STORED_DRAFT
    key = _key_of(engine.phrasings, _named([*knowledge.topics_elsewhere, *topics]), engine.embedder)
    if engine.embedder:
        engine.embedder.keep()
    if (kept := store.read(name, key)) is None:
        store.write(name, key, to_arrays(engine.learned))
        kept = store.read(name, key)
    return replace(engine, learned=with_arrays(engine.learned, kept)) if kept else engine


def _key_of(phrasings: Sequence[Phrasing], named: Sequence[str], embedder: Embedder | None) -> str:
    texts = [(each.text, each.language, each.label, each.entry, each.fact, each.importance) for each in phrasings]
    return key_of((texts, named), embedder.version if embedder else None)


def _learn(
    phrasings: Sequence[Phrasing], named: Sequence[str], embedder: Embedder | None, *, is_kept: bool = True
) -> Learned:
    queries = [query_of_knowledge(phrasing.text) for phrasing in phrasings]
    numbers: dict[str, int] = {}
    index, rows = build_index_and_rows(
        queries,
        [numbers.setdefault(phrasing.entry, len(numbers)) for phrasing in phrasings],
        embedder.embed([text_to_encode(query) for query in queries], at_once=is_kept) if embedder else None,
    )
    importance = np.array([phrasing.importance for phrasing in phrasings], np.float32)
    labelings = ([phrasing.label for phrasing in phrasings], [_entry_label(phrasing) for phrasing in phrasings])
    with ThreadPoolExecutor(THREADS, "learning") as threads:
        classifiers = begin_training(threads, index, rows, labelings, importance)
        # What follows holds the interpreter lock, for which the classifiers would wait at each product of matrices. So
        # it begins when a thread has no block of labels left.
        spelling = threads.submit(lambda: learn_spelling([*queries, *map(query_of_knowledge, named)]))
        words_of_phrasings = threads.submit(_words_of, phrasings, queries)
    by_label, by_entry = classifiers()
    words = words_of_phrasings.result()
    return Learned(
        index=index,
        by_label=by_label,
        by_entry=by_entry,
        spelling=spelling.result(),
        words_of_area={area: frozenset(stems) for area, stems in words.of_area.items()},
        words_of_entry={entry: frozenset(stems) for entry, stems in words.of_entry.items()},
        words_of_fact={key: frozenset(stems) for key, stems in words.of_fact.items()},
    )


@dataclass(slots=True)
class _Words:
    """The words of phrasings, grouped by what they ask about; see `Engine`."""

    of_area: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_entry: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_fact: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, phrasing: Phrasing, query: Query) -> None:
        # A number in a statement counts something; in a phrasing it may be part of a name ("Hospital No 6").
        stated = phrasing.fact and phrasing.importance == STATEMENT
        said = [term for term in terms(query) if not (stated and term.isdigit())]
        said += [] if stated else numbered_terms(query)
        self.of_area[phrasing.label.removeprefix(AREA)].update(said)
        self.of_entry[phrasing.entry].update(said)
        self.of_fact[phrasing.entry, phrasing.fact].update(map(stem, query.tokens))


def _words_of(phrasings: Sequence[Phrasing], queries: Sequence[Query]) -> _Words:
    words = _Words()
    for phrasing, query in zip(phrasings, queries, strict=True):
        if phrasing.label.startswith(AREA):
            words.add(phrasing, query)
    return words


def _wealth(labels: Sequence[str]) -> dict[str, float]:
    """How rich in phrasings each area is: at most as rich as the file, and as the area by itself."""
    counts = Counter(label for label in labels if label.startswith(AREA))
    return {label: wealth_of(min(counts.total(), _USUAL_AREAS * count)) for label, count in counts.items()}


#: Queries for the knowledge's own texts: after a small change the other texts are not normalised again. Never used for
#: what citizens write, which must not be kept.
query_of_knowledge = lru_cache(maxsize=50_000)(to_query.__wrapped__)


def _named(topics: Sequence[TopicElsewhere]) -> list[str]:
    """The topics' own words. They are looked up as they are, so that they are not taken for misspellings."""
    return [text for topic in topics for _, text in topic.words.by_language()]


def _asking(smalltalk: SmalltalkFile) -> set[str]:
    """The words that ask for an aspect. They are no misspellings, though a small file may have none of them."""
    texts = (text for phrasings in smalltalk.aspects.values() for _, text in phrasings.by_language())
    return {token for text in texts for token in query_of_knowledge(text).tokens}


def _entry_label(phrasing: Phrasing) -> str:
    """Everything that is not a project or area has one label: it only has to be distinguished from them."""
    return phrasing.entry if phrasing.label.startswith(AREA) else ""
