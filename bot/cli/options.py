"""Shared by commands: settings, languages, JSON lines, questions, and exits with a message and a code."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from bot.errors import EXIT_SETTINGS
from bot.i18n.languages import LANGUAGES, Language
from bot.settings import Settings, SettingsError, load

KnowledgeOption = Annotated[
    Path | None,
    typer.Option(
        "--knowledge", help="The knowledge file or folder. Default: the setting KNOWLEDGE_PATH.", show_default=False
    ),
]


def status_line(sentence: str) -> AbstractContextManager[object]:
    """A context that shows a message during work, if standard error is a terminal."""
    console = Console(stderr=True)
    return console.status(escape(sentence)) if console.is_terminal else nullcontext()


def knowledge_path() -> Path:
    """The setting KNOWLEDGE_PATH; exits with 78 if a setting is invalid."""
    return read_settings().knowledge_path


def read_settings() -> Settings:
    """The settings; exits with 78 if one is invalid."""
    try:
        return load()
    except SettingsError as refusal:
        stop(str(refusal), EXIT_SETTINGS)


#: The language codes, listed for a sentence.
_LISTED = f"{', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}"


def parse_language(name: str | None) -> Language | None:
    """The language with this code; exits with 2 if there is none."""
    if name is None:
        return None
    known = next((language for language in LANGUAGES if language == name), None)
    return known or stop(f"The language “{name}” is not known; use {_LISTED}.", 2)


#: Some editors write it at the beginning of a UTF-8 file.
_BYTE_ORDER_MARK = "\ufeff"
#: Examples for error messages: a line with a question, and one with a list entry.
QUESTION = '{"id": "1", "text": "new childcare center?"}'
ENTRY = '{"id": "1", "texts": ["new childcare center?"]}'


def rows(lines: Iterable[str], of: str = "the input", form: str = QUESTION) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines with their line numbers; exits with 2 at an invalid line.

    A byte order mark before the first line is skipped.
    """
    for number, line in enumerate(lines, 1):
        if (line := line.removeprefix(_BYTE_ORDER_MARK)).strip():
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


def print_json(value: object, *, flush: bool = False) -> None:
    """Print a value as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=flush)


def agrees(question: str) -> bool:
    """Whether the person at the terminal types y or yes."""
    try:
        return is_yes(input(f"{question} [y/N] "))
    except (EOFError, KeyboardInterrupt):
        print()
        return False


def is_yes(typed: str) -> bool:
    return typed.strip().casefold() in ("y", "yes")


def stop(sentence: str, code: int) -> NoReturn:
    """Print a sentence to standard error and exit."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(code)
