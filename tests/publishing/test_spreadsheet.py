"""Staff fill in a spreadsheet: changes become edits, and errors name their cell."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import Status
from bot.knowledge.edits import AskingEdit, Edit
from bot.publishing.files.load import load
from bot.publishing.spreadsheet.projects import columns_in
from bot.publishing.spreadsheet.workbook import read_sheet, write_sheet
from tests.console import KNOWLEDGE as SHIPPED
from tests.factories import make_knowledge, make_project
from tests.publishing.workbooks import (
    ASKING,
    FACTS,
    KNOWLEDGE,
    ROW,
    ROW_OF_HOSPITAL,
    SHEET,
    changed,
    drop,
    letter,
    opened,
    put,
    row_of_asking,
    saved,
    tampered,
)

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
    assert names == ["id", "area", "title", *(column.name for column in columns_in(LANGUAGES))]
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


# --- Facts and ways of asking ---


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


def _cell_xml(name: str) -> bytes:
    """Return the XML of a cell of the exported sheet."""
    with zipfile.ZipFile(io.BytesIO(write_sheet(KNOWLEDGE, translator_in("en")))) as parts:
        found = re.search(rb'<c r="%s"[^>]*>.*?</c>' % name.encode(), parts.read(SHEET), re.DOTALL)
    assert found
    return found[0]
