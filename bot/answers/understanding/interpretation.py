"""Scores what a message may be about, as a whole and in parts, in the letters that make sense."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from types import MappingProxyType

import numpy as np

from bot.answers.learning.confidence import CONFIDENCE, Fit, Signals, scarcity_of
from bot.answers.learning.engine import Engine, Scores
from bot.answers.learning.phrasings import AREA, TOPIC
from bot.answers.learning.vocabulary import analyze_query, topics_named
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.corrections import is_denied
from bot.answers.understanding.patterns import PATTERNS
from bot.i18n.languages import Language
from bot.matching.embeddings import Embedder
from bot.matching.normalize import Query, fold, part_of, to_query, words_in
from bot.matching.other_languages import is_other_language
from bot.matching.spelling import corrected
from bot.matching.transliterate import transliterations


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a message may be about, and how certain that is."""

    query: Query
    scores: Scores
    areas: tuple[tuple[str, float], ...]  #: area id and score, best first
    topic: tuple[str, float]  #: the best topic elsewhere and its score
    own_topic: tuple[str, float]  #: the same for the city's own topics
    smalltalk: tuple[str, float]  #: the best kind of small talk or overview, and its score
    signals: Signals  #: the inputs of the confidence
    confidence: float  #: the probability that the best area was asked for
    in_scope: float  #: the probability that any area was asked for
    by_meaning: bool = False  #: whether the message is in a language that only the encoder knows
    parts: Mapping[Query, Scores] = field(default_factory=dict)  #: scored already, without phrasings


#: Separators of sentences, numbered items and clauses.
_PARTS = re.compile(r"[.!?。！？;；:：…\n]+|[,，、]|(?<!\d)\d\)")
#: The same, plus words that join two questions.
_JOINTS = re.compile(rf"{_PARTS.pattern}|[+&/]|{PATTERNS.any_of('joints').pattern}")
#: A text with more parts is not all questions; the last ones are read, since people ask at the end.
_MAX_PARTS = 24
#: From this many words on, a part is also scored in pieces of this length.
_LONG, _PIECE = 24, 12
#: From this many words on, a message is a story: its parts are not questions, except perhaps the last.
LONG_MESSAGE = 40
#: The area of a part must have this score in the whole message too; otherwise the part is a figure of speech.
SCORED_IN_THE_WHOLE = 0.2
#: The most characters of a text in another language that are encoded.
_MAX_ENCODED = 512
#: If this share of the words is known, by weight, a message is not read in other letters.
_MOSTLY_KNOWN = 0.5
#: A transliteration needs this much more confidence than the letters as typed.
_MUCH_BETTER = 0.2


def interpret(text: str, snapshot: Snapshot) -> tuple[Interpretation, Language | None]:
    """Read the text as typed or, if that is meaningless, in the letters that were intended.

    If the file lacks the language, the text is read by its meaning if that fits better.
    """
    if (embedder := snapshot.engine.embedder) and is_other_language(text):
        return _in_another_language(text, embedder, snapshot), None
    found, language = _in_any_letters(text, snapshot)
    if not embedder or not language or language not in snapshot.engine.lacking.shifts:
        return found, language
    scores = snapshot.engine.score_lacking_language(embedder.encode([text[:_MAX_ENCODED]])[0], language)
    meant = replace(_interpretation_of(to_query(text), scores, snapshot), by_meaning=True)
    # Everyday words of that language only identify the area; the meaning identifies the project too.
    return (meant if meant.confidence > found.confidence - _MUCH_BETTER else found), language


def _in_any_letters(text: str, snapshot: Snapshot) -> tuple[Interpretation, Language | None]:
    """The text as typed, or in the letters that were intended."""
    typed = _as_typed(text, snapshot)
    if typed.scores.vector.known > _MOSTLY_KNOWN:
        return typed, typed.query.language
    transliterated = list(transliterations(fold(text), snapshot.engine.learned.spelling))
    others = [
        (_interpretation_of(query, scores, snapshot), language)
        for (language, query), scores in zip(
            transliterated, snapshot.engine.score_all([query for _, query in transliterated]), strict=True
        )
    ]
    best, language = max(others, key=lambda other: other[0].confidence, default=(typed, None))
    if best.scores.vector.known > typed.scores.vector.known and best.confidence > typed.confidence + _MUCH_BETTER:
        return best, language
    return typed, typed.query.language


def _in_another_language(text: str, embedder: Embedder, snapshot: Snapshot) -> Interpretation:
    scores = snapshot.engine.score_meaning(embedder.encode([text[:_MAX_ENCODED]])[0])
    return replace(_interpretation_of(to_query(text), scores, snapshot), by_meaning=True)


def _as_typed(text: str, snapshot: Snapshot) -> Interpretation:
    """A message as a whole and in parts, without parts that are small talk or say what is not meant."""
    engine = snapshot.engine
    whole = corrected(to_query(text), engine.learned.spelling)
    parts = [corrected(part, engine.learned.spelling) for part in dict.fromkeys(_split(whole, _PARTS))]
    # The folded text is checked for emergencies, whatever is found. In a long text some part is usually left out.
    compared = _compared(whole, len(parts), snapshot) if len(whole.tokens) <= LONG_MESSAGE else []
    engine.encode_ahead([*parts, *compared], [fold(text)])
    scored = engine.score_all(parts, without_phrasings=True)
    telling = [
        (part, scores)
        for part, scores in zip(parts, scored, strict=True)
        if not is_denied(part.text) and not _is_smalltalk(scores, snapshot)
    ]
    if len(telling) < len(parts) and any(
        analyze_query(part, snapshot.vocabulary).says_something for part, _ in telling
    ):
        tokens = tuple(token for part, _ in telling for token in part.tokens)
        whole, compared = replace(whole, text=" ".join(part.text for part, _ in telling), tokens=tokens), []
    if not compared:
        engine.encode_ahead(_compared(whole, len(telling), snapshot))
    pieces = engine.score_all(_pieces(whole, len(telling)), without_phrasings=True)
    scores = engine.score(whole)
    of_parts = [scores for part, scores in telling if len(part.tokens) > 1] if len(telling) > 1 else []
    read = dict(zip(parts, scored, strict=True))
    return _interpretation_of(whole, scores.with_parts(of_parts + pieces), snapshot, read)


def _compared(whole: Query, parts: int, snapshot: Snapshot) -> list[Query]:
    """What is compared of a message with this number of parts, once it is known which parts are left out."""
    return [whole, *_pieces(whole, parts), *_asked(whole, snapshot)]


@dataclass(frozen=True)
class Parts:
    """The questions of a message, each scored separately; empty if the message is one question."""

    queries: tuple[Query, ...]
    scored: tuple[Scores, ...]  #: without the comparison with single phrasings
    snapshot: Snapshot

    @cached_property
    def areas(self) -> list[str]:
        """The area that fits each part best."""
        columns = self.snapshot.engine.kinds.areas
        return [self.snapshot.knowledge.areas[scores.labels[columns].argmax()].id for scores in self.scored]

    @cached_property
    def interpretations(self) -> list[Interpretation]:
        """What each part may be about."""
        return self.interpreted(range(len(self.queries)))

    def interpreted(self, places: Sequence[int]) -> list[Interpretation]:
        """What some of the parts may be about, compared with single phrasings, which takes a large part of the time."""
        queries = [self.queries[place] for place in places]
        scored = self.snapshot.engine.compare_with_phrasings([self.scored[place] for place in places])
        return [_interpretation_of(*part, self.snapshot) for part in zip(queries, scored, strict=True)]

    def may_ask(self, place: int) -> bool:
        """Whether a part asks for an aspect, as a question in a long story does."""
        return bool(analyze_query(self.queries[place], self.snapshot.vocabulary).aspects)


def parts_of(interpretation: Interpretation, snapshot: Snapshot) -> Parts:
    """The questions of a message, if it is in a language of the bot."""
    asked = [] if interpretation.by_meaning else _asked(interpretation.query, snapshot)
    unread = [query for query in dict.fromkeys(asked) if query not in interpretation.parts]
    read = dict(zip(unread, snapshot.engine.score_all(unread, without_phrasings=True), strict=True))
    scored = tuple(interpretation.parts.get(query) or read[query] for query in asked)
    return Parts(tuple(asked), scored, snapshot)


def each_question(interpretation: Interpretation, parts: Parts) -> list[Interpretation]:
    """What the parts of a message that may be answered by themselves are about.

    Empty if no two parts can be answered side by side. In a long story these are the parts that ask for something, and
    the last part, which may be the question.
    """
    scored = {area for area, score in interpretation.areas if area in parts.areas and score >= SCORED_IN_THE_WHOLE}
    if len(interpretation.query.tokens) <= LONG_MESSAGE:
        return parts.interpretations if len(scored) > 1 else []
    last = len(parts.queries) - 1
    places = range(len(parts.queries))
    return parts.interpreted(
        [each for each in places if each == last or (parts.areas[each] in scored and parts.may_ask(each))]
    )


def _asked(query: Query, snapshot: Snapshot) -> list[Query]:
    """The questions of a message without those that say what is not meant; empty if it is one question."""
    spelling = snapshot.engine.learned.spelling
    parts = [corrected(part, spelling) for part in _split(query, _JOINTS)]
    return [part for part in parts if not is_denied(part.text)]


def _split(query: Query, joints: re.Pattern[str]) -> list[Query]:
    """The parts of a text that contain a word; empty if it is one piece."""
    pieces = [piece for piece in joints.split(query.text) if piece and not piece.isspace()]
    if len(pieces) < 2:
        return []
    parts = [part for piece in pieces if (part := part_of(query, piece)).tokens]
    return parts[-_MAX_PARTS:] if len(parts) > 1 else []


def _pieces(query: Query, parts: int) -> list[Query]:
    """Pieces of a long text that overlap by half, as stops may be missing; with its parts at most `_MAX_PARTS`."""
    tokens, most = query.tokens, _MAX_PARTS - parts
    if len(tokens) < _LONG or most <= 0:
        return []
    half = max(_PIECE // 2, ceil(len(tokens) / most))
    return [
        replace(query, text="", tokens=tokens[start : start + 2 * half]) for start in range(0, len(tokens) - half, half)
    ]


#: A part is small talk from this score on, if nothing else comes close.
_MERE_SMALLTALK = 0.5


def _is_smalltalk(scores: Scores, snapshot: Snapshot) -> bool:
    """Whether a part of a message is only small talk."""
    kinds = snapshot.engine.kinds
    smalltalk = float(scores.labels[kinds.smalltalk].max())
    rest = float(scores.labels[kinds.no_smalltalk].max())
    return smalltalk >= _MERE_SMALLTALK and smalltalk > _MERE_SMALLTALK / 2 + rest


#: The weight of a topic's own word for the topic, in a message of at most this many words.
_NAMED_TOPIC, _SHORT = 0.6, 12


def _interpretation_of(
    query: Query, scores: Scores, snapshot: Snapshot, parts: Mapping[Query, Scores] = MappingProxyType({})
) -> Interpretation:
    kinds = snapshot.engine.kinds
    labels = scores.labels.astype(np.float64)
    areas = sorted(
        ((area.id, score) for area, score in zip(snapshot.knowledge.areas, labels[kinds.areas].tolist(), strict=True)),
        key=_score,
        reverse=True,
    )
    # Topics are named by the words as typed: spelling correction may turn the file's «котлу» into «коту».
    for name in dict.fromkeys(topics_named(words_in(query.text), snapshot.vocabulary)):
        labels[kinds.names.index(TOPIC + name)] += _NAMED_TOPIC * min(1.0, _SHORT / len(query.tokens))
    topic, own = kinds.best(kinds.topics, labels), kinds.best(kinds.own_topics, labels)
    smalltalk = kinds.best(kinds.talk, labels)
    signals = _signals(areas, (topic[1], smalltalk[1]), query, scores, snapshot.engine)
    confidence, in_scope = CONFIDENCE.weigh(signals)
    return Interpretation(
        query, scores, tuple(areas), topic, own, smalltalk, signals, confidence, in_scope, parts=parts
    )


def _signals(
    areas: Sequence[tuple[str, float]],
    topic_and_smalltalk: tuple[float, float],
    query: Query,
    scores: Scores,
    engine: Engine,
) -> Signals:
    kinds, nearest = engine.kinds, scores.nearest
    best = kinds.names.index(AREA + areas[0][0])
    others = kinds.areas[kinds.areas != best]
    meanings = engine.nearest_meanings(scores)
    return Signals(
        area=Fit(areas[0][1], float(nearest[best])),
        second=Fit(areas[1][1] if len(areas) > 1 else 0.0, kinds.best(others, nearest)[1]),
        topic=Fit(topic_and_smalltalk[0], kinds.best(kinds.topics, nearest)[1]),
        smalltalk=Fit(topic_and_smalltalk[1], kinds.best(kinds.talk, nearest)[1]),
        meaning=float(meanings[best]),
        second_meaning=kinds.best(others, meanings)[1],
        known=scores.vector.known,
        wealth=engine.wealth[AREA + areas[0][0]],
        scarcity=scarcity_of(int(engine.starts[len(kinds.areas)])),  # those of areas come first
        length=len(query.tokens),
    )


def _score(named: tuple[str, float]) -> float:
    return named[1]
