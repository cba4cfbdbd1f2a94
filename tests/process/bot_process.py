"""The bot as operators run it: a separate process with its own folder, whose output is recorded."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.sandbox import Sandbox
from tests.console import bring_caches
from tests.factories import YAML_TEXT
from tests.process import preloaded

#: Nobody else has this token, so wherever it is found, it leaked.
TOKEN = "1000000001:CANARY-token-that-must-not-be-seen-anywhere"
SECRET = "webhook-secret-of-the-tests"
_PROGRAM = "import sys; from bot.app import run; from bot.settings import load; sys.exit(run(load(None)))"


@dataclass
class Process:
    """A run of the program, with its output in a file."""

    running: BaseProcess | subprocess.Popen[bytes]
    output: Path

    @property
    def pid(self) -> int:
        assert self.running.pid is not None
        return self.running.pid

    @property
    def exit_code(self) -> int | None:
        """Minus the signal that killed it; None while it runs."""
        return self.running.poll() if isinstance(self.running, subprocess.Popen) else self.running.exitcode

    async def ends(self, within: float = 240.0) -> int:
        """Wait for the end and return the exit code; a start takes long on a busy machine."""
        async with asyncio.timeout(within):
            while (code := self.exit_code) is None:  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.01)
        return code

    async def leaves(self, within: float = 60.0) -> int:
        """Stop the program with SIGTERM, wait for its end and return the exit code."""
        self.running.terminate()
        return await self.ends(within)

    async def is_killed(self) -> None:
        """Kill the program with SIGKILL and wait for its end."""
        self.running.kill()
        await self.ends()

    def said(self) -> str:
        """Return all output so far."""
        return self.output.read_text(encoding="utf-8")

    async def says(self, words: str, within: float = 150.0) -> None:
        """Wait until the output contains these words."""
        async with asyncio.timeout(within):
            while words not in self.said():  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.05)


@dataclass
class Installation:
    """A folder and settings, with which the program is started again and again.

    The knowledge is the small city's unless a test says otherwise: that of a real one takes seconds to learn.
    """

    sandbox: Sandbox
    folder: Path
    webhook: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    #: Python that runs before the program, to shorten what takes minutes
    prelude: str = ""
    #: Start the interpreter for each run, which takes seconds, instead of a fork of a process that has all in memory.
    from_nothing: bool = False
    runs: int = 0

    def __post_init__(self) -> None:
        knowledge = self.folder / "projects.yaml"
        knowledge.write_text(YAML_TEXT, encoding="utf-8")
        bring_caches(self.folder / "data")
        self.settings = {
            "TELEGRAM_BOT_TOKEN": self.sandbox.token,
            "TELEGRAM_API_BASE_URL": self.sandbox.url,
            "DATA_DIR": str(self.folder / "data"),
            "KNOWLEDGE_PATH": str(knowledge),
            "LOG_LEVEL": "DEBUG",
            **self.settings,
        }
        if self.webhook:
            with socket.create_server(("127.0.0.1", 0)) as free:
                listen = f"127.0.0.1:{free.getsockname()[1]}"
            self.settings |= {
                "LISTEN": listen,
                "WEBHOOK_URL": f"http://{listen}/hook",
                "WEBHOOK_SECRET": SECRET,
            }

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Process]:
        """Start the program; kill it afterwards if it has not ended by itself."""
        self.runs += 1
        output = self.folder / f"output-{self.runs}.log"
        environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        start = _start_from_nothing if self.from_nothing else preloaded.start
        program, settings = self.prelude + _PROGRAM, environment | self.settings
        process = Process(start(program, folder=self.folder, environment=settings, output=output), output)
        try:
            yield process
        finally:
            if process.exit_code is None:
                await process.is_killed()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """Start the program and wait until it serves."""
        async with self.started() as process:
            await process.says('"serving"')
            yield process

    async def minsheng(self, *words: str, **settings: str) -> preloaded.Ran:
        """Run a command beside the bot, with its settings or with the given ones."""
        environment = {"PATH": os.environ["PATH"], **(settings or self.settings)}
        return await preloaded.run(preloaded.command(*words), folder=self.folder, environment=environment)

    def everything_written(self) -> bytes:
        """Return all output and all files of all runs."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def written_outside_the_database(self) -> bytes:
        """Return what `everything_written` does, without the files of the SQLite database."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith("minsheng.db")]
        return b"".join(path.read_bytes() for path in sorted(files))


def _start_from_nothing(
    program: str, *, folder: Path, environment: dict[str, str], output: Path
) -> subprocess.Popen[bytes]:
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-W", "error::ResourceWarning", "-c", program],
            stdout=file,
            stderr=file,
            cwd=folder,
            env=environment,
        )
