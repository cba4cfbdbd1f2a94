"""Memory and database of a bot that runs for long: `python -m tests.bench.long_run [MESSAGES CHATS PUBLICATIONS]`.

The real program with the city's file, in the sandbox without limits. Citizens ask in chats drawn at random, and between
them the file is saved with other phrasings and another status in turn. Each tenth of the way has one line: the resident
memory, the size of the database, and seconds since the start.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.publishing.files.folder import read_content, write_content
from bot.sandbox import Limits, Sandbox
from tests.bench.telegram import QUESTIONS
from tests.console import PROJECT
from tests.process.bot_process import TOKEN, Installation, Process

STEPS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What the program holds at one moment."""

    memory: int  #: megabytes
    database: int  #: kilobytes
    seconds: int


async def run(folder: Path, *, messages: int, chats: int, publications: int) -> AsyncIterator[Sample]:
    """One sample at the start, and one after each tenth of the messages and publications."""
    async with Sandbox(TOKEN) as sandbox:
        sandbox.set_limits(Limits(per_second=10_000, burst=10_000))
        installation = Installation(
            sandbox, folder, from_nothing=True, settings={"LOG_LEVEL": "INFO", "MESSAGES_PER_SECOND": "1000"}
        )
        path = Path(installation.settings["KNOWLEDGE_PATH"])
        write_content(path, read_content(PROJECT / "knowledge"))
        people = [sandbox.person(f"P{number}") for number in range(chats)]
        edits, chance, started = _edits(path.parent), random.Random(13), time.monotonic()
        async with installation.serving() as process:
            await _ask(sandbox, [people[0]])
            yield _sample(process, installation, started)
            for step in range(1, STEPS + 1):
                for _ in range(publications * step // STEPS - publications * (step - 1) // STEPS):
                    await _publish(process, edits)
                for _ in range(messages // STEPS // 100):
                    await _ask(sandbox, chance.sample(people, 100))
                yield _sample(process, installation, started)
            assert await process.leaves() == 0


async def _ask(sandbox: Sandbox, people: list[int]) -> None:
    last = {person: sandbox.write(person, QUESTIONS[person % len(QUESTIONS)]) for person in people}
    await asyncio.gather(*(sandbox.wait_for_replies(person, after=last[person], within=120) for person in people))


def _edits(folder: Path) -> Iterator[None]:
    """Change a phrasing and a status in turn."""
    asking = next(file for file in sorted((folder / "asking").iterdir()) if "- winter heating\n" in file.read_text())
    projects = folder / "projects.yaml"
    first, second = asking.read_text(), projects.read_text()
    for number in range(10_000):
        if number % 2:
            status = ("planned", "completed")[number // 2 % 2]
            projects.write_text(second.replace("status: announced", f"status: {status}", 1))
        else:
            asking.write_text(first.replace("- winter heating\n", f"- winter heating of house {number}\n", 1))
        yield


async def _publish(process: Process, edits: Iterator[None]) -> None:
    before = process.said().count('"published"')
    next(edits)
    async with asyncio.timeout(240):
        while process.said().count('"published"') == before:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.1)


def _sample(process: Process, installation: Installation, started: float) -> Sample:
    status = Path(f"/proc/{process.running.pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) // 1024
    data = Path(installation.settings["DATA_DIR"])
    size = sum(file.stat().st_size for file in data.glob("minsheng.db*"))
    return Sample(memory, size // 1024, round(time.monotonic() - started))


async def main(messages: int = 50_000, chats: int = 20_000, publications: int = 200) -> None:
    """Print each sample."""
    with tempfile.TemporaryDirectory() as folder:
        step = 0
        async for sample in run(Path(folder), messages=messages, chats=chats, publications=publications):
            so_far = f"{step * messages // STEPS:6} messages, {step * publications // STEPS:3} publications"
            print(f"{so_far}: {sample.memory:4} MB, database {sample.database:6} kB, after {sample.seconds:4} s")
            step += 1


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
