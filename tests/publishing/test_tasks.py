"""Work in threads: what citizens wait for has priority over what staff read later."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bot.publishing import tasks as tasks_module
from bot.publishing.files.load import load_content
from bot.publishing.lint.unreachable_facts import unreachable_facts
from bot.publishing.prepare import prepare
from bot.publishing.tasks import ThreadedTasks
from tests.console import SOON
from tests.factories import YAML_TEXT

CONTENT = YAML_TEXT.encode()


async def test_a_lint_ends_without_a_result_when_it_is_no_longer_wanted() -> None:
    tasks, loaded = ThreadedTasks(lambda: SOON), load_content(faulty())
    assert loaded.knowledge is not None
    snapshot = await tasks.prepare(loaded.knowledge, loaded.digest, None)
    asked = 0

    def is_wanted() -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    assert await tasks.lint(faulty(), snapshot) != ()
    assert await tasks.lint(faulty(), snapshot, is_wanted) == ()
    assert asked == 3


def faulty() -> bytes:
    """A city with a warning."""
    return CONTENT.replace(b"as_of: 2021-11-12", b"as_of: 2031-11-12")


async def test_a_lint_waits_until_the_next_version_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_content(CONTENT)
    assert loaded.knowledge is not None
    tasks, knowledge = ThreadedTasks(lambda: SOON), loaded.knowledge
    snapshot = await tasks.prepare(knowledge, loaded.digest, None)
    is_prepared = threading.Event()

    def prepare_slowly(*given: Any, **named: Any) -> Any:
        is_prepared.wait(10)
        return prepare(*given, **named)

    monkeypatch.setattr(tasks_module, "prepare", prepare_slowly)
    preparing = asyncio.create_task(tasks.prepare(knowledge, "next", snapshot))
    linting = asyncio.create_task(tasks.lint(CONTENT, snapshot))
    done, _ = await asyncio.wait([linting], timeout=1)
    assert not done
    is_prepared.set()
    assert await linting == ()
    await preparing


def test_a_search_for_what_is_not_reached_stops_at_once() -> None:
    loaded = load_content(CONTENT)
    assert loaded.knowledge is not None
    assert loaded.document is not None

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(unreachable_facts(loaded.document, prepare(loaded.knowledge, loaded.digest), stop))


#: Each of four threads takes 20 MB for a while and keeps a little, as those do that learn a version and answer.
_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bot.runtime.process import use_one_heap
from bot.publishing.tasks import _return_memory

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

def work(_):
    bytearray(30_000_000)  # after this the C library hands out large blocks from its heaps, too
    return [bytearray(100_000) for _ in range(200)][0]

use_one_heap()
threads = [ThreadPoolExecutor(1) for _ in range(4)]
before = resident()
kept = [thread.submit(work, 0).result() for thread in threads]
_return_memory()
print(resident() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what is in memory")
def test_what_was_taken_in_several_threads_goes_back_to_the_system() -> None:
    command = [sys.executable, "-c", _THREADS]
    kilobytes = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert kilobytes < 5_000
