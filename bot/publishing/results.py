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
    """The file that was saved has errors, and is not used."""

    digest: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class TooManyRemoved:
    """The saved file lost too many projects; a person must accept it."""

    digest: str
    lost: Sequence[Project]
    of: int  #: how many projects are in use


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The file is missing or cannot be read."""

    why: LazyMessage
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """Another version is live."""

    version: Version
    changes: Sequence[Change]
    warnings: Sequence[Diagnostic] = ()


@dataclass(frozen=True, slots=True)
class Recovered:
    """The saved file equals the live version again, after one that was rejected."""


RejectedFile: TypeAlias = Unusable | TooManyRemoved | Unreadable
Notice: TypeAlias = RejectedFile | Published | Recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a draft would change, until its author publishes it."""

    draft: Draft
    knowledge: KnowledgeBase
    changes: Sequence[Change]
    incomplete_edits: Sequence[IncompleteEdit]  #: texts that would contradict the change
    lost: Sequence[Project]  #: the removed projects, where their number suggests a mistake
    warnings: Sequence[Diagnostic]
    replaces_rejected: bool  #: whether it would overwrite a saved file that was rejected
    effects: Effects  #: what it changes for citizens


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The draft equals the live version."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The file is no longer the one that the change was made from."""

    newest: Version | None  #: the version published meanwhile; None when a saved file is rejected or not yet read
    is_unread: bool = False  #: the file was saved or removed a moment ago


@dataclass(frozen=True, slots=True)
class DraftExpired:
    """The draft was published, discarded, replaced by another, or is older than a day."""


Drafted: TypeAlias = Preview | Unusable | Unchanged | Conflict | DraftExpired
Outcome: TypeAlias = Published | Conflict | DraftExpired
