"""`minsheng sandbox`: a chat in the terminal with the real bot, and subscribers to try a broadcast on."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console import bring_caches
from tests.factories import YAML_TEXT


@dataclass
class Terminal:
    """The program in a terminal, with a person who types."""

    running: asyncio.subprocess.Process
    seen: str = ""
    banner: str = ""

    async def shows(self, words: str, within: float = 150.0) -> str:
        """Wait until these words are shown; return everything up to them."""
        assert self.running.stdout
        async with asyncio.timeout(within):
            while words not in self.seen:
                more = await self.running.stdout.read(4096)
                assert more, self.seen
                self.seen += more.decode()
        before, _, self.seen = self.seen.partition(words)
        return before

    async def types(self, line: str) -> None:
        """Type a line and press Enter."""
        assert self.running.stdin
        self.running.stdin.write(f"{line}\n".encode())
        await self.running.stdin.drain()


@asynccontextmanager
async def terminal(folder: Path, *options: str, cached: bool = True) -> AsyncIterator[Terminal]:
    """The program with the knowledge of a small city; `cached`: what it computes is on the disk."""
    if cached:
        bring_caches(folder / "data")
    knowledge = folder / "projects.yaml"
    knowledge.write_text(YAML_TEXT, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "sandbox",
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=environment | {"KNOWLEDGE_PATH": str(knowledge)},
        start_new_session=True,
    )
    try:
        yield Terminal(running)
    finally:
        with suppress(ProcessLookupError):  # the bot is a child of its own
            os.killpg(running.pid, signal.SIGKILL)
        await running.communicate()


@pytest.mark.parametrize(
    "cached", [pytest.param(True, id="learns"), pytest.param(False, id="computes-all", marks=pytest.mark.soak)]
)
async def test_a_person_chats_with_the_bot_and_kills_it_and_the_second_start_computes_nothing_again(
    tmp_path: Path, *, cached: bool
) -> None:
    """Subscribers are there at once; a question is answered; a bot that was killed is started again and answers."""
    names = ("embeddings.bin", "encoder.bin", "engine.bin", "emergencies.bin")
    caches = [tmp_path / "data" / name for name in names]
    async with terminal(tmp_path, "--subscribers", "30", cached=cached) as shell:
        await shell.shows("Of 30 subscribers 30 got none")
        output = await shell.shows("it is started again")
        await shell.types("/id")
        await shell.shows("Telegram ID: ")

        written = [cache.stat() for cache in caches]
        os.kill(int(re.findall(r"process is (\d+)", output)[0]), signal.SIGKILL)
        await shell.shows("killed by signal 9; it is started again")
        await shell.types("/id")
        await shell.shows("Telegram ID: ")

        await shell.types("subscribers")
        await shell.shows("Of 30 subscribers")  # the kill may have repeated greetings: see docs/guarantees.md
        await shell.types("")
        assert await asyncio.wait_for(shell.running.wait(), 150) == 0

    assert all(status.st_size > 100_000 for status in written)
    assert [cache.stat().st_mtime_ns for cache in caches] == [status.st_mtime_ns for status in written]


@pytest.mark.parametrize("mode", ["--terminal", "--page"])
def test_in_a_folder_without_knowledge_the_operator_reads_which_file_is_missing_and_what_to_do(
    mode: str, tmp_path: Path
) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    command = (sys.executable, "-m", "bot", "sandbox", mode, *(["--no-browser"] if mode == "--page" else []))
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 78
    assert ended.stderr == (
        "knowledge/projects.yaml: The knowledge file is not there; put it back in its place. Run the command in the "
        "folder of this path, or set KNOWLEDGE_PATH to the path of your file.\n"
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Terminal]:
    """A terminal that tests share, which leave it as they found it."""
    async with terminal(tmp_path_factory.mktemp("sandbox")) as shell:
        shell.banner = await shell.shows("> ")
        yield shell


shared_terminal = pytest.mark.asyncio(loop_scope="module")


async def listed_subscribers(folder: Path, environment: dict[str, str]) -> bytes:
    """The output of `minsheng subscribers`, as a program of its own."""
    command = (sys.executable, "-m", "bot", "subscribers", "--json")
    asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment, cwd=folder)
    rows, _ = await asked.communicate()
    assert asked.returncode == 0
    return rows


@shared_terminal
async def test_a_command_in_another_terminal_reaches_the_bot_with_the_data_folder_that_is_shown(
    started: Terminal, tmp_path: Path
) -> None:
    (folder,) = re.findall(r"DATA_DIR=(.+) minsheng broadcast list", started.banner)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "DATA_DIR": folder}
    # The bot greets a person before it stores that they subscribed.
    async with asyncio.timeout(150):
        while b'"subscribers": 1' not in await listed_subscribers(tmp_path, environment):
            pass


@shared_terminal
async def test_say_sends_a_number_that_would_press_a_button(started: Terminal) -> None:
    await started.types("/language")
    await started.shows("[2] 中文")
    await started.shows("> ")
    await started.types("say 2")

    assert "✓ 中文" not in await started.shows("> ")
    await started.types("/language")
    await started.shows("[2] 中文")
    await started.shows("> ")
    await started.types("2")

    assert "✓ 中文" in await started.shows("> ")
    await started.types("1")
    assert "✓ English" in await started.shows("> ")


@shared_terminal
async def test_switch_lets_a_second_admin_type_who_sees_what_was_sent_to_them(started: Terminal) -> None:
    await started.types("/id")
    first = re.findall(r"Telegram ID: (\d+)", await started.shows("> "))
    await started.types("switch")
    await started.shows("(You are now the second admin.)")
    assert "Hello" in await started.shows("> ")
    await started.types("/id")
    second = re.findall(r"Telegram ID: (\d+)", await started.shows("> "))
    await started.types("/audit")
    assert "staff" not in await started.shows("> ")  # no refusal
    await started.types("switch")

    await started.shows("(You are now the first admin.)")
    await started.shows("> ")
    assert first
    assert second
    assert first != second


async def test_a_head_count_that_is_the_number_of_a_button_confirms_a_broadcast(tmp_path: Path) -> None:
    """A person alone in the sandbox reaches one person: themselves."""
    async with terminal(tmp_path) as shell:
        await shell.shows("> ")
        await shell.types("/broadcast")
        for label, words in (("English", "Water is off"), ("Preview and send", None)):
            shown = await shell.shows("> ")
            number = re.findall(rf"\[(\d+)\] {label}", shown)[0]
            await shell.types(number)
            if words:
                await shell.shows("> ")
                await shell.types(words)
        await shell.shows("Type the number 1 to send it")
        await shell.shows("[1]")
        await shell.shows("> ")
        await shell.types("1")
        await shell.shows("can be recalled")
