"""What staff change without opening the file: some fields of a project, one text at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from bot.matching.normalize import Language

EditableField: TypeAlias = Literal["status", "status_note", "as_of", "expected_completion", "summary"]

#: The fields that buttons and spreadsheets change, and whether each is written in the languages.
EDITABLE: Mapping[EditableField, bool] = dict.fromkeys(get_args(EditableField), True) | {
    "status": False,
    "as_of": False,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One new value in the knowledge file, as it will be written there."""

    project: str  #: the project's id
    field: EditableField
    language: Language | None  #: None for a field that is not written in the languages
    value: str | None  #: None: the text is taken out, and with its last language the field
