"""One sandbox with a small city for a module: starting it takes seconds."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.console import bring_caches
from tests.factories import YAML_TEXT
from tests.process import preloaded
from tests.process.preloaded import Ran
from tests.sandbox.page.browser import Browser, browser_at


@dataclass
class Program:
    """`minsheng sandbox` in a folder of its own."""

    folder: Path
    process: subprocess.Popen[str]
    address: str
    output: str = ""  #: everything after the address, once it has ended

    @property
    def data(self) -> Path:
        return self.folder / "data" / "sandbox"

    def end(self) -> int:
        """Stop the program and return its exit code."""
        with self.process:
            self.process.terminate()
            self.output, _ = self.process.communicate(timeout=150)
            return self.process.returncode


def call(folder: Path, *arguments: str, **variables: str) -> Ran:
    """Run a command in this folder."""
    running = preloaded.run(preloaded.command(*arguments), folder=folder, environment=environment(folder) | variables)
    return asyncio.run(running)


def environment(folder: Path) -> dict[str, str]:
    """The environment of a program in this folder, without the settings of this machine."""
    root = Path(__file__).parents[3]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "KNOWLEDGE_PATH": str(folder / "projects.yaml")}


def start(folder: Path, *options: str) -> Program:
    """Start the program and wait until it has printed its address."""
    (folder / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    bring_caches(folder / "data")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--no-browser", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment(folder),
        text=True,
    )
    assert process.stdout
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found
    return Program(folder, process, found[0])


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = start(tmp_path_factory.mktemp("city"))
    yield program
    program.end()


@pytest.fixture
async def browser(program: Program) -> AsyncIterator[Browser]:
    """An open page of a sandbox whose bot is up."""
    async with browser_at(program.address) as browser:
        if browser.snapshot["bot"]["state"] != "up":
            await browser.event("bot", state="up")
        yield browser
