"""Starts programs without the cost of a start: as forks of a process that has everything in memory.

A start of the bot takes four CPU seconds, almost all of them for imports, the tables of the sentence encoder and the
knowledge. Here one process loads them, once for each process of pytest (`loaded_bot`), and each start is a child of it:
a separate process with its own folder, environment, output and end. The parent is the fork server of
`multiprocessing`, which ends with pytest.

What only a start from nothing can show, such as an import that fails, needs a real one: `Installation.from_nothing`.
"""

import asyncio
import multiprocessing
import os
import sys
import warnings
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.process.loaded_bot"])


def start(
    program: str,
    *,
    folder: Path,
    environment: dict[str, str],
    output: Path,
    errors: Path | None = None,
    typed: Path = Path(os.devnull),
) -> BaseProcess:
    """Run Python code in a folder, with nothing but this environment; the standard streams are files or terminals."""
    output.touch()
    process = _CONTEXT.Process(target=_run, args=(program, folder, environment, typed, output, errors or output))
    process.start()
    return process


class Ran(NamedTuple):
    """The result of a program that ended."""

    code: int
    output: str
    errors: str


def command(*words: str) -> str:
    """Python code that is the command `minsheng` with these words."""
    return f"import sys; from bot.cli import main; sys.argv = ['minsheng', *{words!r}]; main()"


async def run(program: str, *, folder: Path, environment: dict[str, str], typed: Path = Path(os.devnull)) -> Ran:
    """Run Python code to its end in a folder."""
    with TemporaryDirectory() as kept:
        output, errors = Path(kept) / "output", Path(kept) / "errors"
        process = start(program, folder=folder, environment=environment, output=output, errors=errors, typed=typed)
        while process.is_alive():  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.01)
        assert process.exitcode is not None
        return Ran(process.exitcode, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8"))


def _run(program: str, folder: Path, environment: dict[str, str], *streams: Path) -> None:
    for number, path in enumerate(streams):
        file = os.open(path, (os.O_WRONLY | os.O_APPEND | os.O_CREAT if number else os.O_RDONLY) | os.O_NOCTTY, 0o666)
        os.dup2(file, number)
        os.close(file)
    # Those of the parent are closed, or know their files as others.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the program runs
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["bot"]
    warnings.filterwarnings("error", category=ResourceWarning)
    exec(program, {"__name__": "__main__"})
