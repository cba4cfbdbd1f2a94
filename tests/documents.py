"""The documents: their blocks, and a folder in which their commands run."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from bot.i18n.catalog import translator_in
from bot.settings import NAMES
from bot.telegram_ui.commands import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
TRANSLATIONS = [ROOT / "README.zh.md", ROOT / "README.ru.md"]
FOLDERS = ("docs/*.md", "docs/decisions/*.md", "tests/cases/*/README.md")
FOUND = sorted(path for folder in FOLDERS for path in ROOT.glob(folder))
DOCUMENTS = [README, *TRANSLATIONS, ROOT / "CHANGELOG.md", *FOUND]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


#: Parts of a transcript that any edit of the knowledge changes (positions, confidences), or any run (times, folders).
VARIABLE = re.compile(r'(?<=\.yaml:)\d+:\d+|(?<="confidence": )[\d.]+|(?<="ms": )[\d.]+|(?<=DATA_DIR=)\S+')


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(language: str) -> list[tuple[Path, str]]:
    """The blocks of one language in all documents."""
    return [(path, body) for path in DOCUMENTS for name, body in FENCE.findall(text(path)) if name == language]


def commands(command: Any, name: str = "minsheng") -> Iterator[tuple[str, set[str]]]:
    """Every command with its options."""
    if not hasattr(command, "list_commands"):
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        yield name, options - {"--help"}
        return
    for word in command.list_commands(None):
        yield from commands(command.get_command(None, word), f"{name} {word}")


TELEGRAM = DOCS / "telegram.md"


#: A row of a table of commands in Telegram: name, menu text, details.
COMMAND_ROW = re.compile(r"^\| `/([a-z]+)` \|(.*?)\|(.*)\|$", re.MULTILINE)
ROLES = {"Citizens": None, "Staff": "staff", "Admins": "admin"}


def command_rows(role: str | None) -> list[tuple[str, str]]:
    """The commands of a role with their menu texts, as the program declares them."""
    english = translator_in("en")
    return [
        (command.name, str(command.description.render(english)) if command.description else "")
        for command in COMMANDS
        if command.role == role
    ]


def make_room(folder: Path) -> Path:
    """Link what the documents' commands read, and put this program and Python on the path."""
    for name in ("knowledge", "tests", ".env.example"):
        (folder / name).symlink_to(ROOT / name)
    tools = folder / "tools"
    tools.mkdir()
    for name, call in {"python": sys.executable, "minsheng": f"{sys.executable} -m bot"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    return folder


class Ran(NamedTuple):
    """The result of a command."""

    code: int
    stdout: str
    stderr: str


Run: TypeAlias = Callable[[str, str], Ran]


def run(room: Path, command: str, typed: str = "") -> Ran:
    """What a command of a document prints in a fresh shell, without any setting of this machine."""
    environment = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    environment |= {"PATH": f"{room / 'tools'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=room,
        env=environment,
        input=typed,
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def replayed(runs: Run, transcript: str) -> str:
    """The same commands and typed lines with their present output."""
    shown = ""
    for command, below in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", transcript, re.MULTILINE):
        typed = re.findall(r"^> (.+)$", below, re.MULTILINE)
        result = runs(command, "".join(f"{line}\n" for line in typed))
        assert result.stderr == ""
        # Only a terminal echoes typed lines.
        first, *replies = re.split(r"^> ", result.stdout, flags=re.MULTILINE)
        said = first + "".join(f"> {line}\n{reply}" for line, reply in zip(typed, replies, strict=False))
        shown += f"$ {command}\n" + (f"{said.rstrip()}\n" if said else "")
    return shown
