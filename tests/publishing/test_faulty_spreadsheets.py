"""Faulty and hostile spreadsheets are refused in words."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.knowledge import KnowledgeBase
from bot.publishing.spreadsheet import xlsx_reader as sheet_reader
from bot.publishing.spreadsheet.workbook import read_sheet, write_sheet
from tests.factories import make_knowledge, make_project
from tests.publishing.workbooks import (
    KNOWLEDGE,
    ROW,
    SHEET,
    changed,
    drop,
    put,
    tampered,
)

# --- Faults ---


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


# --- Hostile files ---


def zipped(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return content.getvalue()


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 1000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 30) for name in range(98, 108))
    + b"]>"
)


LAUGHING = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&k;</t></is></c></row>'


def lying_about_its_size() -> bytes:
    """A zip bomb whose directory states a size of a hundred bytes."""
    content = bytearray(zipped(**{"[Content_Types].xml": b"0" * 50_000_000}))
    size = (50_000_000).to_bytes(4, "little")
    return bytes(content.replace(size, (100).to_bytes(4, "little")))


def naming_a_text_again_and_again() -> bytes:
    """A file of a few kilobytes whose cells repeat shared strings to a hundred million characters."""
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
    long = "x" * sheet_reader.MAX_CHARACTERS
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
    """Change each part of the exported workbook."""
    content = io.BytesIO()
    exported = io.BytesIO(write_sheet(KNOWLEDGE, translator_in("en")))
    with zipfile.ZipFile(exported) as parts, zipfile.ZipFile(content, "w") as target:
        for name in parts.namelist():
            target.writestr(name, change(parts.read(name)))
    return content.getvalue()


def _strict(part: bytes) -> bytes:
    """Use the names of ISO 29500 strict, like Excel for “Strict Open XML Spreadsheet”."""
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
    "a part that is not XML": (lambda: tampered("xl/workbook.xml", (b"<workbook", b"<<<")), "cannot be read"),
    "an Excel workbook in the strict form": (lambda: written_as(_strict), "not an .xlsx file"),
    "rows that are not in their order": (lambda: written_as(_with_two_rows_swapped), "cannot be read"),
    "a formula without an end": (lambda: tampered(SHEET, (b"</sheetData>", b"<row><c><f>")), "cannot be read"),
}


@pytest.mark.parametrize(("make", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_not_a_spreadsheet_is_refused_in_words(make: Callable[[], bytes], sentence: str) -> None:
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
    assert ("error" in answer) != ("sheets" in answer)


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
    """Return the summaries that differ in the sheet; read it in this process, as a hundred others take too long."""
    rows = sheet_reader.read(content)["sheets"][0]["rows"]
    summary = knowledge.projects[0].summary
    return [
        f"{language}: {found!r}"
        for language, found in zip(LANGUAGES, [*rows[1], "", ""][11:14], strict=True)
        if found.strip() != (getattr(summary, language) or "")
    ]
