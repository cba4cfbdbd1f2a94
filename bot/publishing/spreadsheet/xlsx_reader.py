"""Reads a spreadsheet that may be broken or hostile: a small program, bytes in, JSON out.

`workbook.py` starts it as a separate process with the limits of the YAML reader. Every cell becomes the text that a
person sees in it: a formula becomes its saved result, `_x000A_` the character that it encodes. If the visible text is
unknown, the cell is listed as unreadable with the reason: a formula without a saved result, an error such as `#N/A`, a
cell that is covered by a merged one, a number or date in a format that this reader does not support (`0" beds"`,
`mmm-yy`), a text that is too long. Hidden sheets are not read. The declared size of a sheet (`<dimension>`) is ignored,
because some programs write a wrong one. A file with rows out of order is refused, because openpyxl would skip rows.
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

#: The most bytes of the file as it was sent.
MAX_BYTES = 5_000_000
#: The most bytes of the unpacked file, and its most parts, sheets, rows and columns: more than a real workbook needs.
MAX_UNPACKED, MAX_PARTS = 60_000_000, 500
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 10, 3_000, 60
#: The most characters of a cell.
MAX_CHARACTERS = 20_000
#: The limit for all cells together, three times the largest honest sheet: many cells may refer to one long text.
MAX_TEXT = 10_000_000

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
    sheets=MAX_SHEETS,
    rows=MAX_ROWS,
)
_NO_RESULT = lazy_gettext(
    "This cell contains a formula without a saved result. Write the text itself, or open the file in a spreadsheet "
    "program and save it."
)
_ERROR = lazy_gettext("This cell shows the error {error}. Write the text itself.")
_OTHER_FORM = lazy_gettext(
    "This cell shows a number, day or time in a form that the bot does not know. Format the cell as text, and write "
    "what it shows."
)
_TOO_LONG = lazy_gettext("This has more than {limit} characters. Change it in the file.", limit=MAX_CHARACTERS)
_MERGED = lazy_gettext("This cell is merged with {first}. Split the cells, and write the text into each of them.")

#: The number of rows after the last imported one that are checked for text.
_ROWS_LOOKED_AT = 30_000
#: The most merged ranges in a sheet.
MAX_MERGED = 1000
_MERGED_RANGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']"
)
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]{0,500}?\br=[\"']([0-9]{1,7})[\"']")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
#: Invisible parts of a number format: character widths, and the formats for other than positive numbers.
_NOT_SHOWN = re.compile(r"_.|\\[ ]|;.*", re.DOTALL)
_NUMBER_FORM = re.compile(r"(?:General|@|(?:#,##)?0(?:\.0+)?%?)?")
#: Parts of a format that are not part of a date or time: texts, colours, formats for other values.
_FORM_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|;.*', re.DOTALL)


def main() -> None:
    """Print the content of the spreadsheet on standard input as one JSON value in UTF-8."""
    limit_this_process()
    # openpyxl imports these if they are installed; they need more memory than the limit here.
    for library in ("lxml", "numpy", "pandas", "PIL"):
        sys.modules[library] = None  # type: ignore[assignment] # which makes the import fail
    try:
        answer = read(sys.stdin.buffer.read(MAX_BYTES + 1))
    except MemoryError:
        answer = _refused(TOO_LARGE)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))


def read(content: bytes) -> dict[str, Any]:
    """The `sheets`, or why they cannot be read (`error`); never fails."""
    if len(content) > MAX_BYTES:
        return _refused(TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            listed = parts.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return _refused(NO_WORKBOOK)
    # zipfile never unpacks more than the declared size, since it then checks the checksum.
    if len(listed) > MAX_PARTS or sum(part.file_size for part in listed) > MAX_UNPACKED:
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
    if sum(len(text) for sheet in sheets for row in sheet["rows"] for text in row) > MAX_TEXT:
        return _refused(TOO_LARGE)
    return {"sheets": sheets}


class _TooManyError(Exception):
    """There are more sheets or rows than the limit."""


def _refused(why: LazyMessage) -> dict[str, Any]:
    return {"error": why.as_json()}


def _sheets(content: bytes) -> list[dict[str, Any]]:
    """The visible sheets: name, rows of texts, and unreadable cells as (row, column, reason), from 0."""
    from openpyxl import load_workbook  # noqa: PLC0415 - the packages that it must not import are blocked first

    books = [
        load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)
        for results in (False, True)
    ]
    visible = [
        pair for pair in zip(*(book.worksheets for book in books), strict=True) if pair[0].sheet_state == "visible"
    ]
    if len(visible) > MAX_SHEETS:
        raise _TooManyError
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return [_sheet(written, shown, parts) for written, shown in visible]


def _sheet(written: Any, shown: Any, parts: zipfile.ZipFile) -> dict[str, Any]:
    """One sheet from two readings: formulas as written, and their saved results."""
    for sheet in (written, shown):
        sheet.reset_dimensions()
    rows: list[list[str]] = []
    unreadable: list[tuple[int, int, list[Any]]] = []
    pairs = zip(written.iter_rows(max_col=MAX_COLUMNS), shown.iter_rows(max_col=MAX_COLUMNS), strict=False)
    for number, (formulas, results) in enumerate(islice(pairs, MAX_ROWS)):
        for column, (formula, result) in enumerate(zip(formulas, results, strict=False)):
            if reason := _unreadable(formula, result):
                unreadable.append((number, column, reason.as_json()))
        rows.append(_without_end([_seen(cell)[:MAX_CHARACTERS] for cell in results]))
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
    if isinstance(result.value, str) and len(result.value) > MAX_CHARACTERS:
        return _TOO_LONG
    return None if _is_in_known_form(result.value, getattr(result, "number_format", "") or "") else _OTHER_FORM


def _is_in_known_form(value: Any, form: str) -> bool:
    """Whether `_seen` formats the value as the cell does; a date with year and month may be in any order."""
    if isinstance(value, datetime | date):
        is_midnight = not isinstance(value, datetime) or value.time() == time()
        return is_midnight and set(_FORM_TEXT.sub("", form.lower())) >= set("ymd")
    if isinstance(value, time | timedelta):
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(_NUMBER_FORM.fullmatch(_NOT_SHOWN.sub("", form))) and (value >= 0 or ";" not in form)
    return True


def _covered_cells(xml: bytes, rows: int) -> dict[tuple[int, int], str]:
    """The cells that are covered by a merged range, with the name of its first cell."""
    from openpyxl.utils.cell import range_boundaries  # noqa: PLC0415 - as above

    covered: dict[tuple[int, int], str] = {}
    for found in islice(_MERGED_RANGE.finditer(xml), MAX_MERGED):
        area = found[1].decode()
        left, top, right, bottom = (bound or 1 for bound in range_boundaries(area))
        for row in range(top - 1, min(bottom, rows)):
            for column in range(left - 1, min(right, MAX_COLUMNS)):
                if (row, column) != (top - 1, left - 1):
                    covered[row, column] = area.partition(":")[0]
        if len(covered) > MAX_ROWS * MAX_COLUMNS // 2:
            break
    return covered


def _without_end(row: list[str]) -> list[str]:
    """A row without trailing empty cells."""
    while row and not row[-1]:
        row.pop()
    return row


def _seen(cell: Any) -> str:
    """The text that a person sees in a cell, if it is known."""
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
    """The text with `_xHHHH_` decoded as spreadsheet programs do; a pair may be one character."""
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
        # A decimal number without a format is shown with at most ten digits.
        exact = round(exact, 9 - min(max(exact.adjusted(), 0), 9)).normalize() if exact % 1 else exact.to_integral()
        text = f"{exact:,f}"
    return (text if "#,##0" in form else text.replace(",", "")) + sign
