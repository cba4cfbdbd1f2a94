"""The sheet of ways of asking: a row for the phrasings, words and questions of each entry, one per line."""

from collections.abc import Iterator, Mapping
from typing import get_args

from openpyxl.worksheet.worksheet import Worksheet

from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import KnowledgeBase, Phrasings
from bot.knowledge.asking import AskingKind, Ways, ways_of
from bot.knowledge.edits import AskingEdit
from bot.knowledge.fields import MAX_PHRASE
from bot.publishing.spreadsheet.cells import (
    CellError,
    Row,
    Sheet,
    cell_name,
    errors_of_title,
    layout_of_texts,
    protect,
    read_rows,
    write_cell,
    write_fixed,
    write_head,
)

_TEXTS: Mapping[Language, str] = {language: f"asking ({language})" for language in LANGUAGES}
#: A longer list does not fit into a cell and must be changed in the file.
_MAX_IN_CELL = 15_000


def is_asking(sheet: Sheet) -> bool:
    return any(name in sheet.columns() for name in _TEXTS.values())


def write_asking(sheet: Worksheet, knowledge: KnowledgeBase, translator: Translator) -> None:
    """A row for each entry and kind, for areas, projects and their facts; topics elsewhere are left out."""
    gettext, languages = translator.gettext, knowledge.city.offered_languages
    columns = [_TEXTS[language] for language in languages]
    labels = {
        "entry": gettext("Id (fixed)"),
        "kind": gettext("Kind (fixed)"),
        "fact": gettext("Fact (fixed)"),
        "title": gettext("Title (fixed)"),
        **dict.fromkeys(columns, gettext("Ways of asking, one a line")),
    }
    widths = {"entry": 26, "kind": 12, "fact": 20, "title": 32} | dict.fromkeys(columns, 60)
    write_head(sheet, labels, widths, "E2")
    for row, (key, texts) in enumerate(_rows(ways_of(knowledge)).items(), 1):
        entry = knowledge.project_by_id.get(key[0]) or knowledge.area_by_id[key[0]]
        title = entry.title.in_language(translator.language, knowledge.city.default_language)
        write_fixed(sheet, row, (*key, title))
        for column, language in enumerate(languages, 4):
            text = "\n".join(texts.texts_in(language))
            is_long = len(text) > _MAX_IN_CELL
            shown = gettext("Too many for a cell; change them in the file.") if is_long else text
            write_cell(sheet, cell_name(row, column), shown, locked=is_long)
    protect(sheet)


_Key = tuple[str, ...]  #: entry, kind, fact


def _rows(ways: Ways) -> dict[_Key, Phrasings]:
    return {(entry, kind, fact or ""): texts for (entry, kind, fact), texts in ways.items()}


def read_asking(sheet: Sheet, knowledge: KnowledgeBase) -> Iterator[AskingEdit | CellError]:
    """The changes in a sheet of ways of asking, and its errors."""
    known = _rows(ways_of(knowledge))

    def find(key: _Key) -> _Key | LazyMessage:
        return key if key in known else lazy_gettext("There is no such row: copy it from an exported spreadsheet.")

    def read_row(row: Row, key: _Key) -> Iterator[AskingEdit | CellError]:
        yield from errors_of_title(row, knowledge.project_by_id.get(key[0]) or knowledge.area_by_id[key[0]])
        yield from _read_row(row, key, known[key])

    layout = layout_of_texts(("entry", "kind", "fact"), "entry", _TEXTS, knowledge)
    return read_rows(sheet, layout, find, read_row)


def _read_row(row: Row, key: _Key, known: Phrasings) -> Iterator[AskingEdit | CellError]:
    kind: AskingKind = next(each for each in get_args(AskingKind) if each == key[1])
    for language, name in _TEXTS.items():
        if name not in row.places:
            continue
        old = known.texts_in(language)
        if error := row.unreadable(name):
            yield error
            continue
        lines = (line.strip() for line in row.text(name).split("\n"))
        new = tuple(dict.fromkeys(line for line in lines if line))
        written = "\n".join(old)
        if len(written) > _MAX_IN_CELL or new == tuple(dict.fromkeys(written.split("\n"))) or not (new or old):
            continue
        why = _error(new)
        yield CellError(row.cell(name), why) if why else AskingEdit(key[0], kind, language, new, key[2] or None)


def _error(texts: tuple[str, ...]) -> LazyMessage | None:
    longest = max(texts, key=len, default="")
    if len(longest) <= MAX_PHRASE:
        return None
    return lazy_gettext(
        "One way of asking has {length} characters; at most {limit} fit.", length=len(longest), limit=MAX_PHRASE
    )
