"""What staff can edit with buttons and spreadsheets, and single edits of the knowledge files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge.asking import AskingKind

EditableField: TypeAlias = Literal["status", "status_note", "as_of", "expected_completion", "summary", "due"]


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """Properties of a field that buttons and spreadsheets can change."""

    label: LazyMessage
    kind: Literal["status", "day", "text"]  #: a text has one value in each language
    width: int  #: the characters of its column in a spreadsheet
    in_old_sheets: bool = True  #: False for a field that was added after people may have saved spreadsheets


#: The fields of a project that buttons and spreadsheets can change, in order.
EDITABLE: Mapping[EditableField, FieldInfo] = {
    "status": FieldInfo(lazy_gettext("Status"), "status", 16),
    "status_note": FieldInfo(lazy_gettext("Note on the status"), "text", 36),
    "as_of": FieldInfo(lazy_gettext("As of"), "day", 13),
    "expected_completion": FieldInfo(lazy_gettext("Expected completion"), "text", 28),
    "summary": FieldInfo(lazy_gettext("Summary"), "text", 52),
    "due": FieldInfo(lazy_gettext("Due date"), "day", 13, in_old_sheets=False),
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One new value in the knowledge file, as it will be written there."""

    project: str  #: the id of the project
    field: EditableField | Literal["statement"]
    language: Language | None  #: None for a field without languages
    value: str | None  #: None: remove the text, and with its last language the field
    fact: str | None = None  #: the id of the project's fact whose `statement` is edited


@dataclass(frozen=True, slots=True)
class AskingEdit:
    """The complete new list of one kind of ways of asking in one language."""

    entry: str  #: the id of a project or area
    kind: AskingKind
    language: Language
    texts: tuple[str, ...]
    fact: str | None = None  #: the id of the fact, for `questions`


#: One change of the files: of a value, or of the ways of asking.
AnyEdit: TypeAlias = Edit | AskingEdit
