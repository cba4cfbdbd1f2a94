"""The sheet of facts: a row for each fact of a project, with its statement in every language."""

from collections.abc import Iterator, Mapping

from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Fact, KnowledgeBase, Project, Sentence
from bot.knowledge.diff import Edit
from bot.publishing.spreadsheet.cells import (
    CellFault,
    Sheet,
    cell_name,
    faults_of_title,
    find_columns,
    protect,
    read_rows,
    write_cell,
    write_fixed,
    write_head,
)

_STATEMENTS: Mapping[Language, str] = {language: f"statement ({language})" for language in LANGUAGES}
_NAMES = ("project", "fact", "title", *_STATEMENTS.values())


def is_facts(sheet: Sheet) -> bool:
    return any(name in sheet.columns() for name in _STATEMENTS.values())


def write_facts(sheet: Worksheet, knowledge: KnowledgeBase, translator: Translator) -> None:
    gettext = translator.gettext
    labels = {
        "project": gettext("Id (fixed)"),
        "fact": gettext("Fact (fixed)"),
        "title": gettext("Title (fixed)"),
        **dict.fromkeys(_STATEMENTS.values(), gettext("Statement")),
    }
    write_head(sheet, labels, {"project": 26, "fact": 20, "title": 32} | dict.fromkeys(_STATEMENTS.values(), 52), "D2")
    row = 1
    for project in knowledge.projects:
        title = project.title.in_language(translator.language, knowledge.city.default_language)
        for fact in project.facts:
            write_fixed(sheet, row, (project.id, fact.id, title))
            for column, language in enumerate(LANGUAGES, 3):
                write_cell(sheet, cell_name(row, column), fact.statement.text_in(language), locked=False)
            row += 1
    protect(sheet)


def read_facts(sheet: Sheet, knowledge: KnowledgeBase) -> Iterator[Edit | CellFault]:
    """What a sheet of facts would change, and what is wrong in it."""
    places, faults = find_columns(sheet.rows[0], _NAMES, ("project", "fact", *_STATEMENTS.values()))
    if faults:
        yield from faults
        return
    facts = {(project.id, fact.id): (project, fact) for project in knowledge.projects for fact in project.facts}

    def key_of(row: int) -> _Key:
        return sheet.text(row, places["project"]), sheet.text(row, places["fact"])

    def check(key: _Key) -> LazyMessage | None:
        return None if key in facts else _no_such_fact(*key, knowledge)

    for found in read_rows(sheet, places["fact"], key_of, check):
        if isinstance(found, CellFault):
            yield found
        else:
            number, key = found
            yield from _read_row(sheet, number, places, facts[key], knowledge.city.default_language)


_Key = tuple[str, str]  #: project, fact


def _no_such_fact(project: str, fact: str, knowledge: KnowledgeBase) -> LazyMessage:
    if project not in knowledge.project_by_id:
        return lazy_gettext("There is no project “{project}” in the file any more.", project=project)
    return lazy_gettext(
        "“{project}” has no fact “{fact}”. New facts are written into the knowledge file.", project=project, fact=fact
    )


def _read_row(
    sheet: Sheet, number: int, places: Mapping[str, int], found: tuple[Project, Fact], default: Language
) -> Iterator[Edit | CellFault]:
    project, fact = found
    yield from faults_of_title(sheet, number, places, project)
    for language, name in _STATEMENTS.items():
        at = places[name]
        text = sheet.text(number, at)
        if why := sheet.unreadable.get((number, at)):
            yield CellFault(cell_name(number, at), why)
        elif text != (fact.statement.text_in(language) or ""):
            why = _fault(text, is_needed=language == default)
            edit = Edit(project.id, "statement", language, text or None, fact.id)
            yield CellFault(cell_name(number, at), why) if why else edit


def _fault(text: str, *, is_needed: bool) -> LazyMessage | None:
    if not text and is_needed:
        return lazy_gettext("A fact cannot be without a statement in the city's language.")
    if len(text) > Sentence.limit:
        return lazy_gettext(
            "This has {length} characters; at most {limit} fit.", length=len(text), limit=Sentence.limit
        )
    return lazy_gettext("This has more than one line; please write it in one.") if "\n" in text else None
