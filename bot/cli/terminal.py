"""What commands show and ask in a terminal, and how they exit with a message."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape


def status_line(sentence: str) -> AbstractContextManager[object]:
    """A context that shows a message during work, if standard error is a terminal."""
    console = Console(stderr=True)
    return console.status(escape(sentence)) if console.is_terminal else nullcontext()


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
