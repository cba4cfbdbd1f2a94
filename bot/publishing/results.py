"""What can come of a change to the knowledge: what is held back, shown, published or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.i18n.message import LazyMessage
from bot.knowledge import Diagnostic, KnowledgeBase, Project
from bot.knowledge.diff import Change, HalfChange
from bot.publishing.ports import Draft, Version


@dataclass(frozen=True, slots=True)
class Unusable:
    """The file that was saved has errors, and is not used."""

    digest: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class TooManyRemoved:
    """The file that was saved lost so many projects that somebody has to say yes."""

    digest: str
    lost: Sequence[Project]
    of: int  #: how many projects are in use


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The file is not there, or cannot be read."""

    why: LazyMessage
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """Another version answers from now on."""

    version: Version
    changes: Sequence[Change]
    remarks: Sequence[Diagnostic] = ()  #: what an editor-in-chief would say of it


@dataclass(frozen=True, slots=True)
class Recovered:
    """The saved file is again the one in use, after one that was held back."""


RejectedFile: TypeAlias = Unusable | TooManyRemoved | Unreadable
Notice: TypeAlias = RejectedFile | Published | Recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a draft would change; it waits for its author's yes."""

    draft: Draft
    knowledge: KnowledgeBase
    changes: Sequence[Change]
    halves: Sequence[HalfChange]  #: where old words would stand beside new ones
    lost: Sequence[Project]  #: where it takes out so many projects that this may be a mishap
    remarks: Sequence[Diagnostic]  #: warnings about the file
    replaces_held: bool  #: whether it would be written over a saved file that was held back


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The draft says what is in use already."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else was quicker: the file is no longer the one that the change was made from."""

    newest: Version | None  #: the version that came in between; None when it is a saved file that is held back


@dataclass(frozen=True, slots=True)
class DraftExpired:
    """The draft is not there any more: published, dropped, replaced by another, or older than a day."""


Drafted: TypeAlias = Preview | Unusable | Unchanged | Conflict | DraftExpired
Outcome: TypeAlias = Published | Conflict | DraftExpired
