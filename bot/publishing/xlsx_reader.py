"""Reads a spreadsheet that may be broken or hostile: a small program, bytes in, JSON out.

It runs as a process of its own, started by `spreadsheet.py`, with the limits of the reader of YAML files. Every
cell becomes the text that a person saw in it; a formula is the text that it is.
"""

import io
import json
import sys
import zipfile
from datetime import date, datetime, time
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
    "This is no .xlsx file. Open it in your spreadsheet program and save it as “Excel workbook (.xlsx)”, "
    "without a password."
)
TOO_LARGE = lazy_gettext("The spreadsheet is larger than 5 MB, or unpacks to far more. Please export a fresh one.")
NOT_READABLE = lazy_gettext(
    "The spreadsheet cannot be read. Please export a fresh one and write your changes into that."
)


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
    """The rows of each sheet, or why they cannot be had (`fault`); never fails."""
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
    except Exception:  # noqa: BLE001 - what a library raises on a hostile file is not known beforehand
        return _refused(NOT_READABLE)
    if sum(len(text) for rows in sheets for row in rows for text in row) > MOST_TEXT:
        return _refused(TOO_LARGE)
    return {"sheets": sheets}


def _refused(why: LazyMessage) -> dict[str, Any]:
    return {"fault": why.as_json()}


def _sheets(content: bytes) -> list[list[list[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - what it must not take along is named first

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    return [
        [_without_end([_seen(cell)[:MOST_CHARACTERS] for cell in row]) for row in islice(rows, MOST_ROWS)]
        for rows in (sheet.iter_rows(max_col=MOST_COLUMNS) for sheet in book.worksheets[:MOST_SHEETS])
    ]


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
    return str(getattr(value, "text", value))


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
        exact = exact.to_integral() if exact == exact.to_integral() else exact.normalize()
        text = f"{exact:,f}"
    return (text if "#,##0" in form else text.replace(",", "")) + sign
