"""Staff fill in a spreadsheet: what differs comes back as edits, and what is wrong names its cell."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase, Status
from bot.knowledge.asking import AskingEdit
from bot.knowledge.diff import AnyEdit, Edit
from bot.publishing.files.load import load
from bot.publishing.spreadsheet import xlsx_reader as sheet_reader
from bot.publishing.spreadsheet.workbook import COLUMNS, CellFault, read_sheet, write_sheet
from tests.console import KNOWLEDGE as SHIPPED
from tests.factories import make_knowledge, make_project

KNOWLEDGE = make_knowledge()
ROW = {project.id: row for row, project in enumerate(KNOWLEDGE.projects, 2)}
ROW_OF_HOSPITAL = ROW["sixth-hospital"]


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
) -> tuple[list[AnyEdit], list[CellFault]]:
    """What is read from the changed exported sheet; in this process, for speed."""
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


# --- Exported ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exported_sheet_without_changes_says_the_same(language: Language) -> None:
    assert read_sheet(write_sheet(KNOWLEDGE, translator_in(language)), KNOWLEDGE) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_editable_cells_can_be_written_in(language: Language) -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in(language)))
    sheet, *_, help_sheet = book.worksheets
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert sheet.freeze_panes == "D2"
    names = [str(cell.value).rpartition("\n")[2] for cell in sheet[1]]
    assert names == ["id", "area", "title", *(column.name for column in COLUMNS)]
    locked = {
        name: {cell.protection.locked for cell in column[1:]} for name, column in zip(names, sheet.columns, strict=True)
    }
    assert locked == {name: {name in ("id", "area", "title")} for name in names}
    assert all(cell.protection.locked for cell in sheet[1])
    assert help_sheet.protection.sheet
    assert translator_in(language).gettext("Status") in str(sheet["D1"].value)
    (offer,) = sheet.data_validations.dataValidation
    assert offer.formula1 == f'"{",".join(status.info.label.render(translator_in(language)) for status in Status)}"'
    assert len(offer.formula1) <= 255
    assert str(offer.sqref) == f"D2:D{len(KNOWLEDGE.projects) + 1}"


def test_the_cells_hold_the_knowledge() -> None:
    sheet = opened(write_sheet(KNOWLEDGE, translator_in("zh"))).worksheets[0]
    row = {cell.value.rpartition("\n")[2]: sheet.cell(ROW["childcare-centre"], cell.column).value for cell in sheet[1]}
    assert row["id"] == "childcare-centre"
    assert row["area"] == "托育服务"
    assert row["title"] == KNOWLEDGE.project_by_id["childcare-centre"].title.text_in("zh")
    assert row["status"] == "进行中"
    assert row["as_of"] == datetime(2021, 11, 12)  # noqa: DTZ001 - a day has no zone
    assert row["expected_completion (ru)"] == "к концу года"
    assert row["status_note (en)"] is None


@pytest.mark.parametrize("text", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "'x"])
def test_a_text_that_looks_like_a_formula_is_a_text(text: str) -> None:
    project = make_project("a", summary={"en": text, "zh": text, "ru": text})
    knowledge = make_knowledge(projects=[project])
    content = write_sheet(knowledge, translator_in("en"))
    sheet = opened(content).worksheets[0]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f" not in parts.read("xl/worksheets/sheet1.xml").replace(b"<formula1", b"").replace(b"<family", b"")
    assert sheet[f"{letter(sheet, 'summary (en)')}2"].value == text
    assert read_sheet(content, knowledge) == ([], [])


def test_a_text_that_looks_like_an_escape_is_a_text() -> None:
    text = "room _x0041_"
    knowledge = make_knowledge(projects=[make_project("a", summary={"en": text, "zh": text, "ru": text})])
    assert read_sheet(write_sheet(knowledge, translator_in("en")), knowledge) == ([], [])


# --- Imported ---


def test_what_differs_becomes_edits() -> None:
    def change(sheet: Any) -> None:
        put("status", "completed")(sheet)
        put("status_note (zh)", " 已开业 ")(sheet)
        put("as_of", date(2022, 1, 31))(sheet)
        put("expected_completion (ru)", None, ROW["childcare-centre"])(sheet)
        put("summary (en)", "One.\r\nTwo.")(sheet)

    edits, faults = changed(change)
    assert faults == []
    assert edits == [
        Edit("sixth-hospital", "status", None, "completed"),
        Edit("sixth-hospital", "status_note", "zh", "已开业"),
        Edit("sixth-hospital", "as_of", None, "2022-01-31"),
        Edit("sixth-hospital", "summary", "en", "One.\nTwo."),
        Edit("childcare-centre", "expected_completion", "ru", None),
    ]


def test_a_status_may_be_written_in_any_language() -> None:
    for word in ("in progress", "进行中", "В работе", " In  Progress "):
        assert changed(put("status", word)) == ([Edit("sixth-hospital", "status", None, "in progress")], [])


SEEN: dict[str, tuple[object, str, str]] = {
    "a whole number": (2023, "General", "2023"),
    "a number that was a whole one": (2023.0, "General", "2023"),
    "a decimal number": (0.1, "General", "0.1"),
    "percent": (0.8, "0%", "80%"),
    "a sum of decimal numbers": (0.1 + 0.2, "General", "0.3"),
    "a third": (1 / 3, "General", "0.333333333"),
    "a number of WPS": (1500, "0_ ", "1500"),
    "a number with a form for negative ones": (1500, "0_);[Red]\\(0\\)", "1500"),
    "a day in Chinese": (date(2022, 5, 1), 'yyyy"年"m"月"d"日"', "2022-05-01"),
    "percent with decimals": (0.805, "0.0%", "80.5%"),
    "two decimals": (2.5, "0.00", "2.50"),
    "thousands": (1234567, "#,##0", "1,234,567"),
    "long digits": (123456789012345, "General", "123456789012345"),
    "digits with zeros in front": ("0451123", "@", "0451123"),
    "yes": (True, "General", "TRUE"),
    "a day": (date(2022, 5, 1), "dd.mm.yyyy", "2022-05-01"),
    "an escape": ("a_x0041_b", "@", "aAb"),
    "an escaped pair": ("_xD83D__xDE00_", "@", "😀"),
    "invisible characters around a text": ("\u200b\u3164 built \u00a0", "@", "built"),
    "emoji": ("年底 😀", "@", "年底 😀"),
}


@pytest.mark.parametrize(("value", "form", "text"), SEEN.values(), ids=SEEN)
def test_a_cell_is_what_a_person_saw_in_it(value: object, form: str, text: str) -> None:
    edits, faults = changed(put("expected_completion (en)", value, form=form))
    assert (edits, faults) == ([Edit("sixth-hospital", "expected_completion", "en", text)], [])


#: What a cell shows otherwise than the bot would write it.
OTHER_FORMS: dict[str, tuple[object, str]] = {
    "a month": (date(2021, 12, 1), "mmm-yy"),
    "a month in Chinese": (date(2021, 12, 1), 'yyyy"年"m"月"'),
    "a moment": (datetime(2022, 1, 31, 10, 0), "dd.mm.yyyy hh:mm"),  # noqa: DTZ001 - a cell has no zone
    "a time": (time(9, 30), "h:mm"),
    "hours": (timedelta(hours=30), "[h]:mm"),
    "a number with a unit": (1500, '#,##0" beds"'),
    "money": (1500, '"¥"#,##0'),
    "zeros in front": (451123, "0000000"),
    "thousands left out": (2500, "#,##0,"),
    "powers of ten": (1500, "0.00E+00"),
    "a fraction": (0.5, "# ?/?"),
    "a red number without its sign": (-5, "0;[Red]0"),
}


@pytest.mark.parametrize(("value", "form"), OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_a_number_or_day_that_is_shown_in_another_form_is_named(value: object, form: str) -> None:
    edits, faults = changed(put("expected_completion (en)", value, form=form))
    assert (edits, [fault.cell for fault in faults]) == ([], ["I4"])
    assert "Format the cell as text" in str(faults[0].why)


MOMENT = datetime(2022, 1, 31)  # noqa: DTZ001 - a day has no zone
DAYS = ["2022-01-31", "2022-01-31\u00a0", "31.01.2022", "2022年1月31日", date(2022, 1, 31), MOMENT]


@pytest.mark.parametrize("value", DAYS)
def test_a_day_may_be_a_day_or_a_text(value: object) -> None:
    assert changed(put("as_of", value)) == ([Edit("sixth-hospital", "as_of", None, "2022-01-31")], [])


def test_missing_and_empty_rows_change_nothing() -> None:
    def change(sheet: Any) -> None:
        sheet.delete_rows(2, 2)
        sheet.insert_rows(2, 5)

    assert changed(change) == ([], [])


def test_columns_and_rows_may_stand_in_any_order_and_further_ones_do_no_harm() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("ru")))
    rows = [[*[cell.value for cell in row][::-1], "mine"] for row in book.worksheets[0]]
    mixed = Workbook()
    front = mixed.worksheets[0]
    front.append(["notes"])
    sheet = mixed.create_sheet()
    for row in [rows[0], *rows[:0:-1]]:
        sheet.append(row)
    sheet.cell(1, 2).value = "Summary (RU)"
    sheet.cell(2, 2).value = "Новое"
    edits, faults = read_sheet(saved(mixed), KNOWLEDGE)
    assert (edits, faults) == ([Edit("childcare-centre", "summary", "ru", "Новое")], [])


def test_a_due_date_is_written_changed_and_taken_out() -> None:
    assert changed(put("due", "2027-06-30")) == ([Edit("sixth-hospital", "due", None, "2027-06-30")], [])
    assert changed(put("due", "30.06.2027")) == ([Edit("sixth-hospital", "due", None, "2027-06-30")], [])
    assert changed(put("due", None)) == ([], [])
    (fault,) = changed(put("due", "soon"))[1]
    assert "is not a date" in str(fault.why)


def test_a_sheet_from_before_the_due_date_is_read() -> None:
    assert changed(drop("due")) == ([], [])


def test_a_formula_is_the_result_that_a_person_sees() -> None:
    cell = b'<c r="L4" t="str"><f>UPPER("built")</f><v>BUILT</v></c>'
    content = tampered(SHEET, (_cell_xml("L4"), cell))
    assert read_sheet(content, KNOWLEDGE) == ([Edit("sixth-hospital", "summary", "en", "BUILT")], [])


def test_edits_are_read_whatever_size_the_sheet_declares() -> None:
    content = tampered(SHEET, (b'<dimension ref="A1:O5"', b'<dimension ref="A1"'), (b"is built.", b"is open."))
    assert read_sheet(content, KNOWLEDGE) == (
        [Edit("sixth-hospital", "summary", "en", "The Sixth Municipal Hospital is open.")],
        [],
    )


def test_the_edited_sheet_is_read_although_another_precedes_it() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    put("status", "completed")(book.copy_worksheet(book.worksheets[0]))
    assert read_sheet(saved(book), KNOWLEDGE) == ([Edit("sixth-hospital", "status", None, "completed")], [])


def test_two_edited_sheets_are_named() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    copy = book.copy_worksheet(book.worksheets[0])
    put("status", "completed")(copy)
    put("status", "cancelled")(book.worksheets[0])
    edits, faults = read_sheet(saved(book), KNOWLEDGE)
    assert edits == []
    assert copy.title in str(faults[0].why)


def test_a_fault_in_one_of_several_sheets_names_the_sheet() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    copy = book.copy_worksheet(book.worksheets[0])
    put("status", "perhaps")(copy)
    assert [fault.cell for fault in read_sheet(saved(book), KNOWLEDGE)[1]] == [f"{copy.title}!D4"]


def test_a_hidden_sheet_is_not_read() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    copy = book.copy_worksheet(book.worksheets[0])
    put("status", "completed")(copy)
    copy.sheet_state = "hidden"
    assert read_sheet(saved(book), KNOWLEDGE) == ([], [])


def _far_below(sheet: Any) -> None:
    put("status", "completed")(sheet)
    sheet.move_range(f"A{ROW_OF_HOSPITAL}:O{ROW_OF_HOSPITAL}", rows=4000)


def _many_sheets(sheet: Any) -> None:
    for _ in range(10):
        sheet.parent.create_sheet()


@pytest.mark.parametrize("change", [_far_below, _many_sheets])
def test_a_sheet_that_is_not_read_to_its_end_changes_nothing_and_is_named(change: Callable[[Any], None]) -> None:
    edits, (fault,) = changed(change)
    assert edits == []
    assert "reads no further" in str(fault.why)


# --- Faults ---


def drop(name: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.delete_cols(sheet[f"{letter(sheet, name)}1"].column)


#: A change of the sheet, the cell that is at fault, and a piece of what is said.
FAULTS: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "a status that is none": (put("status", "almost done"), "D4", "“almost done” is not a status"),
    "no status": (put("status", None), "D4", "is not a status"),
    "a day that is read in two ways": (put("as_of", "03/05/2022"), "H4", "“03/05/2022” is not a date"),
    "a day that no calendar has": (put("as_of", "2022-02-30"), "H4", "is not a date"),
    "a day in other digits": (put("as_of", "２０２２-01-30"), "H4", "is not a date"),
    "a formula without a result": (put("as_of", "=TODAY()"), "H4", "formula without a saved result"),
    "an error of a formula": (put("summary (zh)", "#N/A"), "M4", "shows the error #N/A"),
    "a merged cell": (lambda sheet: sheet.merge_cells("L3:L4"), "L4", "merged with L3"),
    "a merged id": (lambda sheet: sheet.merge_cells("A3:A4"), "A4", "merged with A3"),
    "invisible characters only": (put("summary (en)", "\u3164\u2800\u200b"), "L4", "needs a summary"),
    "a note that is too long": (put("status_note (en)", "x" * 121), "E4", "121 characters; at most 120"),
    "a note on two lines": (put("status_note (en)", "a\nb"), "E4", "more than one line"),
    "no summary in the city's language": (put("summary (en)", " "), "L4", "needs a summary"),
    "an id that nobody knows": (put("id", "seventh-hospital"), "A4", "no project “seventh-hospital”"),
    "an id twice": (put("id", "elderly-beds"), "A4", "has a row already, see A2"),
    "no id": (put("id", None), "A4", "id is missing"),
    "another title": (put("title", "Seventh Hospital"), "C4", "not the title of “sixth-hospital”"),
    "a missing column": (drop("summary (zh)"), "O1", "`summary (zh)` is missing"),
    "a column twice": (
        lambda sheet: sheet.__setitem__("P1", "as_of"),
        "P1",
        "`as_of` is here and again in H1",
    ),
    "no column of ids": (drop("id"), "A1", "no column `id`"),
    "no head": (lambda sheet: sheet.delete_rows(1), "A1", "no column `id`"),
    "nothing": (lambda sheet: sheet.delete_rows(1, 99), "A1", "no column `id`"),
}


@pytest.mark.parametrize(("change", "cell", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_cell_and_nothing_else_is_taken(
    change: Callable[[Any], object], cell: str, sentence: str
) -> None:
    def both(sheet: Any) -> None:
        put("status_note (ru)", "иначе", ROW["homecare-stations"])(sheet)
        change(sheet)

    edits, faults = changed(both)
    assert edits == []
    assert [fault.cell for fault in faults] == [cell]
    assert sentence in str(faults[0].why)
    assert all(faults[0].why.render(translator_in(language)) for language in LANGUAGES)


def test_all_faults_are_named_at_once() -> None:
    def change(sheet: Any) -> None:
        put("status", "?")(sheet)
        put("as_of", "?", ROW["elderly-beds"])(sheet)

    assert [fault.cell for fault in changed(change)[1]] == ["H2", "D4"]


def test_ids_that_were_sorted_without_their_rows_are_named() -> None:
    def change(sheet: Any) -> None:
        put("id", "homecare-stations", ROW["elderly-beds"])(sheet)
        put("id", "elderly-beds", ROW["homecare-stations"])(sheet)

    assert [fault.cell for fault in changed(change)[1]] == ["C2", "C3"]


# --- Facts and ways of asking ---

FACTS, ASKING = 1, 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("tab", "fixed"), [(FACTS, 3), (ASKING, 4)])
def test_in_the_other_sheets_only_the_texts_can_be_written(language: Language, tab: int, fixed: int) -> None:
    sheet = opened(write_sheet(KNOWLEDGE, translator_in(language))).worksheets[tab]
    locked = [{cell.protection.locked for cell in column[1:]} for column in sheet.columns]
    assert sheet.protection.sheet
    assert locked == [{True}] * fixed + [{False}] * len(LANGUAGES)


def test_a_changed_statement_becomes_an_edit_of_the_fact() -> None:
    sheet = opened(write_sheet(KNOWLEDGE, translator_in("en"))).worksheets[FACTS]
    assert [cell.value for cell in sheet[2]][:4] == [
        "elderly-beds",
        "nursing-beds",
        "Beds in elderly care",
        "1,000 nursing beds are added.",
    ]
    wanted = Edit("elderly-beds", "statement", "en", "2,000 nursing beds are added.", "nursing-beds")
    assert changed(put("statement (en)", wanted.value, row=2), tab=FACTS) == ([wanted], [])
    assert changed(put("statement (ru)", None, row=2), tab=FACTS) == (
        [Edit("elderly-beds", "statement", "ru", None, "nursing-beds")],
        [],
    )


def test_the_lines_of_a_cell_are_the_ways_of_asking() -> None:
    row = row_of_asking("elderly-beds", "phrasings")
    old = KNOWLEDGE.project_by_id["elderly-beds"].phrasings.texts_in("en")
    text = "\r\n".join([*old, "", "  a bed for grandpa ", "a bed for grandpa"])
    assert changed(put("asking (en)", text, row), tab=ASKING) == (
        [AskingEdit("elderly-beds", "phrasings", "en", (*old, "a bed for grandpa"))],
        [],
    )
    assert changed(put("asking (zh)", None, row_of_asking("elderly-beds", "words")), tab=ASKING) == (
        [AskingEdit("elderly-beds", "words", "zh", ())],
        [],
    )
    questions = row_of_asking("elderly-beds", "questions")
    assert changed(put("asking (ru)", "сколько мест", questions), tab=ASKING) == (
        [AskingEdit("elderly-beds", "questions", "ru", ("сколько мест",), "nursing-beds")],
        [],
    )


def row_of_asking(entry: str, kind: str) -> int:
    sheet = opened(write_sheet(KNOWLEDGE, translator_in("en"))).worksheets[ASKING]
    rows = [[cell.value for cell in row[:2]] for row in sheet.iter_rows()]
    return rows.index([entry, kind]) + 1


def test_edits_of_all_sheets_come_together_and_missing_sheets_change_nothing() -> None:
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    put("status", "completed")(book.worksheets[0])
    put("statement (en)", "Beds are added.", row=2)(book.worksheets[FACTS])
    put("asking (en)", "a bed", row_of_asking("elderly-beds", "phrasings"))(book.worksheets[ASKING])
    assert [type(edit) for edit in read_sheet(saved(book), KNOWLEDGE)[0]] == [Edit, Edit, AskingEdit]

    del book[book.sheetnames[ASKING]], book[book.sheetnames[FACTS]]
    assert read_sheet(saved(book), KNOWLEDGE) == ([Edit("sixth-hospital", "status", None, "completed")], [])


#: The sheet, a change in it, the cell that is at fault, and a piece of what is said.
OTHER_FAULTS: dict[str, tuple[int, Callable[[Any], object], str, str]] = {
    "a long statement": (FACTS, put("statement (en)", "x" * 201, 2), "Facts!D2", "201 characters; at most 200"),
    "a statement on two lines": (FACTS, put("statement (en)", "a\nb", 2), "Facts!D2", "more than one line"),
    "no statement": (FACTS, put("statement (en)", None, 2), "Facts!D2", "needs a statement"),
    "another title": (FACTS, put("title", "Sixth Municipal Hospital", 2), "Facts!C2", "not the title of"),
    "a title of another row": (ASKING, put("title", "Hospitals", 2), "Ways of asking!D2", "not the title of"),
    "an unknown fact": (FACTS, put("fact", "none", 2), "Facts!B2", "“elderly-beds” has no fact “none”"),
    "an unknown project": (FACTS, put("project", "none", 2), "Facts!B2", "no project “none”"),
    "a formula": (FACTS, put("statement (zh)", "=A1", 2), "Facts!E2", "formula without a saved result"),
    "a long way of asking": (ASKING, put("asking (en)", "x" * 301, 2), "Ways of asking!E2", "301 characters"),
    "a cell that is too long": (ASKING, put("asking (en)", "way\n" * 5001, 2), "Ways of asking!E2", "20000 characters"),
    "an unknown kind": (ASKING, put("kind", "phrases", 2), "Ways of asking!A2", "no such row"),
    "merged cells": (ASKING, lambda sheet: sheet.merge_cells("E2:E3"), "Ways of asking!E3", "merged with E2"),
    "an error": (ASKING, put("asking (en)", "#REF!", 2), "Ways of asking!E2", "shows the error #REF!"),
    "no column": (FACTS, lambda sheet: sheet.delete_cols(1), "Facts!F1", "`project` is missing"),
}


@pytest.mark.parametrize(("tab", "change", "cell", "sentence"), OTHER_FAULTS.values(), ids=OTHER_FAULTS)
def test_a_fault_in_the_other_sheets_names_its_cell(
    tab: int, change: Callable[[Any], object], cell: str, sentence: str
) -> None:
    edits, faults = changed(change, tab=tab)
    assert (edits, [fault.cell for fault in faults]) == ([], [cell])
    assert sentence in str(faults[0].why)


def test_the_shipped_knowledge_goes_out_and_comes_back_as_it_is() -> None:
    shipped = load(SHIPPED).knowledge
    assert shipped is not None
    assert read_sheet(write_sheet(shipped, translator_in("zh")), shipped) == ([], [])


# --- Hostile files ---


def zipped(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return content.getvalue()


def tampered(name: str, *changes: tuple[bytes, bytes]) -> bytes:
    """The exported sheet with pieces of one of its parts exchanged."""
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


def _cell_xml(name: str) -> bytes:
    """A cell of the exported sheet as it is written there."""
    with zipfile.ZipFile(io.BytesIO(write_sheet(KNOWLEDGE, translator_in("en")))) as parts:
        found = re.search(rb'<c r="%s"[^>]*>.*?</c>' % name.encode(), parts.read(SHEET), re.DOTALL)
    assert found
    return found[0]


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 1000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 30) for name in range(98, 108))
    + b"]>"
)


LAUGHING = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&k;</t></is></c></row>'


def lying_about_its_size() -> bytes:
    """A bomb whose directory says that it unpacks to a hundred bytes."""
    content = bytearray(zipped(**{"[Content_Types].xml": b"0" * 50_000_000}))
    size = (50_000_000).to_bytes(4, "little")
    return bytes(content.replace(size, (100).to_bytes(4, "little")))


def naming_a_text_again_and_again() -> bytes:
    """A few kilobytes whose cells hold a hundred million characters: shared strings, as Excel writes them."""
    main, kind = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "application/vnd.openxmlformats-"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = {
        "workbook": "officedocument.spreadsheetml.sheet.main+xml",
        "worksheets/sheet1": "officedocument.spreadsheetml.worksheet+xml",
        "sharedStrings": "officedocument.spreadsheetml.sharedStrings+xml",
    }
    listed = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}{name}"/>' for part, name in types.items()
    )
    long = "x" * sheet_reader.MOST_CHARACTERS
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="{kind}package.relationships+xml"/>{listed}</Types>',
        "_rels__.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl__workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        f'<sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl___rels__workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl__sharedStrings.xml": f'<sst xmlns="{main}"><si><t>{long}</t></si></sst>',
        "xl__worksheets__sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>'
        + ("<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>") * 100
        + "</sheetData></worksheet>",
    }
    return zipped(**{name: part.encode() for name, part in parts.items()})


def written_as(change: Callable[[bytes], bytes]) -> bytes:
    """The exported workbook with each part changed."""
    content = io.BytesIO()
    exported = io.BytesIO(write_sheet(KNOWLEDGE, translator_in("en")))
    with zipfile.ZipFile(exported) as parts, zipfile.ZipFile(content, "w") as target:
        for name in parts.namelist():
            target.writestr(name, change(parts.read(name)))
    return content.getvalue()


def _strict(part: bytes) -> bytes:
    """The names of ISO 29500 strict, as Excel writes them for “Strict Open XML Spreadsheet”."""
    return part.replace(b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/").replace(b"/2006/", b"/")


def _with_two_rows_swapped(part: bytes) -> bytes:
    rows = re.findall(rb"<row .*?</row>", part, re.DOTALL)
    return part.replace(rows[1] + rows[2], rows[2] + rows[1]) if len(rows) > 2 else part


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not an .xlsx file"),
    "a table of commas": (lambda: b"id,status\nsixth-hospital,completed\n", "not an .xlsx file"),
    "an old .xls": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 5000, "not an .xlsx file"),
    "an .ods": (
        lambda: zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content=b"<x/>"),
        "not an .xlsx file",
    ),
    "half a file": (lambda: write_sheet(KNOWLEDGE, translator_in("en"))[:4000], "not an .xlsx file"),
    "another kind of document": (lambda: zipped(**{"[Content_Types].xml": b"<Types/>"}), "cannot be read"),
    "more than 5 MB": (lambda: b"PK" + b"x" * 5_000_000, "larger than 5 MB"),
    "a zip bomb": (lambda: zipped(**{"[Content_Types].xml": b"x", "xl__a": b"0" * 100_000_000}), "unpacks to far more"),
    "a zip bomb that lies": (lying_about_its_size, "cannot be read"),
    "a long text that is named again and again": (naming_a_text_again_and_again, "unpacks to far more"),
    "very many parts": (lambda: zipped(**{f"p{n}": b"" for n in range(600)}), "unpacks to far more"),
    "entities that grow": (
        lambda: tampered(SHEET, (b"<worksheet", LAUGHS + b"<worksheet"), (b"<sheetData>", b"<sheetData>" + LAUGHING)),
        "cannot be read",
    ),
    "a part that is no XML": (lambda: tampered("xl/workbook.xml", (b"<workbook", b"<<<")), "cannot be read"),
    "an Excel workbook in the strict form": (lambda: written_as(_strict), "not an .xlsx file"),
    "rows that are not in their order": (lambda: written_as(_with_two_rows_swapped), "cannot be read"),
    "a formula without an end": (lambda: tampered(SHEET, (b"</sheetData>", b"<row><c><f>")), "cannot be read"),
}


@pytest.mark.parametrize(("make", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_sheet_is_refused_in_words(make: Callable[[], bytes], sentence: str) -> None:
    edits, faults = read_sheet(make(), KNOWLEDGE)
    assert edits == []
    assert [fault.cell for fault in faults] == [""]
    assert sentence in str(faults[0].why)


def test_a_sheet_that_says_it_has_a_million_rows_is_read_as_far_as_one_can_be_long() -> None:
    last = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    assert read_sheet(tampered(SHEET, (b"</sheetData>", last)), KNOWLEDGE) == ([], [])


@pytest.mark.usefixtures("reader_from_nothing")
def test_a_reader_that_hangs_or_crashes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    content = write_sheet(KNOWLEDGE, translator_in("en"))
    monkeypatch.setattr("bot.publishing.files.isolated_reader.TIMEOUT", 0.001)
    assert "cannot be read" in str(read_sheet(content, KNOWLEDGE)[1][0].why)
    monkeypatch.setattr("bot.publishing.files.isolated_reader.TIMEOUT", 60.0)
    monkeypatch.setattr("bot.publishing.files.isolated_reader._START", "raise SystemExit(3)")
    assert "cannot be read" in str(read_sheet(content, KNOWLEDGE)[1][0].why)


few = settings(max_examples=60)
EXPORTED = write_sheet(KNOWLEDGE, translator_in("en"))


@few
@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(EXPORTED)), st.binary(min_size=1, max_size=9)).map(
        lambda typo: EXPORTED[: typo[0]] + typo[1] + EXPORTED[typo[0] + len(typo[1]) :]
    )
)
def test_any_bytes_give_rows_or_one_sentence(content: bytes) -> None:
    answer = sheet_reader.read(content)
    assert ("fault" in answer) != ("sheets" in answer)


#: What the model takes as the text of a summary and a cell can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=200)


@few
@given(TEXTS)
def test_any_text_goes_out_and_comes_back_as_it_is(text: str) -> None:
    try:
        knowledge = make_knowledge(projects=[make_project("a", summary={"en": text or "x", "zh": text})])
    except ValueError:
        return
    assert differences(write_sheet(knowledge, translator_in("en")), knowledge) == []


def differences(content: bytes, knowledge: KnowledgeBase) -> list[str]:
    """The summaries in which the sheet differs, read in this process, for a hundred children take too long."""
    rows = sheet_reader.read(content)["sheets"][0]["rows"]
    summary = knowledge.projects[0].summary
    return [
        f"{language}: {found!r}"
        for language, found in zip(LANGUAGES, [*rows[1], "", ""][11:14], strict=True)
        if found.strip() != (getattr(summary, language) or "")
    ]
