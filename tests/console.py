"""Ann asks: the shipped bot without Telegram, at a moment of the test's choice."""

import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bot.answers.answer import Answer, kind_of, matches_of
from bot.answers.service import Answered, Conversations, answer_question
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import LOCALES, translator_in
from bot.i18n.languages import Language
from bot.knowledge import KnowledgeBase, SmalltalkFile
from bot.matching.embeddings import Embedder
from bot.matching.encoder import Encoder, load_encoder
from bot.matching.stored_arrays import ArrayStore
from bot.publishing.array_file import ArrayFolder
from bot.publishing.files.folder import MAIN, pack, read_content, unpack
from bot.publishing.files.load import load, load_content, load_smalltalk
from bot.publishing.prepare import prepare
from tests.factories import YAML_TEXT

PROJECT = Path(__file__).parents[1]
#: What tests keep as the bot keeps it in DATA_DIR, for all processes and runs of tests; it may be deleted.
CACHES = PROJECT / ".pytest_cache"
EMBEDDINGS = CACHES / "embeddings.bin"
KNOWLEDGE = PROJECT / "knowledge" / "projects.yaml"
CASES = PROJECT / "tests" / "cases"
#: The files of questions, by the name under which their answers are asked for.
CASE_SETS = {
    "citizens": CASES / "citizens" / "dev.jsonl",
    "city": CASES / "city" / "questions.jsonl",
    "held": CASES / "held" / "questions.jsonl",
}

#: Shortly after the city's source was published, so that nothing is out of date.
SOON = datetime(2021, 12, 1, 9, 0, tzinfo=UTC)


@contextmanager
def _caches_locked() -> Iterator[None]:
    """One process at a time fills the caches; the others wait, and then read what it wrote."""
    CACHES.mkdir(exist_ok=True)
    with (CACHES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=1)
def _loaded(folder: Path | None) -> Encoder:
    with _caches_locked():
        return load_encoder(folder, ArrayFolder(CACHES))


def cached_encoder(folder: Path | None = None, store: ArrayStore | None = None) -> Encoder:
    """What `load_encoder` returns, loaded once in each process, without a file in the folder of a test."""
    return _loaded(folder)


@cache
def shipped_smalltalk() -> SmalltalkFile:
    """The small talk that ships with the program."""
    return load_smalltalk(LOCALES / "smalltalk.yaml")


@cache
def shipped_embedder() -> Embedder:
    """The built-in encoder; the embeddings are kept between two runs of the tests."""
    return cached_embedder(CACHES, None)


def cached_embedder(_: Path, folder: Path | None) -> Embedder:
    """What `open_embedder` returns, whatever folder the data of a test are in."""
    return Embedder(cached_encoder(folder), ArrayFolder(CACHES))


def shipped_snapshot() -> Snapshot:
    """The city's knowledge, ready for questions."""
    loaded = load(KNOWLEDGE)
    assert loaded.knowledge is not None, loaded.diagnostics
    if (key := (loaded.digest, True)) not in _prepared:
        embedder = shipped_embedder()
        with _caches_locked():
            # What was learned is kept between two runs of the tests, as between two starts of the bot.
            _prepared[key] = prepare(loaded.knowledge, loaded.digest, embedder=embedder, store=ArrayFolder(CACHES))
    return _prepared[key]


_prepared: dict[tuple[str, bool], Snapshot] = {}


def prepare_once(
    knowledge: KnowledgeBase,
    version: str,
    previous: Snapshot | None = None,
    *,
    embedder: Embedder | None = None,
    store: ArrayStore | None = None,
) -> Snapshot:
    """What `prepare` returns; the version is the digest of all files, so equal versions have equal snapshots."""
    key = version, embedder is not None
    if key not in _prepared:
        _prepared[key] = prepare(knowledge, version, previous, embedder=embedder)
    return _prepared[key]


@cache
def small_snapshot() -> Snapshot:
    """The small city's knowledge, ready for questions, with embeddings."""
    loaded = load_content(YAML_TEXT.encode())
    assert loaded.knowledge is not None, loaded.diagnostics
    embedder = shipped_embedder()
    with _caches_locked():
        return prepare_once(loaded.knowledge, loaded.digest, embedder=embedder)


def bring_caches(data: Path, *, engine: bool = False) -> None:
    """Put what tests have computed once into DATA_DIR of a program of its own, so that it does not compute it again.

    That is the embeddings, the encoder and the emergencies; with `engine` also what was learned from the shipped files.
    """
    if not all((CACHES / name).exists() for name in ("embeddings.bin", "encoder.bin", "engine.bin", "emergencies.bin")):
        shipped_snapshot()
        small_snapshot()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("embeddings.bin", "emergencies.bin", *["engine.bin"] * engine):
        shutil.copy(CACHES / name, data)
    with suppress(FileExistsError):
        (data / "encoder.bin").symlink_to(CACHES / "encoder.bin")  # 80 MB, which no program changes


def copy_program(folder: Path) -> Path:
    """A copy of the program that a test may change, with the caches in its DATA_DIR."""
    shutil.copytree(PROJECT / "bot", folder / "bot")  # with the bytecode, which holds for what is not changed
    bring_caches(folder / "data")
    (folder / "data" / "encoder.bin").unlink()  # changed code stores its own, which would replace that of all tests
    return folder


def run_python(folder: Path, *arguments: str, text: str | None = None) -> str:
    """What a Python in that folder prints."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=text, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def with_statements(text: str) -> bytes:
    """The city's files with other statements."""
    return pack({**unpack(read_content(KNOWLEDGE)), MAIN: text.encode()})


def questions(name: str) -> list[dict[str, Any]]:
    """The rows of a file of questions."""
    return [json.loads(line) for line in CASE_SETS[name].read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks a bot that knows `snapshot`, each time in a chat of its own."""

    snapshot: Snapshot = field(repr=False)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How Hypothesis prints the argument of a test that failed: without two megabytes of snapshot."""
        printer.text("Ask()")

    def __call__(self, *messages: str, preferred: Language | None = None, now: datetime = SOON) -> Answered:
        """What the last of the messages gets when all are sent in one chat."""
        conversations = Conversations()
        for message in messages:
            answered = answer_question(
                message,
                chat=1,
                now=now,
                snapshot=self.snapshot,
                conversations=conversations,
                translator_in=translator_in,
                preferred=preferred,
            )
        return answered


def ask_in(city: str) -> Ask:
    """Asks about another city, a folder of `tests/cases`."""
    loaded = load(CASES / city / "projects.yaml")
    assert loaded.knowledge is not None, loaded.diagnostics
    return Ask(prepare_once(loaded.knowledge, loaded.digest, embedder=shipped_embedder()))


def kind_and_ids(answered: Answered) -> tuple[str, ...]:
    """What a reply says apart from its words: its kind, and the ids of what it is about, best first."""
    answer: Answer = answered.decision.answer
    return (kind_of(answer), *(match.id for match in matches_of(answer)))
