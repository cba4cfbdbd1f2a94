"""Cells as the spreadsheet writes them, and the sheets as they were read."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.visible import is_visible, strip_invisible
from bot.knowledge import Area, Project

#: A text that spreadsheet programs would show as one character.
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_Key = TypeVar("_Key", bound=Hashable)
_HEAD, _LOCKED = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="F2F2F2")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell; `cell` is empty where it is about the file as a whole."""

    cell: str  #: such as D7
    why: LazyMessage


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read: texts by row and column, and the cells whose text is not known with the reason."""

    name: str
    rows: Sequence[Sequence[str]]
    unreadable: Mapping[tuple[int, int], LazyMessage]

    def columns(self) -> list[str]:
        """The names of its columns."""
        return [column_name(head) for head in self.rows[0]] if self.rows else []

    def filled_rows(self) -> Iterator[int]:
        """The numbers of the rows below the head in which a person sees something, counted from 0."""
        return (number for number, row in enumerate(self.rows) if number and any(map(is_visible, row)))

    def text(self, row: int, column: int) -> str:
        """The text of a cell; empty where a person sees nothing."""
        texts = self.rows[row]
        text = texts[column] if column < len(texts) else ""
        return strip_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))


def cell_name(row: int, column: int) -> str:
    """The name of a cell whose row and column are counted from 0, such as D7."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def column_name(head: str) -> str:
    """The name by which a column is recognised: the last line of its head, whatever its capitals and spaces."""
    name = (head.strip().splitlines() or [""])[-1].strip().casefold()
    found = re.fullmatch(r"([a-z]+(?:[_ ][a-z]+)?)\s*\(\s*([a-z]{2})\s*\)", name)
    return f"{found[1].replace(' ', '_')} ({found[2]})" if found else name.replace(" ", "_")


def find_columns(
    head: Sequence[str], known: Iterable[str], required: Iterable[str]
) -> tuple[dict[str, int], list[CellFault]]:
    """The place of each known column, and faults: columns that are there twice, and required ones that are missing."""
    places: dict[str, int] = {}
    faults = []
    known = set(known)
    for at, name in enumerate(map(column_name, head)):
        if name in known and name in places:
            why = lazy_gettext(
                "The column `{name}` is here and again in {first}: delete one.",
                name=name,
                first=cell_name(0, places[name]),
            )
            faults.append(CellFault(cell_name(0, at), why))
        places.setdefault(name, at)
    for name in required:
        if name not in places:
            why = lazy_gettext("The column `{name}` is missing. Export a fresh spreadsheet to get it back.", name=name)
            faults.append(CellFault(cell_name(0, len(head)), why))
    return places, faults


def faults_of_title(sheet: Sheet, row: int, places: Mapping[str, int], entry: Area | Project) -> Iterator[CellFault]:
    """A fault where the fixed title is another one than that of the row's id.

    Titles are not read, but they show that one column was sorted or moved without the others, so that every text would
    go to the wrong project; and a person who changed one would otherwise see nothing come of it.
    """
    at = places.get("title", len(sheet.rows[row]))
    title = sheet.text(row, at)
    if title and title not in map(strip_invisible, entry.title.texts):
        why = lazy_gettext(
            "This is not the title of “{entry}”. If rows were mixed up, export a fresh spreadsheet; titles are changed "
            "in the knowledge file.",
            entry=entry.id,
        )
        yield CellFault(cell_name(row, at), why)


def read_rows(
    sheet: Sheet, column: int, key_of: Callable[[int], _Key], check: Callable[[_Key], LazyMessage | None]
) -> Iterator[tuple[int, _Key] | CellFault]:
    """Number and key of each filled row; a fault in this column where `check` refuses the key, or it is there twice."""
    seen: dict[_Key, str] = {}
    for number in sheet.filled_rows():
        key, cell = key_of(number), cell_name(number, column)
        if (why := check(key) or sheet.unreadable.get((number, column))) is not None:
            yield CellFault(cell, why)
        elif key in seen:
            name = sheet.text(number, column)
            why = lazy_gettext("“{name}” has a row already, see {first}: delete one.", name=name, first=seen[key])
            yield CellFault(cell, why)
        else:
            yield number, key
        seen.setdefault(key, cell)


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:40]}…" if len(line) > 40 else line


# --- Writing --------------------------------------------------------------------------------------------------------


def sheet_title(text: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", text)[:31]


def write_head(sheet: Worksheet, labels: Mapping[str, str], widths: Mapping[str, int], frozen: str) -> None:
    """The first row: a label and, on a line of its own, the name of each column; the columns before `frozen` stay."""
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
        cell.data_type = "s"  # a text that begins with = is no formula
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
    # Here, True means that it is forbidden.
    protection.formatColumns = protection.formatRows = protection.autoFilter = protection.sort = False
