"""What the commands are given: the knowledge, a language, and questions line by line."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from bot.answers.snapshot import Snapshot
from bot.errors import EXIT_SETTINGS
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase
from bot.publishing.source import load, prepare
from bot.settings import Settings, SettingsError
from bot.settings import load as load_settings

KnowledgeOption = Annotated[
    Path | None,
    typer.Option("--knowledge", help="The knowledge file; default: KNOWLEDGE_PATH.", show_default=False),
]


def prepared(path: Path | None) -> Snapshot:
    """The knowledge ready for questions; ends the process with the file's faults when it is broken."""
    return prepare(*usable(path))


def usable(path: Path | None) -> tuple[KnowledgeBase, str]:
    """The knowledge and its version; ends the process with the file's faults when it is broken."""
    path = path or knowledge_path()
    loaded = load(path)
    if loaded.knowledge is None:
        for diagnostic in loaded.diagnostics:
            print(diagnostic.line_for(path), file=sys.stderr)
        raise typer.Exit(1)
    return loaded.knowledge, loaded.digest


def working(sentence: str) -> AbstractContextManager[object]:
    """Shows on a terminal that something is being done, as long as it is."""
    console = Console(stderr=True)
    return console.status(escape(sentence)) if console.is_terminal else nullcontext()


def knowledge_path() -> Path:
    """The knowledge file of the settings; ends the process when a setting has to be mended."""
    return known_settings().knowledge_path


def known_settings() -> Settings:
    """The settings; ends the process when one has to be mended."""
    try:
        return load_settings()
    except SettingsError as refusal:
        stop(str(refusal), EXIT_SETTINGS)


#: The codes as a sentence lists them.
_LISTED = f"{', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}"


def known_language(name: str | None) -> Language | None:
    """The language of that name; ends the process when there is no such one."""
    if name is None:
        return None
    known = next((language for language in LANGUAGES if language == name), None)
    return known or stop(f"The language “{name}” is not known; use {_LISTED}.", 2)


#: What a line of JSON looks like that holds a question, and one that holds an entry to match with.
QUESTION = '{"id": "1", "text": "new childcare center?"}'
ENTRY = '{"id": "1", "texts": ["new childcare center?"]}'


def rows(lines: Iterable[str], of: str = "the input", form: str = QUESTION) -> Iterator[tuple[int, dict[str, Any]]]:
    """The questions, or entries, of JSON lines, with the number of their line; ends the process at any other line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _row(line, f"line {number} of {of}", form)


def _row(line: str, place: str, form: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        fits = isinstance(row["id"], str | int) and (_is_texts(row["texts"]) if form == ENTRY else _asks(row))
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        stop(f"{place} is not of the form {form}", 2)
    return dict(row)


def _asks(row: dict[str, Any]) -> bool:
    return isinstance(row["text"], str) and _is_texts(row.get("context", []))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def stop(sentence: str, code: int) -> NoReturn:
    """End the process with a sentence for who called it."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(code)
