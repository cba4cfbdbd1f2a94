"""The sheet of facts: a row for each fact of a project, with its statement in every language."""

from collections.abc import Iterator, Mapping

from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Fact, KnowledgeBase, Project, Sentence
from bot.knowledge.edits import Edit
from bot.publishing.spreadsheet.cells import (
    CellError,
    Row,
    Sheet,
    cell_name,
    error_of_text,
    errors_of_title,
    layout_of_texts,
    protect,
    read_rows,
    write_cell,
    write_fixed,
    write_head,
)

_STATEMENTS: Mapping[Language, str] = {language: f"statement ({language})" for language in LANGUAGES}


def is_facts(sheet: Sheet) -> bool:
    return any(name in sheet.columns() for name in _STATEMENTS.values())


def write_facts(sheet: Worksheet, knowledge: KnowledgeBase, translator: Translator) -> None:
    gettext, languages = translator.gettext, knowledge.city.offered_languages
    columns = [_STATEMENTS[language] for language in languages]
    labels = {
        "project": gettext("Id (fixed)"),
        "fact": gettext("Fact (fixed)"),
        "title": gettext("Title (fixed)"),
        **dict.fromkeys(columns, gettext("Statement")),
    }
    write_head(sheet, labels, {"project": 26, "fact": 20, "title": 32} | dict.fromkeys(columns, 52), "D2")
    row = 1
    for project in knowledge.projects:
        title = project.title.in_language(translator.language, knowledge.city.default_language)
        for fact in project.facts:
            write_fixed(sheet, row, (project.id, fact.id, title))
            for column, language in enumerate(languages, 3):
                write_cell(sheet, cell_name(row, column), fact.statement.text_in(language), locked=False)
            row += 1
    protect(sheet)


def read_facts(sheet: Sheet, knowledge: KnowledgeBase) -> Iterator[Edit | CellError]:
    """The changes in a sheet of facts, and its errors."""
    facts = {(project.id, fact.id): (project, fact) for project in knowledge.projects for fact in project.facts}

    def find(key: tuple[str, ...]) -> tuple[Project, Fact] | LazyMessage:
        project, fact = key
        return facts.get((project, fact)) or _no_such_fact(project, fact, knowledge)

    def read_row(row: Row, found: tuple[Project, Fact]) -> Iterator[Edit | CellError]:
        return _read_row(row, *found, knowledge.city.default_language)

    return read_rows(sheet, layout_of_texts(("project", "fact"), "fact", _STATEMENTS, knowledge), find, read_row)


def _no_such_fact(project: str, fact: str, knowledge: KnowledgeBase) -> LazyMessage:
    if project not in knowledge.project_by_id:
        return lazy_gettext("There is no project “{project}” in the file.", project=project)
    return lazy_gettext(
        "“{project}” has no fact “{fact}”. New facts are written into the knowledge file.", project=project, fact=fact
    )


def _read_row(row: Row, project: Project, fact: Fact, default: Language) -> Iterator[Edit | CellError]:
    yield from errors_of_title(row, project)
    for language, name in _STATEMENTS.items():
        if name not in row.places:
            continue
        text = row.text(name)
        if error := row.unreadable(name):
            yield error
        elif text != (fact.statement.text_in(language) or ""):
            why = _error(text, is_needed=language == default)
            edit = Edit(project.id, "statement", language, text or None, fact.id)
            yield CellError(row.cell(name), why) if why else edit


def _error(text: str, *, is_needed: bool) -> LazyMessage | None:
    if not text and is_needed:
        return lazy_gettext("A fact needs a statement in the city's language.")
    return error_of_text(text, Sentence)
