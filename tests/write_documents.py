"""Writes into the documents what follows from the code; `make generate` runs it."""

import re
import shlex
import tempfile
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import NAMES
from docs import diagram
from tests.console import bring_caches, prepare_once
from tests.documents import (
    COMMAND_ROW,
    ROLES,
    TELEGRAM,
    VARIABLE,
    Ran,
    Run,
    blocks,
    command_rows,
    make_room,
    replayed,
    run,
    text,
)

# --- What the documents show happens ---


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writable folder that looks like the project folder to a command."""
    return make_room(tmp_path_factory.mktemp("project"))


@pytest.fixture
def runs(room: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `minsheng` with its words in this process, which learns the knowledge once; all else in a fresh shell."""
    bring_caches(room / "data")
    monkeypatch.chdir(room)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for user in ("bot.cli.loading", "bot.publishing.lint.check"):
        monkeypatch.setattr(f"{user}.prepare", prepare_once)

    def run_here(command: str, typed: str = "") -> Ran:
        if not re.match(r"minsheng [^|;<>&]*$", command):
            return run(room, command, typed)
        done = CliRunner().invoke(app, shlex.split(command)[1:], input=typed)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run_here


# --- As a program ---


def refresh_commands() -> None:
    """Write the menu texts into the tables of commands in Telegram; the details stay."""
    details = {name: rest.strip() for name, _, rest in COMMAND_ROW.findall(text(TELEGRAM))}
    fresh = text(TELEGRAM)
    for section, role in ROLES.items():
        before, below = fresh.split(f"## {section}\n")
        rows = "".join(f"| `/{name}` | {menu} | {details.get(name, '')} |\n" for name, menu in command_rows(role))
        head, _, rest = re.split(r"(?<=\|---\|---\|---\|\n)((?:\| `/.*\n)*)", below, maxsplit=1)
        fresh = f"{before}## {section}\n{head}{rows}{rest}"
    TELEGRAM.write_text(fresh, encoding="utf-8")


def refresh() -> None:
    """Write the present replies of the bot into the transcripts of all documents."""
    with tempfile.TemporaryDirectory() as folder:
        room = make_room(Path(folder))
        for path, transcript in blocks("console"):
            fresh = replayed(partial(run, room), transcript)
            if VARIABLE.sub("0", fresh) != VARIABLE.sub("0", transcript):
                path.write_text(text(path).replace(transcript, fresh), encoding="utf-8")


if __name__ == "__main__":
    refresh_commands()
    diagram.FILE.write_text(diagram.svg(diagram.imports()), encoding="utf-8")
    refresh()
