"""Cells as the spreadsheet writes them, and sheets as they are read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.visible import is_visible, strip_invisible
from bot.knowledge import Area, KnowledgeBase, Project, Translated

#: A text that spreadsheet programs would show as a single character.
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_Entry = TypeVar("_Entry")
_Edit = TypeVar("_Edit")
_HEAD, _LOCKED = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="F2F2F2")


@dataclass(frozen=True, slots=True)
class CellError:
    """An error in one cell; `cell` is empty if it concerns the whole file."""

    cell: str  #: such as D7
    why: LazyMessage


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read: texts by row and column, and the cells that could not be read, with the reason."""

    name: str
    rows: Sequence[Sequence[str]]
    unreadable: Mapping[tuple[int, int], LazyMessage]

    def columns(self) -> list[str]:
        """The names of its columns."""
        return [column_name(head) for head in self.rows[0]] if self.rows else []

    def filled_rows(self) -> Iterator[int]:
        """The numbers, from 0, of the rows below the header that contain visible text."""
        return (number for number, row in enumerate(self.rows) if number and any(map(is_visible, row)))

    def text(self, row: int, column: int) -> str:
        """The text of a cell; empty if nothing is visible."""
        texts = self.rows[row]
        text = texts[column] if column < len(texts) else ""
        return strip_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))


def cell_name(row: int, column: int) -> str:
    """The name of a cell, such as D7; row and column count from 0."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def column_name(head: str) -> str:
    """The name that identifies a column: the last line of its header, without case and spaces."""
    name = (head.strip().splitlines() or [""])[-1].strip().casefold()
    found = re.fullmatch(r"([a-z]+(?:[_ ][a-z]+)?)\s*\(\s*([a-z]{2})\s*\)", name)
    return f"{found[1].replace(' ', '_')} ({found[2]})" if found else name.replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind of sheet, by their names."""

    key: tuple[str, ...]  #: the columns that identify the row's subject
    marked: str  #: the one of them that shows an error of the whole row
    texts: tuple[str, ...]  #: required columns that are read
    optional: tuple[str, ...] = ()  #: optional columns that are read; `title` is only compared


def layout_of_texts(
    key: tuple[str, ...], marked: str, texts: Mapping[Language, str], knowledge: KnowledgeBase
) -> Layout:
    """The layout of a sheet with a column for each language; a sheet may lack those that the city does not keep."""
    kept = knowledge.city.offered_languages
    required = tuple(name for language, name in texts.items() if language in kept)
    return Layout(key, marked, required, tuple(name for language, name in texts.items() if language not in kept))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet, with its cells by column name."""

    sheet: Sheet
    number: int
    places: Mapping[str, int]

    def text(self, column: str) -> str:
        """The text of a cell; empty if there is no such column."""
        return self.sheet.text(self.number, self.places[column]) if column in self.places else ""

    def cell(self, column: str) -> str:
        """The name of a cell, such as D7."""
        return cell_name(self.number, self.places[column])

    def unreadable(self, column: str) -> CellError | None:
        """Why the text of a cell could not be read, or None."""
        why = self.sheet.unreadable.get((self.number, self.places[column]))
        return CellError(self.cell(column), why) if why else None


def read_rows(
    sheet: Sheet,
    layout: Layout,
    find: Callable[[tuple[str, ...]], _Entry | LazyMessage],
    read_row: Callable[[Row, _Entry], Iterator[_Edit | CellError]],
) -> Iterator[_Edit | CellError]:
    """The edits and errors of each filled row; `find` returns the subject of a row's key, or an error."""
    places, errors = _find_columns(sheet.rows[0], layout)
    yield from errors
    first: dict[tuple[str, ...], str] = {}
    for row in () if errors else (Row(sheet, number, places) for number in sheet.filled_rows()):
        key, cell = tuple(map(row.text, layout.key)), row.cell(layout.marked)
        found = find(key)
        if error := row.unreadable(layout.marked):
            yield error
        elif isinstance(found, LazyMessage):
            yield CellError(cell, found)
        elif key in first:
            name = row.text(layout.marked)
            why = lazy_gettext("“{name}” has a row already, see {first}: delete one.", name=name, first=first[key])
            yield CellError(cell, why)
        else:
            yield from read_row(row, found)
        first.setdefault(key, cell)


def _find_columns(head: Sequence[str], layout: Layout) -> tuple[dict[str, int], list[CellError]]:
    """The index of each known column, and errors for columns that occur twice or are missing."""
    places: dict[str, int] = {}
    errors = []
    known = {"title", *layout.key, *layout.texts, *layout.optional}
    for at, name in enumerate(map(column_name, head)):
        if name in known and name in places:
            why = lazy_gettext(
                "The column `{name}` is here and again in {first}: delete one.",
                name=name,
                first=cell_name(0, places[name]),
            )
            errors.append(CellError(cell_name(0, at), why))
        places.setdefault(name, at)
    for name in (*layout.key, *layout.texts):
        if name not in places:
            why = lazy_gettext("The column `{name}` is missing. Export a fresh spreadsheet to get it back.", name=name)
            errors.append(CellError(cell_name(0, len(head)), why))
    return places, errors


def errors_of_title(row: Row, entry: Area | Project) -> Iterator[CellError]:
    """An error if the fixed title does not belong to the row's id.

    Titles are not imported, but a mismatch shows that one column was sorted or moved alone, which would assign every
    text to the wrong project. It also tells a person who edited a title that this has no effect.
    """
    title = row.text("title")
    if title and title not in map(strip_invisible, entry.title.texts):
        why = lazy_gettext(
            "This is not the title of “{entry}”. If rows were mixed up, export a fresh spreadsheet; titles are changed "
            "in the knowledge file.",
            entry=entry.id,
        )
        yield CellError(row.cell("title"), why)


def error_of_text(text: str, kind: type[Translated]) -> LazyMessage | None:
    """Why a text does not fit into a reply, or None."""
    if len(text) > kind.limit:
        return lazy_gettext("This has {length} characters; at most {limit} fit.", length=len(text), limit=kind.limit)
    if "\n" in text and kind.one_line:
        return lazy_gettext("This has more than one line; please write it in one.")
    return None


# --- Writing --------------------------------------------------------------------------------------------------------


def sheet_title(text: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", text)[:31]


def write_head(sheet: Worksheet, labels: Mapping[str, str], widths: Mapping[str, int], frozen: str) -> None:
    """The header row: each column's label and, on a separate line, its name; columns before `frozen` stay visible."""
    for number, (name, label) in enumerate(labels.items()):
        cell = sheet[cell_name(0, number)]
        cell.value = f"{label}\n{name}"
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(number + 1)].width = widths[name]
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = frozen


def write_cell(sheet: Worksheet, place: str, value: str | date | None, *, locked: bool) -> None:
    cell = sheet[place]
    cell.value = _ESCAPED.sub("_x005F_", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = is not a formula
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))  # and does not become one when it is edited
    cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "@"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=locked)
    if locked:
        cell.fill = _LOCKED


def write_fixed(sheet: Worksheet, row: int, texts: Iterable[str]) -> None:
    """Write the first cells of a row, which cannot be changed."""
    for column, text in enumerate(texts):
        write_cell(sheet, cell_name(row, column), text, locked=True)


def protect(sheet: Worksheet) -> None:
    """Protect locked cells against mistakes, not against intent: there is no password."""
    protection = sheet.protection
    protection.sheet = True
    # True means forbidden here.
    protection.formatColumns = protection.formatRows = protection.autoFilter = protection.sort = False
