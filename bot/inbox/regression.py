"""Which answers a new version of the knowledge would break; checked before staff may publish what they teach.

It asks the labelled questions in the knowledge files again, and checks the digests of right answers of the last 30
days. A phrasing can only attract what is similar to it, so only the nearest of each kind are checked: the questions
completely, and the digests by meaning alone, because their text is not stored.
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
from bot.matching.arrays import Floats
from bot.matching.normalize import to_query

#: For each new phrasing, this many of the nearest labelled questions are asked again.
_NEAREST = 60
#: A digest whose cosine with every new phrasing is lower cannot be attracted by them.
_NEAR = 0.3


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """An answer that a new phrasing would break."""

    phrasing: str  #: the nearest new phrasing
    question: str  #: empty for a digest
    before: str  #: the id of the project or area of the old answer, or `topic:` and an id


@dataclass(frozen=True, slots=True)
class Regression:
    """The result of asking again."""

    broken: tuple[BrokenAnswer, ...]
    labelled: int  #: questions in the files that were asked again
    digests: int  #: digests that were compared


def asked_again(
    old: Snapshot, new: Snapshot, added: Sequence[str], digests: Sequence[AnsweredDigest], target: str
) -> Regression:
    """Ask again what is near the new phrasings, which were added to the entry `target`. Takes about a second."""
    questions = list(_labelled(old, added, target))
    broken = [
        BrokenAnswer(phrasing, question, entry)
        for phrasing, question, entry in questions
        if question.casefold() == phrasing.casefold()  # it cannot ask for both
        or (_leads_to(question, entry, old) and _is_lost(question, entry, new))
    ]
    return Regression((*broken, *_broken_digests(old, new, added, digests)), len(questions), len(digests))


def _labelled(old: Snapshot, added: Sequence[str], target: str) -> Iterator[tuple[str, str, str]]:
    """For each labelled question near the new phrasings: the nearest new phrasing, the question and its entry."""
    engine = old.engine
    rows = np.array([scores.similarities for scores in engine.score_all([to_query(text) for text in added])])
    if not len(rows):
        return
    places = {int(place) for row in rows for place in np.argsort(-row)[:_NEAREST]}
    for place in sorted(places):
        phrasing = engine.phrasings[place]
        if phrasing.label.startswith((AREA, TOPIC)) and phrasing.entry != target:
            yield added[int(rows[:, place].argmax())], phrasing.text, phrasing.entry.removeprefix(AREA)


def _leads_to(question: str, entry: str, snapshot: Snapshot) -> bool:
    """Whether a question is answered with the entry or its area; asking back does not count."""
    answer = decide(question, snapshot).answer
    if isinstance(answer, NotFound):
        return answer.topic is not None and TOPIC + answer.topic.id == entry
    if not isinstance(answer, Found):
        return False
    project = snapshot.knowledge.project_by_id.get(entry)
    return entry in projects_of(answer) or (project.area if project else entry) in areas_of(answer, snapshot.knowledge)


def _is_lost(question: str, entry: str, snapshot: Snapshot) -> bool:
    """Whether a question lost its answer. One for a topic elsewhere may get any reply without a project."""
    answer = decide(question, snapshot).answer
    if entry.startswith(TOPIC):
        return bool(projects_of(answer) or areas_of(answer, snapshot.knowledge))
    return not _leads_to(question, entry, snapshot)


def _broken_digests(
    old: Snapshot, new: Snapshot, added: Sequence[str], digests: Sequence[AnsweredDigest]
) -> Iterator[BrokenAnswer]:
    """The digests that led to their answer by meaning alone, and no longer do."""
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
    """The area nearest to an embedding, or an empty string."""
    engine = snapshot.engine
    (scores,) = engine.learned.by_label.scores([engine.learned.index.vector_of_meaning(meaning)])
    label = engine.learned.by_label.labels[int(scores.argmax())]
    return label.removeprefix(AREA) if label.startswith(AREA) else ""
