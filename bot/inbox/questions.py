"""Decides which questions are collected, and what about each. Emergencies are never collected."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.answers.answer import (
    About,
    Answer,
    Emergency,
    Found,
    NotFound,
    Overview,
    Several,
    Smalltalk,
    Unsure,
    matches_of,
)
from bot.answers.decision import Decision
from bot.answers.learning.phrasings import SMALLTALK, TOPIC
from bot.answers.snapshot import Snapshot
from bot.i18n.languages import Language
from bot.inbox.model import UNANSWERED, NearMiss, QuestionOutcome

#: The most near misses that are stored, and the least confidence of one that was not offered.
_NEAR, _MIN_SCORE = 3, 0.05


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question and its outcome, as a handler passes it to the inbox."""

    id: int  #: random; the buttons below the reply contain it
    chat: int  #: never stored
    text: str  #: as written
    language: Language | None
    outcome: QuestionOutcome
    answered: str  #: project, else area, `topic:` or `talk:` with an id; empty if nothing was answered
    area: str  #: empty if it is about none
    near: tuple[NearMiss, ...]
    at: datetime

    @property
    def is_unanswered(self) -> bool:
        return self.outcome in UNANSWERED


def asked_question(text: str, decision: Decision, snapshot: Snapshot, chat: int, now: datetime) -> AskedQuestion | None:
    """What to collect about a question; None for an emergency, and for a message without words."""
    answer = decision.answer
    has_words = any(character.isalpha() for character in text)
    if isinstance(answer, Emergency) or not has_words or (isinstance(answer, About) and answer.kind == "wordless"):
        return None
    matches = matches_of(answer)
    return AskedQuestion(
        id=secrets.randbits(53),
        chat=chat,
        text=text,
        language=decision.language,
        outcome=_outcome(answer, snapshot),
        answered=_answered(answer),
        area=matches[0].area.id if matches else "",
        near=_near(decision),
        at=now,
    )


def _outcome(answer: Answer, snapshot: Snapshot) -> QuestionOutcome:
    """The outcome of an answer; a topic of the city's own counts as answered, a shipped topic does not."""
    match answer:
        case NotFound(topic=topic):
            return "answered" if topic and topic.id in snapshot.knowledge.topic_by_id else "not_found"
        case Unsure():
            return "unsure"
        case Several():
            return "several"
        case _:
            return "answered"


def _answered(answer: Answer) -> str:
    match answer:
        case Found(findings=findings):
            return findings[0].match.id
        case NotFound(topic=topic) if topic:
            return TOPIC + topic.id
        case Smalltalk(intent=intent):
            return SMALLTALK + intent
        case Overview():
            return "overview"
        case _:
            return ""


def _near(decision: Decision) -> tuple[NearMiss, ...]:
    """What was offered, or else the areas with the best scores."""
    offered = matches_of(decision.answer)
    if offered:
        return tuple(NearMiss(match.id, match.confidence) for match in offered[:_NEAR])
    scored = decision.interpretation.areas[:_NEAR]
    return tuple(NearMiss(area, round(min(score, 1.0), 4)) for area, score in scored if score >= _MIN_SCORE)


def is_about_the_city(asked: AskedQuestion) -> bool:
    """Whether a question was answered from an area or project."""
    return bool(asked.area) and asked.outcome == "answered"
