"""Reads a spreadsheet that may be broken or hostile: a small program, bytes in, JSON out.

It runs as a process of its own, started by `workbook.py`, with the limits of the reader of YAML files. Every
cell becomes the text that a person sees in it: a formula its saved result, `_x000A_` the character that it encodes.
Where that is not known, the cell is listed as unreadable with the reason: a formula without a saved result, an error
such as `#N/A`, a cell that is covered by a merged one, a number or day that is shown in a form which this reader does
not write (`0" beds"`, `mmm-yy`), a text that is too long. Hidden sheets are not read. The size that a sheet declares
(`<dimension>`) is ignored, because some programs write a wrong one. A file whose rows are not in their order is
refused, because openpyxl leaves rows out of it.
"""

import io
import json
import re
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.publishing.yaml.loader import limit_this_process

MOST_BYTES = 5_000_000
#: What an honest file of that size unpacks to, with room.
MOST_UNPACKED, MOST_PARTS = 60_000_000, 500
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 10, 3_000, 60
MOST_CHARACTERS = 20_000
#: In all cells together, three times the largest honest sheet: thousands of cells may name the same long text.
MOST_TEXT = 10_000_000

NO_WORKBOOK = lazy_gettext(
    "This is not an .xlsx file. Open it in your spreadsheet program and save it as “Excel workbook "
    "(.xlsx)”, without a password."
)
TOO_LARGE = lazy_gettext("The spreadsheet is larger than 5 MB, or unpacks to far more. Please export a fresh one.")
NOT_READABLE = lazy_gettext(
    "The spreadsheet cannot be read. Please export a fresh one and write your changes into that."
)
_TOO_MANY = lazy_gettext(
    "The spreadsheet has more than {sheets} sheets, or texts below row {rows}, and the bot reads no further. Please "
    "export a fresh one and write your changes into that.",
    sheets=MOST_SHEETS,
    rows=MOST_ROWS,
)
_NO_RESULT = lazy_gettext(
    "This cell holds a formula without a saved result. Write the text itself, or open the file in a spreadsheet "
    "program and save it."
)
_ERROR = lazy_gettext("This cell shows the error {error}. Write the text itself.")
_OTHER_FORM = lazy_gettext(
    "This cell shows a number, day or time in a form that the bot does not know. Format the cell as text, and write "
    "what it shows."
)
_TOO_LONG = lazy_gettext("This has more than {limit} characters. Change it in the file.", limit=MOST_CHARACTERS)
_MERGED = lazy_gettext("This cell is merged with {first}. Split the cells, and write the text into each of them.")

#: Rows after the last one that is read in which a text is looked for.
_ROWS_LOOKED_AT = 30_000
#: Merged ranges in a sheet.
MOST_MERGED = 1000
_MERGED_RANGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']"
)
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]{0,500}?\br=[\"']([0-9]{1,7})[\"']")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
#: What is not shown in a form of numbers: the width of a character, and what follows the form of positive numbers.
_NOT_SHOWN = re.compile(r"_.|\\[ ]|;.*", re.DOTALL)
_NUMBER_FORM = re.compile(r"(?:General|@|(?:#,##)?0(?:\.0+)?%?)?")
#: What is no part of a day or time in its form: texts, colours, and the forms of other values.
_FORM_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|;.*', re.DOTALL)


def main() -> None:
    """Print what the spreadsheet on standard input holds, as one JSON value in UTF-8."""
    limit_this_process()
    # openpyxl takes these along where they are installed; they cost more memory than is allowed here.
    for library in ("lxml", "numpy", "pandas", "PIL"):
        sys.modules[library] = None  # type: ignore[assignment] # which makes the import fail
    try:
        answer = read(sys.stdin.buffer.read(MOST_BYTES + 1))
    except MemoryError:
        answer = _refused(TOO_LARGE)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))


def read(content: bytes) -> dict[str, Any]:
    """The `sheets`, or why they cannot be read (`fault`); never fails."""
    if len(content) > MOST_BYTES:
        return _refused(TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            listed = parts.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return _refused(NO_WORKBOOK)
    # More than the declared size is never unpacked: zipfile checks the checksum there.
    if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
        return _refused(TOO_LARGE)
    if not any(part.filename == "[Content_Types].xml" for part in listed):
        return _refused(NO_WORKBOOK)
    try:
        sheets = _sheets(content)
    except MemoryError:
        raise
    except _TooManyError:
        return _refused(_TOO_MANY)
    except Exception:  # noqa: BLE001 - what a library raises on a hostile file is not known beforehand
        return _refused(NOT_READABLE)
    if not sheets:
        return _refused(NO_WORKBOOK)  # such as “Strict Open XML”, in which openpyxl finds none
    if sum(len(text) for sheet in sheets for row in sheet["rows"] for text in row) > MOST_TEXT:
        return _refused(TOO_LARGE)
    return {"sheets": sheets}


class _TooManyError(Exception):
    """More sheets or rows than are read."""


def _refused(why: LazyMessage) -> dict[str, Any]:
    return {"fault": why.as_json()}


def _sheets(content: bytes) -> list[dict[str, Any]]:
    """The visible sheets: name, rows of texts, and the unreadable cells as (row, column, reason), counted from 0."""
    from openpyxl import load_workbook  # noqa: PLC0415 - the packages that it must not import are blocked first

    books = [
        load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)
        for results in (False, True)
    ]
    visible = [
        pair for pair in zip(*(book.worksheets for book in books), strict=True) if pair[0].sheet_state == "visible"
    ]
    if len(visible) > MOST_SHEETS:
        raise _TooManyError
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return [_sheet(written, shown, parts) for written, shown in visible]


def _sheet(written: Any, shown: Any, parts: zipfile.ZipFile) -> dict[str, Any]:
    """One sheet from its two readings: formulas as they are written, and their saved results."""
    for sheet in (written, shown):
        sheet.reset_dimensions()
    rows: list[list[str]] = []
    unreadable: list[tuple[int, int, list[Any]]] = []
    pairs = zip(written.iter_rows(max_col=MOST_COLUMNS), shown.iter_rows(max_col=MOST_COLUMNS), strict=False)
    for number, (formulas, results) in enumerate(islice(pairs, MOST_ROWS)):
        for column, (formula, result) in enumerate(zip(formulas, results, strict=False)):
            if reason := _unreadable(formula, result):
                unreadable.append((number, column, reason.as_json()))
        rows.append(_without_end([_seen(cell)[:MOST_CHARACTERS] for cell in results]))
    if any(cell.value is not None for _, results in islice(pairs, _ROWS_LOOKED_AT) for cell in results):
        raise _TooManyError
    path = written._worksheet_path.removeprefix("/")  # noqa: SLF001 - a sheet without its cells says no merged ranges
    xml = parts.read(path)
    numbers = list(map(int, _ROW_NUMBER.findall(xml)))
    if numbers != sorted(numbers):
        raise ValueError("rows are not in their order")
    covered = _covered_cells(xml, len(rows))
    unreadable += [(*cell, _MERGED.filled(first=first).as_json()) for cell, first in covered.items()]
    return {"name": written.title, "rows": rows, "unreadable": unreadable}


def _unreadable(formula: Any, result: Any) -> LazyMessage | None:
    if formula.data_type == "f" and result.value is None:
        return _NO_RESULT
    if result.data_type == "e":
        return _ERROR.filled(error=str(result.value)[:20])
    if isinstance(result.value, str) and len(result.value) > MOST_CHARACTERS:
        return _TOO_LONG
    return None if _is_in_known_form(result.value, getattr(result, "number_format", "") or "") else _OTHER_FORM


def _is_in_known_form(value: Any, form: str) -> bool:
    """Whether `_seen` writes what the cell shows; a day with its year and month may be shown in any order."""
    if isinstance(value, datetime | date):
        is_midnight = not isinstance(value, datetime) or value.time() == time()
        return is_midnight and set(_FORM_TEXT.sub("", form.lower())) >= set("ymd")
    if isinstance(value, time | timedelta):
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(_NUMBER_FORM.fullmatch(_NOT_SHOWN.sub("", form))) and (value >= 0 or ";" not in form)
    return True


def _covered_cells(xml: bytes, rows: int) -> dict[tuple[int, int], str]:
    """The cells that are covered by the first cell of a merged range, with its name."""
    from openpyxl.utils.cell import range_boundaries  # noqa: PLC0415 - as above

    covered: dict[tuple[int, int], str] = {}
    for found in islice(_MERGED_RANGE.finditer(xml), MOST_MERGED):
        area = found[1].decode()
        left, top, right, bottom = (bound or 1 for bound in range_boundaries(area))
        for row in range(top - 1, min(bottom, rows)):
            for column in range(left - 1, min(right, MOST_COLUMNS)):
                if (row, column) != (top - 1, left - 1):
                    covered[row, column] = area.partition(":")[0]
        if len(covered) > MOST_ROWS * MOST_COLUMNS // 2:
            break
    return covered


def _without_end(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    while row and not row[-1]:
        row.pop()
    return row


def _seen(cell: Any) -> str:
    """What a person sees in a cell, as far as that is known."""
    value, form = cell.value, getattr(cell, "number_format", "") or ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, form)
    return _unescaped(str(getattr(value, "text", value)))


def _unescaped(text: str) -> str:
    """The text with `_xHHHH_` as the character that a spreadsheet program shows; a pair may be one character."""
    if "_x" not in text:
        return text
    decoded = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(value: float, form: str) -> str:
    exact = Decimal(repr(value))
    sign = ""
    if "%" in form:
        exact, sign = exact * 100, "%"
    shown = form.partition(";")[0].partition(".")[2]
    decimals = len(shown) - len(shown.lstrip("0"))
    if "." in form and decimals:
        text = f"{exact:,.{decimals}f}"
    elif sign:
        text = f"{exact:,.0f}"
    else:
        # Without a form of its own, a decimal number is shown with ten digits at most.
        exact = round(exact, 9 - min(max(exact.adjusted(), 0), 9)).normalize() if exact % 1 else exact.to_integral()
        text = f"{exact:,f}"
    return (text if "#,##0" in form else text.replace(",", "")) + sign
