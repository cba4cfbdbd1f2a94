"""What the documents show happens: every command runs, every transcript is what the bot says."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import NAMES
from tests.console import bring_caches, prepare_once
from tests.documents import ROOT, VARIABLE, Ran, Run, blocks, make_room, replayed, run

#: A comment behind a command, in the language of its document.
_COMMENT = re.compile(r" +#.*$", re.MULTILINE)


def params(texts: Iterable[tuple[Path, str]], slow: str) -> list[Any]:
    """The different texts, transcripts or commands; those with a slow command are soak tests."""
    seen = {body: f"{path.relative_to(ROOT)}: {body.splitlines()[0][:40]}" for path, body in texts}
    return [
        pytest.param(body, id=name, marks=[pytest.mark.soak] if slow in body else []) for body, name in seen.items()
    ]


def shell_commands() -> Iterator[tuple[Path, str]]:
    """Each command of the shell blocks without its comment; the targets of `make` have tests of their own."""
    for path, body in blocks("sh"):
        commands = (line.rstrip() for line in _COMMENT.sub("", body).splitlines())
        yield from ((path, command) for command in commands if command and not command.startswith("make "))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writable folder that looks like the project folder to a command."""
    return make_room(tmp_path_factory.mktemp("project"))


@pytest.fixture
def runs(room: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `minsheng` with its words in this process, which learns the knowledge once; all else in a fresh shell."""
    bring_caches(room / "data", engine=True)
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


#: Transcripts of the sandbox start two programs and take long, so they run in `make soak`.
@pytest.mark.parametrize("transcript", params(blocks("console"), slow="minsheng sandbox"))
def test_what_a_document_shows_is_what_the_bot_says(runs: Run, transcript: str) -> None:
    assert VARIABLE.sub("0", replayed(runs, transcript)) == VARIABLE.sub("0", transcript)


#: Three whole evaluations take long, so they run in `make soak`.
@pytest.mark.parametrize("command", params(shell_commands(), slow="minsheng evaluate"))
def test_every_command_of_a_document_runs(runs: Run, command: str) -> None:
    result = runs(command, "")
    assert (result.code, result.stderr) == (0, "")
