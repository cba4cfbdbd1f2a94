"""A spreadsheet has the city's languages, and an import reads the languages that a sheet has."""

from bot.i18n.catalog import translator_in
from bot.publishing.spreadsheet.projects import columns_in
from bot.publishing.spreadsheet.workbook import read_sheet, write_sheet
from tests.factories import make_knowledge, values
from tests.publishing.workbooks import ASKING, FACTS, KNOWLEDGE, opened, put, row_of_asking, saved


def _heads(content: bytes) -> list[list[str]]:
    """The names of the columns of each editable sheet."""
    return [[str(cell.value).rpartition("\n")[2] for cell in sheet[1]] for sheet in opened(content).worksheets[:3]]


def test_a_sheet_has_columns_for_the_citys_languages_only() -> None:
    knowledge = make_knowledge(city={**values()["city"], "languages": ["en", "ru"]})
    content = write_sheet(knowledge, translator_in("en"))
    heads = _heads(content)
    assert heads[0] == ["id", "area", "title", *(column.name for column in columns_in(("en", "ru")))]
    assert heads[1][3:] == ["statement (en)", "statement (ru)"]
    assert heads[2][4:] == ["asking (en)", "asking (ru)"]
    help_texts = [str(cell.value) for cell in opened(content).worksheets[3]["A"]]
    assert "Write every text in each of the city's languages: English (en), Русский (ru)." in help_texts
    assert read_sheet(content, knowledge) == ([], []), "the texts in Chinese stay"


def test_a_sheet_with_more_languages_than_the_city_keeps_is_read() -> None:
    knowledge = make_knowledge(city={**values()["city"], "languages": ["en"]})
    book = opened(write_sheet(KNOWLEDGE, translator_in("en")))
    assert read_sheet(saved(book), knowledge) == ([], [])
    put("summary (zh)", "新建医院。")(book.worksheets[0])
    put("statement (zh)", "增加床位。", row=2)(book.worksheets[FACTS])
    put("asking (ru)", "койка", row_of_asking("elderly-beds", "phrasings"))(book.worksheets[ASKING])
    edits, faults = read_sheet(saved(book), knowledge)
    assert faults == []
    assert [edit.language for edit in edits] == ["zh", "zh", "ru"]


def test_a_sheet_that_lacks_a_language_of_the_city_is_refused() -> None:
    english = make_knowledge(city={**values()["city"], "languages": ["en"]})
    _, faults = read_sheet(write_sheet(english, translator_in("en")), KNOWLEDGE)
    assert "The column `status_note (zh)` is missing" in str(faults[0].why)
