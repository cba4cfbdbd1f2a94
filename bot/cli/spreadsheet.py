"""The projects as a spreadsheet and back into the knowledge file: export, import."""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from bot.atomic_file import replace_file
from bot.cli.loading import load_knowledge, require_usable
from bot.cli.options import KnowledgeOption, knowledge_path, parse_language
from bot.cli.terminal import agrees, stop
from bot.errors import FileError
from bot.i18n.catalog import translator_in
from bot.i18n.message import Translator
from bot.knowledge import KnowledgeBase
from bot.knowledge.asking import Ways, ways_of
from bot.knowledge.edits import AnyEdit, AskingEdit, Edit
from bot.publishing.files.folder import write_content
from bot.publishing.files.repository import read_saved
from bot.publishing.live import digest_of
from bot.publishing.spreadsheet.workbook import read_sheet, write_sheet, written
from bot.publishing.yaml.editor import rewrite

SheetArgument = Annotated[Path, typer.Argument(help="The spreadsheet; its name ends with .xlsx.", show_default=False)]
LanguageOption = Annotated[
    str | None,
    typer.Option("--lang", help="en, zh or ru; default: the city's language.", show_default=False),
]


def export_sheet(sheet: SheetArgument, *, knowledge: KnowledgeOption = None, lang: LanguageOption = None) -> None:
    """Write the projects into a spreadsheet, a row for each, to be filled in and imported again."""
    _refuse_other_kinds(sheet)
    found, _ = load_knowledge(knowledge)
    content = write_sheet(found, _translator(lang, found))
    try:
        replace_file(sheet, content)
    except FileError as refusal:
        stop(refusal.why.render(_translator(lang, found)), 2)
    print(f"{sheet}: {len(found.projects)} projects")


def import_sheet(
    sheet: SheetArgument,
    *,
    knowledge: KnowledgeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    lang: LanguageOption = None,
) -> None:
    """Show what a spreadsheet would change, and write it into the knowledge file: all of it or nothing."""
    _refuse_other_kinds(sheet)
    path = knowledge or knowledge_path()
    found, digest = load_knowledge(path)
    translator = _translator(lang, found)
    edits = _edits(sheet, found, translator)
    if not edits:
        print(f"{sheet} says the same as {path}.")
        return
    _show(edits, found)
    try:
        content = _changed(path, digest, edits)
        if not yes and not agrees("Write?"):
            print("Nothing was written.")
            return
        _content(path, digest)
        write_content(path, content)
    except FileError as refusal:
        stop(refusal.why.render(translator), 1)
    print(f"{path}: {_counted(edits)} written")


def _changed(path: Path, digest: str, edits: Sequence[AnyEdit]) -> bytes:
    """The file with the edits; ends the process if the bot could not use it. Raises FileError."""
    content, result = rewrite(_content(path, digest), edits)
    if result.knowledge is None:
        print("With these changes the bot could not use the file, so nothing was written:", file=sys.stderr)
    require_usable(result, path)
    return content


def _refuse_other_kinds(sheet: Path) -> None:
    if sheet.suffix.casefold() != ".xlsx":
        stop(f"{sheet} does not end with .xlsx; name a spreadsheet, for example: projects.xlsx", 2)


def _translator(lang: str | None, knowledge: KnowledgeBase) -> Translator:
    return translator_in(parse_language(lang) or knowledge.city.default_language)


def _edits(sheet: Path, knowledge: KnowledgeBase, translator: Translator) -> list[AnyEdit]:
    try:
        content = sheet.read_bytes()
    except OSError as error:
        stop(f"{sheet} cannot be read: {error.strerror}", 2)
    edits, errors = read_sheet(content, knowledge)
    for wrong in errors:
        place = f"{sheet}: {wrong.cell}" if wrong.cell else f"{sheet}"
        print(f"{place}: {wrong.why.render(translator)}", file=sys.stderr)
    if errors:
        raise typer.Exit(1)
    return edits


def _content(path: Path, digest: str) -> bytes:
    """The file's bytes, if they have not changed since the comparison with the spreadsheet."""
    content = read_saved(path)
    if digest_of(content) != digest:
        stop(f"{path} was changed meanwhile, so nothing was written. Import once more to see what differs now.", 1)
    return content


def _show(edits: Sequence[AnyEdit], knowledge: KnowledgeBase) -> None:
    """Each difference: the field, its old value, and its new value."""
    default = knowledge.city.default_language
    ways = ways_of(knowledge)
    for name, changes in groupby(edits, key=_entry):
        entry = knowledge.project_by_id.get(name) or knowledge.area_by_id[name]
        print(f"{entry.title.in_language(default, default)} ({name})")
        for edit in changes:
            print(*(_ways_lines(edit, ways) if isinstance(edit, AskingEdit) else [_line(edit, knowledge)]), sep="\n")
    print(_counted(edits))


def _entry(edit: AnyEdit) -> str:
    return edit.entry if isinstance(edit, AskingEdit) else edit.project


def _line(edit: Edit, knowledge: KnowledgeBase) -> str:
    field = edit.fact or edit.field
    named = f"{field} ({edit.language})" if edit.language else field
    before = written(knowledge.project_by_id[edit.project], edit.field, edit.language, edit.fact)
    return f"  {named}: {_quoted(before)} -> {_quoted(edit.value)}"


def _ways_lines(edit: AskingEdit, ways: Ways) -> Iterator[str]:
    old = ways[edit.entry, edit.kind, edit.fact].texts_in(edit.language)
    named = f"{edit.fact or edit.kind} ({edit.language})"
    yield from (f"  {named}, taken out: {_quoted(text)}" for text in old if text not in edit.texts)
    yield from (f"  {named}, new: {_quoted(text)}" for text in edit.texts if text not in old)


def _quoted(text: str | None) -> str:
    return "“{}”".format(text.replace("\n", " / ")) if text else "nothing"


def _counted(edits: Sequence[AnyEdit]) -> str:
    entries = len(set(map(_entry, edits)))
    noun = "project" if all(isinstance(edit, Edit) for edit in edits) else "entry"
    return f"{len(edits)} change{'s' * (len(edits) != 1)} in {_plural(entries, noun)}"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {'entries' if noun == 'entry' else 'projects'}"
