"""Commands for editors of the knowledge: check, list, stale, schema, migrate-knowledge."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.json_lines import print_json
from bot.cli.loading import load_embedder, load_knowledge
from bot.cli.options import KnowledgeOption, knowledge_path, parse_language
from bot.cli.terminal import status_line, stop
from bot.errors import FileError
from bot.i18n.catalog import translator_in
from bot.i18n.message import Translator, lazy_gettext
from bot.knowledge import Diagnostic, KnowledgeBase
from bot.knowledge.json_schema import asking_schema, knowledge_schema
from bot.publishing.files.folder import pack, write_content
from bot.publishing.files.repository import read_saved
from bot.publishing.files.split_file import split
from bot.publishing.lint.check import CheckResult, check_knowledge
from bot.publishing.messages import format_stale
from bot.publishing.project_list import format_projects
from bot.publishing.staleness import StaleArea, stale_areas
from bot.settings import terminal_language


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


ReaderOption = Annotated[
    str | None,
    typer.Option("--lang", help="en, zh or ru: the language of the output.", show_default="that of the terminal"),
]


def check(
    path: Annotated[
        Path | None, typer.Argument(help="The knowledge file or folder; default: KNOWLEDGE_PATH.", show_default=False)
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 also when there are only warnings.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="text: a line for each diagnostic; json: one JSON array.")
    ] = Format.TEXT,
    lang: ReaderOption = None,
) -> None:
    """Check a knowledge file: every error and warning with its line; exit 0 when the bot can use it, else 1."""
    path, translator = path or knowledge_path(), _translator(lang)
    with status_line(translator.gettext("Checking {path} ...", path=path)):
        checked = check_knowledge(path, datetime.now(UTC), embedder=load_embedder())
    found = (*checked.diagnostics, *_missing_hotline(checked))
    if form is Format.JSON:
        print_json([each.as_json(path, translator) for each in found])
    else:
        for each in found:
            print(each.line_for(path, translator))
        if knowledge := checked.loaded.knowledge:
            print(_summary(path, knowledge, len(found), translator))
    if checked.loaded.knowledge is None or (strict and found):
        raise typer.Exit(1)


def stale(
    *,
    lang: ReaderOption = None,
    knowledge: KnowledgeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, an object for each project.")] = False,
) -> None:
    """List the projects to confirm again, by area: confirmed too long ago, or past their expected completion."""
    translator, base = _translator(lang), load_knowledge(knowledge)[0]
    areas = stale_areas(base, base.city.day_at(datetime.now(UTC)))
    if as_json:
        print_json(_stale_rows(areas, base, translator))
    else:
        print(format_stale(areas, base.city, translator))


def schema(
    *, asking: Annotated[bool, typer.Option("--asking", help="The schema of the files in the folder `asking`.")] = False
) -> None:
    """Print the JSON Schema of the knowledge files, with which editors complete and check what you type."""
    print(json.dumps(asking_schema() if asking else knowledge_schema(), ensure_ascii=False, indent=2))


def list_projects(*, lang: ReaderOption = None, knowledge: KnowledgeOption = None) -> None:
    """List the projects at a glance: status, the day of confirmation, expected completion, title; by area."""
    translator, base = _translator(lang), load_knowledge(knowledge)[0]
    print(format_projects(base, translator))


def migrate_knowledge(
    path: Annotated[
        Path | None, typer.Argument(help="The knowledge file; default: KNOWLEDGE_PATH.", show_default=False)
    ] = None,
) -> None:
    """Split a single knowledge file: statements stay, the ways of asking move into a folder `asking` beside it."""
    path = path or knowledge_path()
    try:
        files = split(read_saved(path))
        write_content(path, pack(files))
    except FileError as refusal:
        stop(f"{path}: {refusal.why}", 1)
    for name, content in files.items():
        print(f"{path.parent / name}: {len(content.splitlines())} lines")


# --- Showing --------------------------------------------------------------------------------------------------------


def _translator(lang: str | None) -> Translator:
    return translator_in(parse_language(lang) or terminal_language())


def _missing_hotline(checked: CheckResult) -> Sequence[Diagnostic]:
    """A warning if citizens who ask whom to call get no number; drafts by staff do not show it."""
    knowledge, document = checked.loaded.knowledge, checked.loaded.document
    if knowledge is None or document is None or knowledge.city.contacts.hotline:
        return ()
    sentence = lazy_gettext("`hotline` is empty: citizens who ask whom to call get no number")
    hint = lazy_gettext("write the city's telephone number under `contacts` in the head")
    return (Diagnostic(document.mark(("city", "contacts", "hotline")), "warning", sentence, hint),)


def _summary(path: Path, knowledge: KnowledgeBase, warnings: int, translator: Translator) -> str:
    counts = {
        "areas": translator.ngettext("{number} area", "{number} areas", len(knowledge.areas)),
        "projects": translator.ngettext("{number} project", "{number} projects", len(knowledge.projects)),
        "topics": translator.ngettext(
            "{number} topic elsewhere", "{number} topics elsewhere", len(knowledge.topics_elsewhere)
        ),
    }
    if not warnings:
        return translator.gettext("{path}: {areas}, {projects}, {topics}; the bot can use it", path=path, **counts)
    return translator.ngettext(
        "{path}: {areas}, {projects}, {topics}; {number} warning, but the bot can use it",
        "{path}: {areas}, {projects}, {topics}; {number} warnings, but the bot can use it",
        warnings,
        path=path,
        **counts,
    )


def _stale_rows(areas: Sequence[StaleArea], knowledge: KnowledgeBase, translator: Translator) -> list[dict[str, Any]]:
    """The stale projects for scripts; days are None if they are not the reason."""
    return [
        {
            "id": each.project.id,
            "area": found.area.id,
            "title": each.project.title.in_language(translator.language, knowledge.city.default_language),
            "status": str(each.project.status),
            "as_of": each.project.as_of.isoformat(),
            "unconfirmed_days": each.unconfirmed,
            "deadline": each.deadline.isoformat() if each.deadline else None,
            "overdue_days": each.overdue,
        }
        for found in areas
        for each in found.projects
    ]
