"""Everything that answers depend on. It is replaced as one reference when the knowledge changes."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cachetools import LRUCache

from bot.answers.emergencies.detection import load_emergencies
from bot.answers.emergencies.meaning import EmergencyMeanings, learn_meanings
from bot.answers.learning.engine import Engine, build_engine, keep_learned
from bot.answers.learning.phrasings import learns_the_same, names_the_same
from bot.answers.learning.vocabulary import Vocabulary, build_vocabulary
from bot.answers.signs.reader import Recognised
from bot.knowledge import KnowledgeBase, SmalltalkFile, TopicElsewhere
from bot.matching.embeddings import Embedder
from bot.matching.stored_arrays import ArrayStore

#: The number of cached answers, about 100 kB each.
_RECENT = 100


@dataclass(frozen=True)
class Snapshot:
    """One version of the knowledge, ready for questions."""

    knowledge: KnowledgeBase
    engine: Engine
    vocabulary: Vocabulary
    version: str  #: the digest of the knowledge files
    service_topics: tuple[TopicElsewhere, ...] = ()  #: the topics that ship with the program
    emergency_meanings: EmergencyMeanings | None = None  #: None: emergencies are recognised by words alone

    def emergency_in(self, text: str) -> Recognised | None:
        """The emergency that a message reports, or None."""
        return load_emergencies().recognise(text, self.engine.learned.spelling.known, self.emergency_meanings)

    @cached_property
    def topic_by_id(self) -> dict[str, TopicElsewhere]:
        """The city's own topics elsewhere and those that ship with the program."""
        return {topic.id: topic for topic in (*self.knowledge.topics_elsewhere, *self.service_topics)}

    @cached_property
    def recent_answers(self) -> "LRUCache[Hashable, Any]":
        """Recent answers of this version, see `answer_question`; publishing starts with an empty cache."""
        return LRUCache(_RECENT)


def build_snapshot(
    knowledge: KnowledgeBase,
    smalltalk: SmalltalkFile,
    version: str,
    *,
    previous: Snapshot | None = None,
    topics: tuple[TopicElsewhere, ...] = (),
    embedder: Embedder | None = None,
    store: ArrayStore | None = None,
) -> Snapshot:
    """Prepare a knowledge base for questions; about two seconds for a city's file that is not in the store.

    `previous` must have been built with the same small talk. Its learned parts are reused if their texts are the same,
    for example when only a status changed. That takes 50 ms. With `previous` nothing is written to the store, because
    citizens wait for the new version; `keep_snapshot` does that later.
    """
    if previous and learns_the_same(knowledge, previous.knowledge):
        return replace(previous, knowledge=knowledge, version=version)
    embedder = embedder or (previous.engine.embedder if previous else None)
    vocabulary = previous.vocabulary if previous and names_the_same(knowledge, previous.knowledge) else None
    return Snapshot(
        knowledge,
        build_engine(knowledge, smalltalk, topics, embedder, store, is_kept=previous is None),
        vocabulary or build_vocabulary(smalltalk, [*knowledge.topics_elsewhere, *topics], knowledge),
        version,
        topics,
        learn_meanings(embedder) if embedder else None,
    )


def keep_snapshot(snapshot: Snapshot, store: ArrayStore, *, is_live: bool) -> Snapshot:
    """Store what a snapshot learned, for the next start if it is live; return it with the stored arrays mapped."""
    engine = keep_learned(snapshot.engine, snapshot.knowledge, snapshot.service_topics, store, is_live=is_live)
    return replace(snapshot, engine=engine)
