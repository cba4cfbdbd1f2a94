"""Fixtures that many tests share; the shipped knowledge is loaded once for all of them."""

import gc
import json
import os
import tempfile
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from bot.answers.learning.engine import _learn
from bot.answers.learning.learned import Learned
from bot.answers.learning.phrasings import Phrasing
from bot.answers.snapshot import Snapshot, build_snapshot
from bot.knowledge import SmalltalkFile
from bot.matching.embeddings import Embedder
from bot.publishing.files import isolated_reader
from bot.publishing.files.isolated_reader import run_reader
from tests import forked_reader, postgres
from tests.compiled_statements import share_compiled_statements
from tests.console import Ask, cached_embedder, shipped_smalltalk, shipped_snapshot
from tests.factories import make_knowledge
from tests.scratch import temporary_root

# Where pytest and `tempfile` make their folders; the programs that tests start inherit it.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(temporary_root()))
tempfile.tempdir = os.environ["TMPDIR"] = str(temporary_root())

# The same examples in every run, and no limit in wall time: a busy machine fails no test.
hypothesis.settings.load_profile("ci")

share_compiled_statements()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without garbage collection, and freeze what was collected: a million objects stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# --- `pytest -n 4`: which worker runs which tests ---

#: Files whose programs are forks of a loaded bot, see `process/preloaded.py`. Loading it takes seconds, so two workers
#: do it: the one that runs the files before this, and the one that runs the others.
_FORKING = (
    "tests/bench/test_capacity.py",
    "tests/broadcasts/test_kills.py",
    "tests/cli/test_broadcast.py",
    "tests/process/",
    "tests/sandbox/page/",
    "tests/storage/test_kills.py",
    "tests/storage/test_ticket_kills.py",
)
_SECOND_HALF = "tests/process/test_r"

#: What takes longest mostly waits for processes and clocks. It begins first, in three workers; the fourth one computes
#: meanwhile.
_FIRST = (
    ("tests/page/test_tour.py",),
    ("tests/page/",),
    _FORKING,
    ("tests/answers/",),
    ("tests/cli/test_sandbox.py", "tests/storage/test_replica.py", "tests/telegram_api/test_isolation.py"),
    ("tests/test_docs_examples.py", "tests/test_docs.py", "tests/test_deployment.py"),
)


def _unit(nodeid: str) -> str:
    """What one worker runs as a whole: a file, or files that share a sandbox with its bot, or a loaded bot."""
    file, first = nodeid.partition("::")[0], _rank(nodeid)
    if first == 1:
        return "tests/page"
    if first == 2:
        return f"forking {file >= _SECOND_HALF}"
    return file


def _rank(nodeid: str) -> int:
    return next((rank for rank, starts in enumerate(_FIRST) if nodeid.startswith(starts)), len(_FIRST))


class UnitScheduling(LoadFileScheduling):  # type: ignore[misc] # xdist's schedulers have no types
    def _split_scope(self, nodeid: str) -> str:
        return _unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> UnitScheduling:
    config.option.loadscopereorder = False  # by number of tests; the longest has one
    return UnitScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The city's knowledge, ready for questions."""
    return shipped_snapshot()


@pytest.fixture(scope="session")
def ask(snapshot: Snapshot) -> Ask:
    """Asks the shipped bot."""
    return Ask(snapshot)


@pytest.fixture(scope="session")
def smalltalk() -> SmalltalkFile:
    """The small talk that ships with the program."""
    return shipped_smalltalk()


@pytest.fixture(scope="session")
def small(smalltalk: SmalltalkFile) -> Snapshot:
    """The small city of `tests.factories`, ready for questions."""
    return build_snapshot(make_knowledge(), smalltalk, "small")


@pytest.fixture(autouse=True)
def _patient_with_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may delay a healthy server for seconds; no test depends on that by chance."""
    monkeypatch.setattr("bot.storage.postgresql._SILENCE_TIMEOUT", 60.0)
    monkeypatch.setattr("bot.storage.postgresql._STATEMENT_TIMEOUT", 60_000)
    monkeypatch.setattr("bot.storage.postgresql._READ_TIMEOUT", 30.0)


@pytest.fixture(autouse=True)
def _known_embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts of the program and of the small city are encoded once for all tests, whatever folder they use."""
    for user in ("runtime.startup", "cli.loading"):
        monkeypatch.setattr(f"bot.{user}.open_embedder", cached_embedder)


@lru_cache(maxsize=16)
def _answer(module: str, packages: tuple[str, ...], content: bytes) -> str:
    return json.dumps(run_reader(module, packages=packages, content=content))


def _read_once(module: str, *, packages: tuple[str, ...], content: bytes) -> Any:
    return json.loads(_answer(module, packages, content))  # its values are changed when files are joined


@lru_cache(maxsize=16)
def _learned(phrasings: tuple[Phrasing, ...], named: tuple[str, ...], embedder: Embedder | None) -> Learned:
    return _learn(phrasings, named, embedder)


def _learn_once(
    phrasings: tuple[Phrasing, ...], named: list[str], embedder: Embedder | None, *, is_kept: bool = True
) -> Learned:
    """What is new is written to the disk at the first time only, so `is_kept` makes no difference."""
    return _learned(phrasings, tuple(named), embedder)


@pytest.fixture(autouse=True)
def _known_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read from equal files, and learned from equal phrasings, is the same for all tests of a process."""
    monkeypatch.setattr(isolated_reader, "_run_child", forked_reader.run_child)
    monkeypatch.setattr("bot.publishing.files.load.run_reader", _read_once)
    monkeypatch.setattr("bot.publishing.prepare.load_smalltalk", lambda _: shipped_smalltalk())
    monkeypatch.setattr("bot.answers.learning.engine._learn", _learn_once)


_start_reader = isolated_reader._run_child


@pytest.fixture
def reader_from_nothing(_known_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is read as in service, by a Python that is started for it."""
    monkeypatch.setattr(isolated_reader, "_run_child", _start_reader)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server, started when the first test asks for it."""
    with postgres.server() as running:
        yield running
