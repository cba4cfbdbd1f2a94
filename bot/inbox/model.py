"""Values of the inbox: unanswered questions, their groups, and staff's decisions on the groups."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from bot.i18n.languages import Language

#: Why a question counts as unanswered.
UnansweredOutcome: TypeAlias = Literal["not_found", "unsure", "none_of_these", "repeated", "not_helpful"]
UNANSWERED: tuple[UnansweredOutcome, ...] = get_args(UnansweredOutcome)
#: The outcome of any question, for counting: `answered` includes overviews and small talk.
QuestionOutcome: TypeAlias = Literal["answered", "several"] | UnansweredOutcome | Literal["helpful"]

GroupState: TypeAlias = Literal["open", "later", "ignored", "taught"]
TargetKind: TypeAlias = Literal["project", "fact", "area", "topic", "smalltalk"]

#: How long questions and digests are stored.
KEEP_QUESTIONS = timedelta(days=30)
#: How long "later" hides a group.
LATER_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A subject that a question may have been about."""

    id: str  #: the id of a project, or else of an area
    confidence: float  #: 0 to 1


@dataclass(frozen=True, slots=True)
class TeachingTarget:
    """The target that a group was attached to; the id of a fact is `entry/fact`."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question without its asker; personal data is masked."""

    id: int  #: random, so that it does not reveal the order of chats
    group: int
    text: str
    language: Language | None
    outcome: UnansweredOutcome
    near: tuple[NearMiss, ...]  #: best first
    at: datetime


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions with about the same meaning, in any language."""

    id: int
    state: GroupState
    count: int  #: questions of the last 30 days
    newest: datetime
    embedding: bytes  #: the mean of the questions as 16-bit floats; empty without an encoder
    target: TeachingTarget | None = None  #: what it was attached to
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnsweredDigest:
    """The embedding of an answered question, and its answer. No text is stored."""

    embedding: bytes  #: 16-bit floats
    answered: str  #: the id of the project, or else of the area
    at: datetime


@dataclass(frozen=True, slots=True)
class Collected:
    """A new question and its group: an existing one by id, or a new one by its index in the batch."""

    id: int
    group: int | None
    new_group: int  #: used if `group` is None
    text: str
    language: Language | None
    outcome: UnansweredOutcome
    near: tuple[NearMiss, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CountKey:
    """The properties by which questions are counted."""

    hour: datetime  #: the full hour in UTC
    outcome: QuestionOutcome
    language: str  #: empty if the question shows none
    area: str  #: empty if it is about none


@dataclass(frozen=True, slots=True)
class InboxBatch:
    """What one transaction of the collector writes."""

    questions: tuple[Collected, ...] = ()
    new_groups: tuple[bytes, ...] = ()  #: embeddings
    moved_groups: dict[int, bytes] = field(default_factory=dict)  #: group -> its new embedding
    reopened: tuple[int, ...] = ()  #: groups that were taught but could not be answered again
    digests: tuple[AnsweredDigest, ...] = ()
    counts: dict[CountKey, int] = field(default_factory=dict)
    #: taught group -> the number of answers that citizens got because of it
    gained: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Teaching:
    """A draft that attaches a group; recorded with the draft, so that a crash loses nothing, until it is published."""

    group: int
    target: TeachingTarget
    draft: str  #: the id of the draft
    digest: str  #: the digest of the content that the draft would publish
    at: datetime
