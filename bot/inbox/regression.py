"""Which answers a new version of the knowledge would break: asked before staff may publish what they teach.

Asked again are the questions in the knowledge files, which are labelled with what they ask for, and the digests of
what was answered rightly in the last 30 days. A phrasing can only draw away what is similar to it, so of each kind the
nearest are asked: the questions in full, and the digests by their meaning alone, since their text is not kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.answers.answer import Found, NotFound, areas_of, projects_of
from bot.answers.decision import decide
from bot.answers.learning.phrasings import AREA, TOPIC
from bot.answers.snapshot import Snapshot
from bot.inbox.grouping import embeddings_of, unpacked
from bot.inbox.model import AnsweredDigest
from bot.matching.index import Floats
from bot.matching.normalize import to_query

#: Labelled questions that are asked again for each new phrasing, the nearest.
_NEAREST = 60
#: Digests below this cosine with every new phrasing cannot be drawn away by them.
_NEAR = 0.3


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """An answer that a new phrasing would break."""

    phrasing: str  #: the new one that is nearest
    question: str  #: empty for a digest
    before: str  #: id of the project or area that was answered, or `topic:` and an id


@dataclass(frozen=True, slots=True)
class Regression:
    """What asking again found."""

    broken: tuple[BrokenAnswer, ...]
    labelled: int  #: questions of the files that were asked again
    digests: int  #: digests that were compared


def asked_again(
    old: Snapshot, new: Snapshot, added: Sequence[str], digests: Sequence[AnsweredDigest], target: str
) -> Regression:
    """Ask again what is near the new phrasings; `target` is the entry that they were added to. Takes about a second."""
    questions = list(_labelled(old, added, target))
    broken = [
        BrokenAnswer(phrasing, question, entry)
        for phrasing, question, entry in questions
        if question.casefold() == phrasing.casefold()  # it cannot ask for both
        or (_leads_to(question, entry, old) and _is_lost(question, entry, new))
    ]
    return Regression((*broken, *_broken_digests(old, new, added, digests)), len(questions), len(digests))


def _labelled(old: Snapshot, added: Sequence[str], target: str) -> Iterator[tuple[str, str, str]]:
    """The nearest new phrasing, the question and its entry, for the labelled questions near the new phrasings."""
    engine = old.engine
    rows = np.array([reading.similarities for reading in engine.read_all([to_query(text) for text in added])])
    if not len(rows):
        return
    places = {int(place) for row in rows for place in np.argsort(-row)[:_NEAREST]}
    for place in sorted(places):
        phrasing = engine.phrasings[place]
        if phrasing.label.startswith((AREA, TOPIC)) and phrasing.entry != target:
            yield added[int(rows[:, place].argmax())], phrasing.text, phrasing.entry.removeprefix(AREA)


def _leads_to(question: str, entry: str, snapshot: Snapshot) -> bool:
    """Whether a question gets an answer about the entry, or about its area; asking back is none."""
    answer = decide(question, snapshot).answer
    if isinstance(answer, NotFound):
        return answer.topic is not None and TOPIC + answer.topic.id == entry
    if not isinstance(answer, Found):
        return False
    project = snapshot.knowledge.project_by_id.get(entry)
    return entry in projects_of(answer) or (project.area if project else entry) in areas_of(answer, snapshot.knowledge)


def _is_lost(question: str, entry: str, snapshot: Snapshot) -> bool:
    """Whether a question no longer gets its answer. One for a topic elsewhere may get any reply without a project."""
    answer = decide(question, snapshot).answer
    if entry.startswith(TOPIC):
        return bool(projects_of(answer) or areas_of(answer, snapshot.knowledge))
    return not _leads_to(question, entry, snapshot)


def _broken_digests(
    old: Snapshot, new: Snapshot, added: Sequence[str], digests: Sequence[AnsweredDigest]
) -> Iterator[BrokenAnswer]:
    """The digests whose meaning alone led to what answered them, and would no longer."""
    embedder = old.engine.embedder
    if embedder is None or not digests or not added:
        return
    rows = embeddings_of(added, embedder)
    for digest in digests:
        meaning = unpacked(digest.embedding)
        cosines = rows @ meaning if len(meaning) == rows.shape[1] else np.zeros(1, np.float32)
        if cosines.max() < _NEAR or _area_of_meaning(meaning, old) != _area_of(digest.answered, old):
            continue
        if _area_of_meaning(meaning, new) != _area_of(digest.answered, new):
            yield BrokenAnswer(added[int(cosines.argmax())], "", digest.answered)


def _area_of(entry: str, snapshot: Snapshot) -> str:
    project = snapshot.knowledge.project_by_id.get(entry)
    return project.area if project else entry


def _area_of_meaning(meaning: Floats, snapshot: Snapshot) -> str:
    """The area that an embedding is nearest to; empty when it is none."""
    engine = snapshot.engine
    scores = engine.by_label.scores(engine.index.vector_of_meaning(meaning))
    label = engine.by_label.labels[int(scores.argmax())]
    return label.removeprefix(AREA) if label.startswith(AREA) else ""
