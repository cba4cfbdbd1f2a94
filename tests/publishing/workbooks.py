"""Workbooks that people send back."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.knowledge.edits import AnyEdit
from bot.publishing.spreadsheet import xlsx_reader as sheet_reader
from bot.publishing.spreadsheet.workbook import CellError, read_sheet, write_sheet
from tests.factories import make_knowledge

KNOWLEDGE = make_knowledge()
ROW = {project.id: row for row, project in enumerate(KNOWLEDGE.projects, 2)}
ROW_OF_HOSPITAL = ROW["sixth-hospital"]
#: The places of the other two sheets.
FACTS, ASKING = 1, 2


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def letter(sheet: Worksheet, name: str) -> str:
    return next(cell.coordinate[:-1] for cell in sheet[1] if str(cell.value).endswith(f"\n{name}"))


def changed(
    change: Callable[[Any], object], language: Language = "en", *, tab: int = 0
) -> tuple[list[AnyEdit], list[CellError]]:
    """Change the exported sheet and read it, in this process for speed."""
    book = opened(write_sheet(KNOWLEDGE, translator_in(language)))
    change(book.worksheets[tab])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.publishing.spreadsheet.workbook._ask", sheet_reader.read)
        return read_sheet(saved(book), KNOWLEDGE)


def put(name: str, value: object, row: int = ROW_OF_HOSPITAL, form: str = "") -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        cell = sheet[f"{letter(sheet, name)}{row}"]
        cell.value = value
        cell.number_format = form or cell.number_format

    return change


def row_of_asking(entry: str, kind: str) -> int:
    sheet = opened(write_sheet(KNOWLEDGE, translator_in("en"))).worksheets[ASKING]
    rows = [[cell.value for cell in row[:2]] for row in sheet.iter_rows()]
    return rows.index([entry, kind]) + 1


def drop(name: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.delete_cols(sheet[f"{letter(sheet, name)}1"].column)


def tampered(name: str, *changes: tuple[bytes, bytes]) -> bytes:
    """Replace pieces of one part of the exported sheet."""
    source, content = io.BytesIO(write_sheet(KNOWLEDGE, translator_in("en"))), io.BytesIO()
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            body = before.read(part)
            for old, new in changes if part == name else ():
                assert old in body
                body = body.replace(old, new, 1)
            after.writestr(part, body)
    return content.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
