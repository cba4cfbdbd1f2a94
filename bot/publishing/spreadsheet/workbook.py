"""The knowledge as a spreadsheet, for staff who prefer cells to knowledge files.

Three sheets are editable: projects, facts and ways of asking. A sheet is identified by its columns, not by its name.
Rows may be missing and columns may be in any order; what is not in a sheet stays unchanged.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.languages import language_name
from bot.i18n.message import Translator, from_json, lazy_gettext
from bot.knowledge import City, KnowledgeBase, Note, Sentence, Summary
from bot.knowledge.edits import AnyEdit
from bot.publishing.files.isolated_reader import ReaderError, run_reader
from bot.publishing.spreadsheet import xlsx_reader
from bot.publishing.spreadsheet.asking import is_asking, read_asking, write_asking
from bot.publishing.spreadsheet.cells import CellError, Sheet, cell_name, sheet_title, write_cell
from bot.publishing.spreadsheet.facts import is_facts, read_facts, write_facts
from bot.publishing.spreadsheet.projects import read_projects, write_projects, written
from bot.publishing.spreadsheet.xlsx_reader import MAX_BYTES, NOT_READABLE, TOO_LARGE

__all__ = ["CellError", "read_sheet", "write_sheet", "written"]

_Reader: TypeAlias = Callable[[Sheet, KnowledgeBase], Iterator[AnyEdit | CellError]]


def write_sheet(knowledge: KnowledgeBase, translator: Translator) -> bytes:
    """A workbook with the projects, their facts and the ways of asking; only editable cells can be changed."""
    gettext = translator.gettext
    book = Workbook()
    projects = book.worksheets[0]
    projects.title = sheet_title(gettext("Projects"))
    write_projects(projects, knowledge, translator)
    write_facts(book.create_sheet(sheet_title(gettext("Facts"))), knowledge, translator)
    write_asking(book.create_sheet(sheet_title(gettext("Ways of asking"))), knowledge, translator)
    _write_help(book.create_sheet(sheet_title(gettext("How to fill this in"))), knowledge.city, translator)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write_help(sheet: Worksheet, city: City, translator: Translator) -> None:
    sheet.column_dimensions["A"].width = 100
    for row, line in enumerate(_help_lines(city, translator)):
        write_cell(sheet, cell_name(row, 0), line, locked=True)
    sheet.protection.sheet = True


def _help_lines(city: City, translator: Translator) -> tuple[str, ...]:
    gettext = translator.gettext
    languages = ", ".join(f"{language_name(code)} ({code})" for code in city.offered_languages)
    return (
        gettext("White cells can be changed, grey ones are only shown."),
        gettext("Choose the status from the list. Write days as 2021-11-12."),
        gettext(
            "An empty cell takes the text out. A row that is deleted changes nothing: projects are never removed here."
        ),
        gettext(
            "The sheet of facts contains single sentences about a project, at most {limit} characters each.",
            limit=Sentence.limit,
        ),
        gettext(
            "The sheet of ways of asking contains one way of asking per line: Alt and Enter begin a new line in a cell."
        ),
        gettext(
            "A summary has at most {summary} characters, a note at most {note}.", summary=Summary.limit, note=Note.limit
        ),
        gettext("Write every text in each of the city's languages: {languages}.", languages=languages),
        gettext(
            "Save the file as .xlsx and send it back: you are shown every difference before anything is published."
        ),
    )


# --- Reading --------------------------------------------------------------------------------------------------------


def read_sheet(content: bytes, knowledge: KnowledgeBase) -> tuple[list[AnyEdit], list[CellError]]:
    """The differences from the knowledge or, if any cell has an error, only the errors.

    Cells that are not editable are ignored. Of several sheets of one kind only one may contain changes.
    """
    answer = _ask(content)
    if "error" in answer:
        return [], [CellError("", from_json(answer["error"]))]
    sheets = [sheet for sheet in map(_sheet_of, answer["sheets"]) if sheet.rows]
    if not any(map(_is_projects, sheets)):
        why = lazy_gettext("There is no column `id`. The first line must stay as it was exported.")
        return [], [CellError("A1", why)]
    edits: list[AnyEdit] = []
    errors: list[CellError] = []
    for belongs, read in _KINDS:
        its_edits, its_errors = _read_kind([sheet for sheet in sheets if belongs(sheet)], read, knowledge)
        edits += its_edits
        errors += its_errors
    return ([], errors) if errors else (edits, [])


def _is_projects(sheet: Sheet) -> bool:
    return "id" in sheet.columns()


_KINDS: Sequence[tuple[Callable[[Sheet], bool], _Reader]] = (
    (_is_projects, read_projects),
    (is_facts, read_facts),
    (is_asking, read_asking),
)


def _read_kind(
    sheets: Sequence[Sheet], read: _Reader, knowledge: KnowledgeBase
) -> tuple[list[AnyEdit], list[CellError]]:
    """The edits and errors of the one sheet with changes."""
    found = {sheet.name: list(read(sheet, knowledge)) for sheet in sheets}
    changed = {name: results for name, results in found.items() if results}
    if len(changed) > 1:
        why = lazy_gettext("More than one sheet was changed: {names}. Keep one of them.", names=", ".join(changed))
        return [], [CellError("", why)]
    name, results = next(iter(changed.items()), ("", []))
    prefix = f"{name}!" if len(sheets) > 1 or read is not read_projects else ""
    errors = [CellError(prefix + each.cell, each.why) for each in results if isinstance(each, CellError)]
    return [each for each in results if not isinstance(each, CellError)], errors


def _sheet_of(read: Mapping[str, Any]) -> Sheet:
    unreadable = {(row, column): from_json(why) for row, column, why in read["unreadable"]}
    return Sheet(read["name"], read["rows"], unreadable)


def _ask(content: bytes) -> dict[str, Any]:
    """The answer of the reader process, or an error if it dies or hangs."""
    if len(content) > MAX_BYTES:
        return {"error": TOO_LARGE.as_json()}
    try:
        return run_reader(xlsx_reader.__name__, packages=("yaml", "openpyxl", "et_xmlfile"), content=content)
    except ReaderError:
        return {"error": NOT_READABLE.as_json()}
