"""What the commands are given: the knowledge, a language, and questions line by line."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot.adapters.knowledge_file import load, prepare
from bot.core.errors import EXIT_SETTINGS
from bot.core.snapshot import Snapshot
from bot.core.text import LANGUAGES, Language
from bot.settings import SettingsError
from bot.settings import load as load_settings

KnowledgeOption = Annotated[
    Path | None,
    typer.Option("--knowledge", help="The knowledge file; default: KNOWLEDGE_PATH.", show_default=False),
]


def prepared(path: Path | None) -> Snapshot:
    """The knowledge ready for questions; ends the process with the file's faults when it is broken."""
    path = path or knowledge_path()
    loaded = load(path)
    if loaded.knowledge is None:
        for diagnostic in loaded.diagnostics:
            print(diagnostic.line_for(path), file=sys.stderr)
        raise typer.Exit(1)
    return prepare(loaded.knowledge, loaded.digest)


def knowledge_path() -> Path:
    """The knowledge file of the settings; ends the process when a setting has to be mended."""
    try:
        return load_settings().knowledge_path
    except SettingsError as refusal:
        stop(str(refusal), EXIT_SETTINGS)


def known_language(name: str | None) -> Language | None:
    """The language of that name; ends the process when there is no such one."""
    if name is None:
        return None
    known = next((language for language in LANGUAGES if language == name), None)
    return known or stop(f"The language “{name}” is not known; use en, zh or ru.", 2)


def rows(lines: Iterable[str], of: str = "the input") -> Iterator[tuple[int, dict[str, Any]]]:
    """The questions of JSON lines, with the number of their line; ends the process at a line that holds none."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _row(line, number, of)


def _row(line: str, number: int, of: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        fits = isinstance(row["text"], str) and isinstance(row["id"], str | int)
        fits = fits and all(isinstance(earlier, str) for earlier in row.get("context", []))
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        stop(f'line {number} of {of} is not of the form {{"id": "1", "text": "new childcare center?"}}', 2)
    return dict(row)


def stop(sentence: str, code: int) -> NoReturn:
    """End the process with a sentence for who called it."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(code)
