"""The buttons of staff, and how they are written into callback data: at most 47 characters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from bot.i18n.languages import CALLBACK_LETTERS, Language
from bot.knowledge import Status
from bot.knowledge.diff import EditableField
from bot.people.ports import Role
from bot.telegram_ui.admins.callback_data import BroadcastPress, letters_of, press_by_letters


@dataclass(frozen=True, slots=True)
class ListProjects:
    """Show the projects of an area, to edit one; without an area, show the areas."""

    area: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class EditProject:
    """Show what of a project can be changed."""

    project: str


@dataclass(frozen=True, slots=True)
class EditField:
    """Show how a field can be changed."""

    project: str
    field: EditableField


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Another status."""

    project: str
    status: Status


@dataclass(frozen=True, slots=True)
class SetToday:
    """Confirmed as of today."""

    project: str


@dataclass(frozen=True, slots=True)
class AskText:
    """Ask for a new text; for a day when the field has no languages."""

    project: str
    field: EditableField
    language: Language | None


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Say nothing any more in a field."""

    project: str
    field: EditableField


@dataclass(frozen=True, slots=True)
class DecideDraft:
    """Publish a draft, or drop it."""

    draft: str
    publish: bool


@dataclass(frozen=True, slots=True)
class AcceptFile:
    """Use a saved file although it lost many projects; its digest's first 40 characters."""

    digest: str


@dataclass(frozen=True, slots=True)
class SendSpreadsheet:
    """Send the knowledge as a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Show what taking back the last change would change."""


@dataclass(frozen=True, slots=True)
class Appoint:
    """Give a role, or take all rights away; first asked, then confirmed."""

    person: int
    role: Role | None
    confirmed: bool


StaffPress: TypeAlias = (
    ListProjects | EditProject | EditField | SetStatus | SetToday | AskText | TakeOut | DecideDraft | AcceptFile
    | SendSpreadsheet | Undo | Appoint | BroadcastPress
)  # fmt: skip

_FOR_ADMINS = (Appoint, *get_args(BroadcastPress))
#: Which rights each button needs.
NEEDED: Mapping[type[object], Role] = {
    kind: "admin" if kind in _FOR_ADMINS else "staff" for kind in get_args(StaffPress)
}

_FIELDS: Mapping[str, EditableField] = {
    "s": "status", "n": "status_note", "a": "as_of", "e": "expected_completion", "t": "summary",
}  # fmt: skip
_STATUSES = dict(zip("apicdx", Status, strict=True))
_LANGUAGES: Mapping[str, Language | None] = {**CALLBACK_LETTERS, "-": None}
_ROLES: Mapping[str, Role | None] = {"a": "admin", "s": "staff", "n": None}
_DATA = re.compile(r"s([a-z])([a-z-]{0,2})([1-9][0-9]{0,2})?\.([A-Za-z0-9_-]{0,40})")


def payload_of(press: StaffPress) -> str:
    """What stands for a press in callback data."""
    return _WRITERS[type(press)](press)


#: How each press is written: `s`, a letter for the act, up to two for its values, a page, a dot and a name.
_WRITERS: Mapping[type[object], Callable[[Any], str]] = {
    ListProjects: lambda press: f"sl{press.page}.{press.area}",
    EditProject: lambda press: f"sp.{press.project}",
    EditField: lambda press: f"sf{_key(_FIELDS, press.field)}.{press.project}",
    SetStatus: lambda press: f"ss{_key(_STATUSES, press.status)}.{press.project}",
    SetToday: lambda press: f"sd.{press.project}",
    AskText: lambda press: f"sq{_key(_FIELDS, press.field)}{_key(_LANGUAGES, press.language)}.{press.project}",
    TakeOut: lambda press: f"sx{_key(_FIELDS, press.field)}.{press.project}",
    DecideDraft: lambda press: f"s{'y' if press.publish else 'n'}.{press.draft}",
    AcceptFile: lambda press: f"sa.{press.digest[:40]}",
    SendSpreadsheet: lambda _: "sg.",
    Undo: lambda _: "su.",
    Appoint: lambda press: f"s{'c' if press.confirmed else 'r'}{_key(_ROLES, press.role)}.{press.person}",
    **dict.fromkeys(get_args(BroadcastPress), lambda press: f"sb{letters_of(press)}.{press.broadcast}"),
}


def press_of(payload: str) -> StaffPress | None:
    """The press behind callback data, whose signature was checked; None for what is no staff button."""
    found = _DATA.fullmatch(payload)
    if not found or found[1] not in _READERS:
        return None
    act, letters, page, name = found.groups()
    first, second = (*letters, "", "")[:2]
    try:
        return _READERS[act](name, first, second, int(page or 1))
    except (KeyError, ValueError):  # signed by an older version, which had other letters
        return None


#: The letter of an act -> the press, from the name, two letters and the page behind it.
_READERS: Mapping[str, Callable[[str, str, str, int], StaffPress]] = {
    "l": lambda name, _1, _2, page: ListProjects(name, page),
    "p": lambda name, _1, _2, _3: EditProject(name),
    "f": lambda name, field, _2, _3: EditField(name, _FIELDS[field]),
    "s": lambda name, status, _2, _3: SetStatus(name, _STATUSES[status]),
    "d": lambda name, _1, _2, _3: SetToday(name),
    "q": lambda name, field, language, _3: AskText(name, _FIELDS[field], _LANGUAGES[language]),
    "x": lambda name, field, _2, _3: TakeOut(name, _FIELDS[field]),
    "y": lambda name, _1, _2, _3: DecideDraft(name, publish=True),
    "n": lambda name, _1, _2, _3: DecideDraft(name, publish=False),
    "a": lambda name, _1, _2, _3: AcceptFile(name),
    "g": lambda _0, _1, _2, _3: SendSpreadsheet(),
    "u": lambda _0, _1, _2, _3: Undo(),
    "r": lambda name, role, _2, _3: Appoint(int(name), _ROLES[role], confirmed=False),
    "c": lambda name, role, _2, _3: Appoint(int(name), _ROLES[role], confirmed=True),
    "b": lambda name, act, value, _3: press_by_letters(act, value, int(name)),
}


def _key(table: Mapping[str, object], value: object) -> str:
    return next(key for key, known in table.items() if known == value)
