"""Export of the projects to a spreadsheet, and import into the knowledge file, at the terminal."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.factories import YAML_TEXT, line_of, yaml_text

KNOWLEDGE = Path("knowledge/projects.yaml")
SHEET = Path("projects.xlsx")


@pytest.fixture(autouse=True)
def an_exported_sheet(small_city: Path) -> None:
    """The small city and its spreadsheet in a folder of their own."""
    exported = minsheng("export", "projects.xlsx")
    assert (exported.exit_code, exported.output) == (0, "projects.xlsx: 4 projects\n")


def minsheng(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, words, input=typed)


def fill(**cells: str | None) -> None:
    book = load_workbook(SHEET)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(SHEET)


def knowledge() -> str:
    return KNOWLEDGE.read_text(encoding="utf-8")


def test_an_unchanged_sheet_says_the_same() -> None:
    imported = minsheng("import", "projects.xlsx")
    assert (imported.exit_code, imported.output) == (0, "projects.xlsx says the same as knowledge/projects.yaml.\n")


def test_the_difference_is_shown_and_written_after_a_yes() -> None:
    fill(D4="completed", E4="opened on: 1 May", D5="delayed", K5=None)
    imported = minsheng("import", "projects.xlsx", typed="y\n")
    assert imported.exit_code == 0
    assert imported.stdout == (
        "Sixth Municipal Hospital (sixth-hospital)\n"
        "  status: “planned” -> “completed”\n"
        "  status_note (en): nothing -> “opened on: 1 May”\n"
        "Childcare centre (childcare-centre)\n"
        "  status: “in progress” -> “delayed”\n"
        "  expected_completion (ru): “к концу года” -> nothing\n"
        "4 changes in 2 projects\n"
        "Write? [y/N] knowledge/projects.yaml: 4 changes in 2 projects written\n"
    )
    assert knowledge() == yaml_text(
        ("    status: planned\n", '    status: completed\n    status_note: {en: "opened on: 1 May"}\n'),
        ("status: in progress", "status: delayed"),
        (", ru: к концу года}", "}"),
    )
    assert minsheng("import", "projects.xlsx").output.endswith("says the same as knowledge/projects.yaml.\n")


@pytest.mark.parametrize("typed", ["", "\n", "n\n", "no\n", "?\n"])
def test_any_reply_but_yes_writes_nothing(typed: str) -> None:
    fill(D4="completed")
    imported = minsheng("import", "projects.xlsx", typed=typed)
    assert imported.exit_code == 0
    assert imported.stdout.endswith("Nothing was written.\n")
    assert knowledge() == YAML_TEXT


def test_with_yes_no_question_is_asked() -> None:
    fill(D4="completed")
    imported = minsheng("import", "projects.xlsx", "--yes", "--knowledge", str(KNOWLEDGE))
    assert imported.exit_code == 0
    assert "Write?" not in imported.output
    assert knowledge() == yaml_text(("planned", "completed"))


def test_faults_name_their_cells_in_the_language_of_the_person_and_nothing_is_written() -> None:
    fill(D4="almost", H5="soon", D2="completed")
    imported = minsheng("import", "projects.xlsx", "--yes")
    assert (imported.exit_code, imported.stdout) == (1, "")
    assert imported.stderr == (
        "projects.xlsx: D4: “almost” is not a status: choose one from the list.\n"
        "projects.xlsx: H5: “soon” is not a date: write it as 2021-11-12.\n"
    )
    assert "projects.xlsx: D4: «almost» — не статус" in minsheng("import", "projects.xlsx", "--lang", "ru").stderr
    SHEET.write_text("id,status\n")
    assert minsheng("import", "projects.xlsx").stderr.startswith("projects.xlsx: This is not an .xlsx file.")
    assert knowledge() == YAML_TEXT


def test_what_the_bot_could_not_use_is_not_written() -> None:
    fill(L4="<b>Built</b>")
    imported = minsheng("import", "projects.xlsx", "--yes")
    assert imported.exit_code == 1
    assert imported.stderr.startswith("With these changes the bot could not use the file, so nothing was written:\n")
    assert f"\nknowledge/projects.yaml:{line_of('The Sixth Municipal Hospital is')}:" in imported.stderr
    assert "contains markup" in imported.stderr
    assert knowledge() == YAML_TEXT


def test_a_file_that_was_changed_meanwhile_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(D4="completed")
    other = yaml_text(("in progress", "delayed"))

    def answer(_: str) -> str:
        KNOWLEDGE.write_text(other, encoding="utf-8")
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    imported = minsheng("import", "projects.xlsx")
    assert imported.exit_code == 1
    assert "knowledge/projects.yaml was changed meanwhile" in imported.stderr
    assert knowledge() == other


def test_a_place_that_cannot_be_changed_safely_is_named() -> None:
    KNOWLEDGE.write_text(
        yaml_text(
            ("  - id: childcare-centre\n", "  - expected_completion: {en: soon}\n    id: childcare-centre\n"),
            ("    expected_completion: {en: by the end of the year, zh: 年底, ru: к концу года}\n", ""),
        ),
        encoding="utf-8",
    )
    fill(I5=None, J5=None, K5=None)
    imported = minsheng("import", "projects.xlsx", "--yes")
    assert imported.exit_code == 1
    assert "`expected_completion` of “childcare-centre” is written in a way" in imported.stderr


def test_a_broken_knowledge_file_is_explained() -> None:
    KNOWLEDGE.write_text(yaml_text(("status: planned", "status: plannned")), encoding="utf-8")
    for command in ("export", "import"):
        refused = minsheng(command, "projects.xlsx")
        assert refused.exit_code == 1
        assert "did you mean `planned`?" in refused.stderr


def test_a_wrong_call_is_answered_with_a_sentence() -> None:
    for words in (
        ("export", "projects.csv"),
        ("import", "projects.csv"),
        ("export", "nowhere/projects.xlsx"),
        ("import", "nowhere.xlsx"),
        ("export", "projects.xlsx", "--lang", "de"),
        ("import", "projects.xlsx", "--lang", "de"),
    ):
        refused = minsheng(*words)
        assert (refused.exit_code, refused.stdout) == (2, ""), words
        assert refused.stderr.count("\n") == 1


def test_facts_and_ways_of_asking_come_back_from_sheets_of_their_own() -> None:
    book = load_workbook(SHEET)
    book["Facts"]["D2"] = "2,000 nursing beds are added."
    asking = book["Ways of asking"]
    row = next(row for row in range(2, 99) if asking[f"A{row}"].value == "elderly-beds")
    asking[f"E{row}"] = "new beds for old people\na place for grandma"
    book.save(SHEET)

    imported = minsheng("import", "projects.xlsx", "--yes")

    assert imported.exit_code == 0, imported.output
    assert imported.stdout == (
        "Beds in elderly care (elderly-beds)\n"
        "  nursing-beds (en): “1,000 nursing beds are added.” -> “2,000 nursing beds are added.”\n"
        "  phrasings (en), new: “a place for grandma”\n"
        "2 changes in 1 entry\n"
        "knowledge/projects.yaml: 2 changes in 1 entry written\n"
    )
    assert knowledge() == yaml_text(
        ("1,000 nursing beds are added", "2,000 nursing beds are added"),
        ("[new beds for old people]", "[new beds for old people, a place for grandma]"),
    )


def test_the_sheet_is_in_the_language_that_is_asked_for() -> None:
    assert minsheng("export", "zh.xlsx", "--lang", "zh").exit_code == 0
    assert load_workbook("zh.xlsx").sheetnames == ["项目", "具体说明", "问法", "填写说明"]
    assert load_workbook(SHEET).sheetnames == ["Projects", "Facts", "Ways of asking", "How to fill this in"]
    assert minsheng("import", "zh.xlsx").stdout == "zh.xlsx says the same as knowledge/projects.yaml.\n"
