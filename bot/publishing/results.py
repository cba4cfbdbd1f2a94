"""Results of a change to the knowledge: rejected, previewed, published, in conflict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.i18n.message import LazyMessage
from bot.knowledge import Diagnostic, KnowledgeBase, Project
from bot.knowledge.diff import Change, IncompleteEdit
from bot.publishing.effects import Effects
from bot.publishing.ports import Draft, Version


@dataclass(frozen=True, slots=True)
class Unusable:
    """The saved file has errors and is not used."""

    digest: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class TooManyRemoved:
    """The saved file lost too many projects; a person must accept it."""

    digest: str
    lost: Sequence[Project]
    of: int  #: the number of projects in use


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The file is missing or cannot be read."""

    why: LazyMessage
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A new version is live."""

    version: Version
    changes: Sequence[Change]
    warnings: Sequence[Diagnostic] = ()


@dataclass(frozen=True, slots=True)
class Recovered:
    """After a rejected file, the saved file equals the live version again."""


RejectedFile: TypeAlias = Unusable | TooManyRemoved | Unreadable
Notice: TypeAlias = RejectedFile | Published | Recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a draft would change once its author publishes it."""

    draft: Draft
    knowledge: KnowledgeBase
    changes: Sequence[Change]
    incomplete_edits: Sequence[IncompleteEdit]  #: texts that would contradict the change
    lost: Sequence[Project]  #: the removed projects, if so many suggest a mistake
    warnings: Sequence[Diagnostic]
    replaces_rejected: bool  #: whether it would overwrite a rejected saved file
    effects: Effects  #: what it changes for citizens


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The draft equals the live version."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The file is no longer the one that the change is based on."""

    newest: Version | None  #: the version published meanwhile; None if a saved file is rejected or not read yet
    is_unread: bool = False  #: whether the file was saved or removed just now


@dataclass(frozen=True, slots=True)
class DraftExpired:
    """The draft was published, discarded or replaced by another, or is older than a day."""


Drafted: TypeAlias = Preview | Unusable | Unchanged | Conflict | DraftExpired
Outcome: TypeAlias = Published | Preview | Conflict | DraftExpired
