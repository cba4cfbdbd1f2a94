"""The projects as a spreadsheet, for staff who would rather fill in cells than edit the knowledge file."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.answers.labels import status_word
from bot.i18n.catalog import translator_in
from bot.i18n.dates import parse_date
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, from_json, lazy_gettext
from bot.i18n.visible import is_visible, strip_invisible
from bot.knowledge import KnowledgeBase, Note, Project, Status, Summary
from bot.knowledge.diff import EDITABLE, Edit, EditableField
from bot.publishing import xlsx_reader as sheet_reader
from bot.publishing.isolated_reader import ReaderError, run_reader
from bot.publishing.xlsx_reader import MOST_BYTES, NOT_READABLE, TOO_LARGE


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet that can be written in."""

    field: EditableField
    language: Language | None

    @property
    def name(self) -> str:
        """The name by which the column is recognised in any position, such as `summary (zh)`."""
        return f"{self.field} ({self.language})" if self.language else self.field


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell; `cell` is empty where it is about the file as a whole."""

    cell: str  #: such as D7
    why: LazyMessage


COLUMNS = tuple(
    Column(field, language)
    for field, info in EDITABLE.items()
    for language in (LANGUAGES if info.kind == "text" else (None,))
)
_FIXED = ("id", "area", "title")
_LETTERS = {name: get_column_letter(number) for number, name in enumerate([*_FIXED, *(c.name for c in COLUMNS)], 1)}
#: A text that spreadsheet programs would show as one character.
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


# --- Writing --------------------------------------------------------------------------------------------------------

_WIDTHS: Mapping[str, int] = {"id": 26, "area": 16, "title": 32} | {name: info.width for name, info in EDITABLE.items()}
_HEAD, _LOCKED = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="F2F2F2")


def write_sheet(knowledge: KnowledgeBase, translator: Translator) -> bytes:
    """A workbook with a row for each project, in which only the cells of editable fields can be written in.

    The protection prevents mistakes, not intent: there is no password.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _sheet_title(translator.gettext("Projects"))
    _write_head(sheet, translator)
    for row, project in enumerate(knowledge.projects, 2):
        _write_project(sheet, row, project, knowledge, translator)
    _offer_statuses(sheet, len(knowledge.projects) + 1, translator)
    _protect(sheet)
    _write_help(book.create_sheet(_sheet_title(translator.gettext("How to fill this in"))), translator)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet_title(text: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", text)[:31]


def _write_head(sheet: Worksheet, translator: Translator) -> None:
    gettext = translator.gettext
    labels: Mapping[str, str] = {
        "id": gettext("Id (fixed)"),
        "area": gettext("Area (fixed)"),
        "title": gettext("Title (fixed)"),
        **{name: info.label.render(translator) for name, info in EDITABLE.items()},
    }
    for name, letter in _LETTERS.items():
        field = name.partition(" ")[0]
        cell = sheet[f"{letter}1"]
        cell.value = f"{labels[field]}\n{name}"
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter].width = _WIDTHS[field]
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "D2"


def _write_project(
    sheet: Worksheet, row: int, project: Project, knowledge: KnowledgeBase, translator: Translator
) -> None:
    default = knowledge.city.default_language
    area, title = (
        entry.title.in_language(translator.language, default)[0]
        for entry in (knowledge.area_by_id[project.area], project)
    )
    for name, text in zip(_FIXED, (project.id, area, title), strict=True):
        _write_cell(sheet, f"{_LETTERS[name]}{row}", text, locked=True)
    for column in COLUMNS:
        place = f"{_LETTERS[column.name]}{row}"
        if EDITABLE[column.field].kind == "day":
            _write_cell(sheet, place, getattr(project, column.field), locked=False)
        elif column.field == "status":
            _write_cell(sheet, place, status_word(project.status, translator), locked=False)
        else:
            _write_cell(sheet, place, written(project, column.field, column.language) or None, locked=False)


def _write_cell(sheet: Worksheet, place: str, value: str | date | None, *, locked: bool) -> None:
    cell = sheet[place]
    cell.value = _ESCAPED.sub("_x005F_", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = is no formula
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))  # and does not become one when it is edited
    cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "@"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=locked)
    if locked:
        cell.fill = _LOCKED


def _offer_statuses(sheet: Worksheet, last: int, translator: Translator) -> None:
    words = ",".join(status_word(status, translator) for status in Status)
    offer = DataValidation(type="list", formula1=f'"{words}"', allow_blank=False, showErrorMessage=True)
    offer.error = translator.gettext("Please choose one of the list.")
    sheet.add_data_validation(offer)
    offer.add(f"{_LETTERS['status']}2:{_LETTERS['status']}{last}")


def _protect(sheet: Worksheet) -> None:
    protection = sheet.protection
    protection.sheet = True
    # Here, True means that it is forbidden.
    protection.formatColumns = protection.formatRows = protection.autoFilter = protection.sort = False


def _write_help(sheet: Worksheet, translator: Translator) -> None:
    gettext = translator.gettext
    lines = (
        gettext("Each row is a project. White cells can be changed, grey ones are only shown."),
        gettext("Choose the status from the list. Write days as 2021-11-12."),
        gettext(
            "An empty cell takes the text out. A row that is deleted changes nothing: projects are never removed here."
        ),
        gettext(
            "A summary has at most {summary} characters, a note at most {note}.", summary=Summary.limit, note=Note.limit
        ),
        gettext("Write every text in the three languages: en is English, zh Chinese, ru Russian."),
        gettext(
            "Save the file as .xlsx and send it back: you are shown every difference before anything is published."
        ),
    )
    sheet.column_dimensions["A"].width = 100
    for row, line in enumerate(lines, 1):
        _write_cell(sheet, f"A{row}", line, locked=True)
    sheet.protection.sheet = True


def written(project: Project, field: str, language: Language | None, fact: str | None = None) -> str:
    """What the knowledge holds in a field of a project or fact, as the file has it; empty where there is nothing."""
    value = getattr(next(each for each in project.facts if each.id == fact) if fact else project, field)
    if language is None:
        return value.value if isinstance(value, Status) else value.isoformat() if value else ""
    return getattr(value, language) or "" if value else ""


# --- Reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as it was read: texts by row and column, and the cells whose text is not known with the reason."""

    name: str
    rows: Sequence[Sequence[str]]
    unreadable: Mapping[tuple[int, int], LazyMessage]


def read_sheet(content: bytes, knowledge: KnowledgeBase) -> tuple[list[Edit], list[CellFault]]:
    """What differs from the knowledge, or, if a single cell is at fault, nothing but the faults.

    Columns may be in any order and rows may be missing. Cells that are not editable are ignored. Of several sheets with
    a column `id` only one may differ.
    """
    answer = _ask(content)
    if "fault" in answer:
        return [], [CellFault("", from_json(answer["fault"]))]
    sheets = [sheet for sheet in map(_sheet_of, answer["sheets"]) if sheet.rows and _has_ids(sheet)]
    if not sheets:
        why = lazy_gettext("There is no column `id`. The first line must stay as it was exported.")
        return [], [CellFault("A1", why)]
    found = {sheet.name: _differences(sheet, knowledge) for sheet in sheets}
    changed = {name: (edits, faults) for name, (edits, faults) in found.items() if edits or faults}
    if len(changed) > 1:
        why = lazy_gettext("More than one sheet was changed: {names}. Keep one of them.", names=", ".join(changed))
        return [], [CellFault("", why)]
    for name, (edits, faults) in changed.items():
        prefix = f"{name}!" if len(sheets) > 1 else ""
        return ([], [CellFault(prefix + fault.cell, fault.why) for fault in faults]) if faults else (edits, [])
    return [], []


def _sheet_of(read: Mapping[str, Any]) -> _Sheet:
    unreadable = {(row, column): from_json(why) for row, column, why in read["unreadable"]}
    return _Sheet(read["name"], read["rows"], unreadable)


def _has_ids(sheet: _Sheet) -> bool:
    return "id" in map(_column_name, sheet.rows[0])


def _differences(sheet: _Sheet, knowledge: KnowledgeBase) -> tuple[list[Edit], list[CellFault]]:
    places, faults = _places(sheet.rows[0])
    found = [] if faults else list(_read_rows(sheet, places, knowledge))
    edits = [each for each in found if isinstance(each, Edit)]
    return edits, [*faults, *(each for each in found if isinstance(each, CellFault))]


def _ask(content: bytes) -> dict[str, Any]:
    """The answer of the reader in its own process; when it dies or hangs, a fault that says so."""
    if len(content) > MOST_BYTES:
        return {"fault": TOO_LARGE.as_json()}
    try:
        answered = run_reader(sheet_reader.__name__, packages=("yaml", "openpyxl", "et_xmlfile"), content=content)
    except ReaderError:
        return {"fault": NOT_READABLE.as_json()}
    answer: dict[str, Any] = json.loads(answered)
    return answer


def _column_name(head: str) -> str:
    """The name by which a column is recognised: the last line of its head, whatever its capitals and spaces."""
    name = (head.strip().splitlines() or [""])[-1].strip().casefold()
    found = re.fullmatch(r"([a-z]+(?:[_ ][a-z]+)?)\s*\(\s*([a-z]{2})\s*\)", name)
    return f"{found[1].replace(' ', '_')} ({found[2]})" if found else name.replace(" ", "_")


def _places(head: Sequence[str]) -> tuple[dict[str, int], list[CellFault]]:
    """The column of each name, and faults."""
    places: dict[str, int] = {}
    faults = []
    known = {"id", *(column.name for column in COLUMNS)}
    for at, name in enumerate(map(_column_name, head)):
        if name in known and name in places:
            first = f"{get_column_letter(places[name] + 1)}1"
            why = lazy_gettext(
                "The column `{name}` stands here and again in {first}: delete one.", name=name, first=first
            )
            faults.append(CellFault(f"{get_column_letter(at + 1)}1", why))
        places.setdefault(name, at)
    last = get_column_letter(len(head) + 1)
    for column in COLUMNS:
        if column.name not in places and EDITABLE[column.field].in_old_sheets:
            why = lazy_gettext(
                "The column `{name}` is missing. Export a fresh spreadsheet to get it back.", name=column.name
            )
            faults.append(CellFault(f"{last}1", why))
    return places, faults


def _read_rows(sheet: _Sheet, places: Mapping[str, int], knowledge: KnowledgeBase) -> Iterator[Edit | CellFault]:
    seen: dict[str, str] = {}
    for number, row in enumerate(sheet.rows[1:], 1):
        if not any(map(is_visible, row)):
            continue
        cell, name = _cell(number, places["id"]), _at(row, places["id"])
        if fault := _fault_of_id(name, seen, knowledge) or sheet.unreadable.get((number, places["id"])):
            yield CellFault(cell, fault)
        else:
            yield from _read_row(sheet, number, places, knowledge, knowledge.project_by_id[name])
        seen.setdefault(name, cell)


def _fault_of_id(name: str, seen: Mapping[str, str], knowledge: KnowledgeBase) -> LazyMessage | None:
    if not name:
        return lazy_gettext("The id is missing in this row: copy it from an exported spreadsheet.")
    if name in seen:
        return lazy_gettext("“{project}” has a row already, see {first}: delete one.", project=name, first=seen[name])
    if name not in knowledge.project_by_id:
        return lazy_gettext(
            "There is no project “{project}”. New projects are written into the knowledge file.", project=name
        )
    return None


def _read_row(
    sheet: _Sheet, number: int, places: Mapping[str, int], knowledge: KnowledgeBase, project: Project
) -> Iterator[Edit | CellFault]:
    for column in COLUMNS:
        if column.name not in places:
            continue
        at = places[column.name]
        if fault := sheet.unreadable.get((number, at)):
            yield CellFault(_cell(number, at), fault)
        else:
            text = _at(sheet.rows[number], at)
            yield from _read_cell(_cell(number, at), text, column, project, knowledge.city.default_language)


def _cell(row: int, column: int) -> str:
    return f"{get_column_letter(column + 1)}{row + 1}"


def _at(row: Sequence[str], place: int) -> str:
    """The text of a cell; empty where a person sees nothing."""
    text = row[place] if place < len(row) else ""
    return strip_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))


def _read_cell(
    place: str, text: str, column: Column, project: Project, default: Language
) -> Iterator[Edit | CellFault]:
    old = written(project, column.field, column.language)
    if column.field == "status":
        text = _STATUSES.get(" ".join(text.casefold().split()), text)
    if EDITABLE[column.field].kind == "day" and (day := parse_date(text)):
        text = day.isoformat()
    if text == old:
        return
    fault = _fault(text, column, default)
    yield CellFault(place, fault) if fault else Edit(project.id, column.field, column.language, text or None)


def _fault(text: str, column: Column, default: Language) -> LazyMessage | None:
    match EDITABLE[column.field].kind:
        case "status":
            known = any(text == status.value for status in Status)
            return None if known else lazy_gettext("“{text}” is no status: choose one of the list.", text=_short(text))
        case "day" if not text and not Project.model_fields[column.field].is_required():
            return None
        case "day":
            why = lazy_gettext("“{text}” is no day: write it as 2021-11-12.", text=_short(text))
            return None if parse_date(text) else why
        case "text" if not text and column.field == "summary" and column.language == default:
            return lazy_gettext("A project cannot be without a summary in the city's language.")
        case "text":
            return _fault_of_text(text, column)


def _fault_of_text(text: str, column: Column) -> LazyMessage | None:
    limit = Summary.limit if column.field == "summary" else Note.limit
    if len(text) > limit:
        return lazy_gettext("This has {length} characters; at most {limit} fit.", length=len(text), limit=limit)
    if "\n" in text and column.field != "summary":
        return lazy_gettext("This has more than one line; please write it in one.")
    return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:40]}…" if len(line) > 40 else line


#: A status by its word in any language: a sheet may be filled in by a person with another language.
_STATUSES: Mapping[str, str] = {
    word.casefold(): status.value
    for status in Status
    for word in (status.value, *(status_word(status, translator_in(language)) for language in LANGUAGES))
}
