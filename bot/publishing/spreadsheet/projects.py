"""The sheet of projects: one row each, with the fields that buttons can change too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.catalog import translator_in
from bot.i18n.dates import parse_date
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import KnowledgeBase, Note, Project, Status, Summary
from bot.knowledge.diagnostics import shortened
from bot.knowledge.edits import EDITABLE, Edit, EditableField
from bot.publishing.spreadsheet.cells import (
    CellError,
    Layout,
    Row,
    Sheet,
    cell_name,
    error_of_text,
    errors_of_title,
    protect,
    read_rows,
    write_cell,
    write_fixed,
    write_head,
)


@dataclass(frozen=True, slots=True)
class Column:
    """An editable column of the sheet."""

    field: EditableField
    language: Language | None

    @property
    def name(self) -> str:
        """The name that identifies the column in any position, such as `summary (zh)`."""
        return f"{self.field} ({self.language})" if self.language else self.field


def columns_in(languages: Sequence[Language]) -> list[Column]:
    """The editable columns, with one in each of the languages for a text."""
    return [
        Column(field, language)
        for field, info in EDITABLE.items()
        for language in (languages if info.kind == "text" else (None,))
    ]


_FIXED = ("id", "area", "title")
_WIDTHS: Mapping[str, int] = {"id": 26, "area": 16, "title": 32} | {name: info.width for name, info in EDITABLE.items()}


# --- Writing --------------------------------------------------------------------------------------------------------


def write_projects(sheet: Worksheet, knowledge: KnowledgeBase, translator: Translator) -> None:
    """A row for each project; only the cells of editable fields are unlocked."""
    columns = columns_in(knowledge.city.offered_languages)
    letters = {name: cell_name(0, at)[:-1] for at, name in enumerate([*_FIXED, *(each.name for each in columns)])}
    _write_head(sheet, letters, translator)
    for row, project in enumerate(knowledge.projects, 2):
        _write_fixed(sheet, row, project, knowledge, translator)
        for column in columns:
            _write_value(sheet, f"{letters[column.name]}{row}", project, column, translator)
    _offer_statuses(sheet, f"{letters['status']}2:{letters['status']}{len(knowledge.projects) + 1}", translator)
    protect(sheet)


def _write_head(sheet: Worksheet, columns: Iterable[str], translator: Translator) -> None:
    gettext = translator.gettext
    labels: Mapping[str, str] = {
        "id": gettext("Id (fixed)"),
        "area": gettext("Area (fixed)"),
        "title": gettext("Title (fixed)"),
        **{name: info.label.render(translator) for name, info in EDITABLE.items()},
    }
    names = {name: name.partition(" ")[0] for name in columns}
    widths = {name: _WIDTHS[field] for name, field in names.items()}
    write_head(sheet, {name: labels[field] for name, field in names.items()}, widths, "D2")


def _write_fixed(
    sheet: Worksheet, row: int, project: Project, knowledge: KnowledgeBase, translator: Translator
) -> None:
    default = knowledge.city.default_language
    area, title = (
        entry.title.in_language(translator.language, default) for entry in (knowledge.area_by_id[project.area], project)
    )
    write_fixed(sheet, row - 1, (project.id, area, title))


def _write_value(sheet: Worksheet, place: str, project: Project, column: Column, translator: Translator) -> None:
    if EDITABLE[column.field].kind == "day":
        write_cell(sheet, place, getattr(project, column.field), locked=False)
    elif column.field == "status":
        write_cell(sheet, place, project.status.info.label.render(translator), locked=False)
    else:
        write_cell(sheet, place, written(project, column.field, column.language) or None, locked=False)


def _offer_statuses(sheet: Worksheet, cells: str, translator: Translator) -> None:
    words = ",".join(status.info.label.render(translator) for status in Status)
    offer = DataValidation(type="list", formula1=f'"{words}"', allow_blank=False, showErrorMessage=True)
    offer.error = translator.gettext("Please choose one from the list.")
    sheet.add_data_validation(offer)
    offer.add(cells)


def written(project: Project, field: str, language: Language | None, fact: str | None = None) -> str:
    """The value of a field of a project or fact, as the file writes it; empty if there is none."""
    value = getattr(next(each for each in project.facts if each.id == fact) if fact else project, field)
    if language is None:
        return value.value if isinstance(value, Status) else value.isoformat() if value else ""
    return getattr(value, language) or "" if value else ""


# --- Reading --------------------------------------------------------------------------------------------------------


def read_projects(sheet: Sheet, knowledge: KnowledgeBase) -> Iterator[Edit | CellError]:
    """The changes in a sheet of projects, and its errors."""
    default = knowledge.city.default_language

    def find(key: tuple[str, ...]) -> Project | LazyMessage:
        return knowledge.project_by_id.get(key[0]) or _no_such_project(key[0])

    layout = _layout(knowledge.city.offered_languages)
    return read_rows(sheet, layout, find, lambda row, project: _read_row(row, project, default))


def _layout(languages: Sequence[Language]) -> Layout:
    """Sheets may lack what was added later, and languages that the city does not keep."""
    required = {each.name for each in columns_in(languages) if EDITABLE[each.field].in_old_sheets}
    names = [column.name for column in columns_in(LANGUAGES)]
    return Layout(
        ("id",),
        marked="id",
        texts=tuple(name for name in names if name in required),
        optional=tuple(name for name in names if name not in required),
    )


def _no_such_project(name: str) -> LazyMessage:
    if not name:
        return lazy_gettext("The id is missing in this row: copy it from an exported spreadsheet.")
    return lazy_gettext(
        "There is no project “{project}”. New projects are written into the knowledge file.", project=name
    )


def _read_row(row: Row, project: Project, default: Language) -> Iterator[Edit | CellError]:
    yield from errors_of_title(row, project)
    for column in columns_in(LANGUAGES):
        if column.name not in row.places:
            continue
        if error := row.unreadable(column.name):
            yield error
            continue
        text = _as_written(row.text(column.name), column)
        if text != written(project, column.field, column.language):
            why = _error(text, column, default)
            edit = Edit(project.id, column.field, column.language, text or None)
            yield CellError(row.cell(column.name), why) if why else edit


def _as_written(text: str, column: Column) -> str:
    """A status or date in the form of the knowledge files, if it can be understood."""
    match EDITABLE[column.field].kind:
        case "status":
            return _STATUSES.get(" ".join(text.casefold().split()), text)
        case "day" if day := parse_date(text):
            return day.isoformat()
        case _:
            return text


def _error(text: str, column: Column, default: Language) -> LazyMessage | None:
    shown = shortened(text)
    match EDITABLE[column.field].kind:
        case "status":
            known = text in _STATUSES.values()
            return None if known else lazy_gettext("“{text}” is not a status: choose one from the list.", text=shown)
        case "day" if not text and not Project.model_fields[column.field].is_required():
            return None
        case "day":
            why = lazy_gettext("“{text}” is not a date: write it as 2021-11-12.", text=shown)
            return None if parse_date(text) else why
        case "text" if not text and column.field == "summary" and column.language == default:
            return lazy_gettext("A project needs a summary in the city's language.")
        case "text":
            return error_of_text(text, Summary if column.field == "summary" else Note)


#: A status by its word in any language, since another person may fill in the sheet.
_STATUSES: Mapping[str, str] = {
    word.casefold(): status.value
    for status in Status
    for word in (status.value, *(status.info.label.render(translator_in(language)) for language in LANGUAGES))
}
