"""Results of a start are stored in files that may be lost, damaged or foreign at any time."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bot.answers.emergencies.meaning import Meaning, learn_meanings
from bot.answers.learning import engine as engine_module
from bot.answers.learning import learned
from bot.answers.learning.engine import Engine, _learn, build_engine
from bot.answers.learning.learned import to_arrays
from bot.answers.snapshot import build_snapshot
from bot.knowledge import SmalltalkFile
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.matching.normalize import to_query
from bot.matching.stored_arrays import Arrays
from bot.publishing.array_file import ArrayFolder, release_pages
from bot.publishing.files.load import load_content
from tests.console import cached_encoder, shipped_embedder
from tests.factories import make_knowledge, yaml_text

ARRAYS: Arrays = {
    "weights": np.arange(12, dtype=np.float32).reshape(3, 4),
    "bytes": np.frombuffer(b"texts", np.uint8),
    "nothing": np.zeros((0, 4), np.float32),
}

#: The small city's file with another phrasing.
REWORDED = yaml_text(("[new childcare center]", "[a new childcare center of ours]")).encode()


def read(folder: ArrayFolder, key: str = "1") -> dict[str, list[object]] | None:
    arrays = folder.read("engine", key)
    return None if arrays is None else {name: array.tolist() for name, array in arrays.items()}


@pytest.fixture
def folder(tmp_path: Path) -> ArrayFolder:
    return ArrayFolder(tmp_path / "data")


def test_arrays_come_back_as_they_were(folder: ArrayFolder) -> None:
    folder.write("engine", "1", ARRAYS)
    assert read(folder) == {name: array.tolist() for name, array in ARRAYS.items()}
    arrays = folder.read("engine", "1")
    assert arrays is not None
    assert all(array.dtype == ARRAYS[name].dtype for name, array in arrays.items())


def test_only_the_account_of_the_bot_reads_them(folder: ArrayFolder) -> None:
    folder.write("engine", "1", ARRAYS)
    assert (folder.folder / "engine.bin").stat().st_mode & 0o777 == 0o600


def test_another_version_counts_as_absent_and_is_replaced(folder: ArrayFolder) -> None:
    folder.write("engine", "1", ARRAYS)
    assert read(folder, "2") is None
    folder.write("engine", "2", ARRAYS)
    assert read(folder, "1") is None
    assert read(folder, "2")


@pytest.mark.parametrize("content", [b"", b"\n", b"{", b"null\n", b"[]\n", b"\xff\xfe", b"{}\n" * 9, b"x" * 100_000])
def test_a_foreign_file_counts_as_absent(folder: ArrayFolder, content: bytes) -> None:
    folder.folder.mkdir()
    (folder.folder / "engine.bin").write_bytes(content)
    assert read(folder) is None


def test_a_file_with_any_damaged_byte_counts_as_absent(folder: ArrayFolder) -> None:
    folder.write("engine", "1", ARRAYS)
    path = folder.folder / "engine.bin"
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert read(folder) is None
    for length in range(len(good)):
        path.write_bytes(good[:length])
        assert read(folder) is None


def test_where_nothing_can_be_written_the_arrays_are_computed_each_time(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the place of the folder")
    folder = ArrayFolder(tmp_path / "data")
    folder.write("engine", "1", ARRAYS)
    assert read(folder) is None


def test_a_process_keeps_what_it_has_mapped_when_another_one_replaces_the_file(folder: ArrayFolder) -> None:
    folder.write("engine", "1", ARRAYS)
    mapped = folder.read("engine", "1")
    folder.write("engine", "2", {"weights": np.zeros(100_000)})
    assert mapped is not None
    assert mapped["weights"].tolist() == ARRAYS["weights"].tolist()


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is in memory")
def test_pages_that_were_released_leave_memory_and_come_back_with_the_same_content(folder: ArrayFolder) -> None:
    folder.write("engine", "1", {"weights": np.ones(1_000_000, np.float32)})
    mapped = folder.read("engine", "1")
    assert mapped is not None
    assert mapped["weights"].sum() == 1_000_000
    assert in_memory(folder.folder / "engine.bin") > 3_000

    release_pages()

    assert in_memory(folder.folder / "engine.bin") == 0
    assert mapped["weights"].sum() == 1_000_000


def in_memory(path: Path) -> int:
    """The kilobytes of a mapped file that are in the memory of this process."""
    maps = Path("/proc/self/smaps").read_text().partition(f"{path}\n")[2]
    return int(maps.partition("Rss:")[2].split()[0])


def test_of_two_processes_that_write_at_once_one_leaves_a_whole_file(folder: ArrayFolder) -> None:
    program = (
        "import sys, numpy; from pathlib import Path; from bot.publishing.array_file import ArrayFolder\n"
        "for _ in range(30): ArrayFolder(Path(sys.argv[1])).write('engine', sys.argv[2], {'a': numpy.full(50_000, 7)})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(folder.folder), key]) for key in "12"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    kept = folder.read("engine", "1") or folder.read("engine", "2")
    assert kept is not None
    assert set(kept["a"].tolist()) == {7}
    assert os.listdir(folder.folder) == ["engine.bin"]  # noqa: PTH208 - the names


# --- The engine ---


class Recording:
    """A store that remembers the names of what it was given."""

    def __init__(self, folder: ArrayFolder) -> None:
        self._folder = folder
        self.written: list[str] = []

    def read(self, name: str, key: str) -> Arrays | None:
        return self._folder.read(name, key)

    def write(self, name: str, key: str, arrays: Arrays) -> None:
        self.written.append(name)
        self._folder.write(name, key, arrays)


@contextmanager
def starts(folder: ArrayFolder, smalltalk: SmalltalkFile, *, learns: bool) -> Iterator[Engine]:
    store = Recording(folder)
    yield build_engine(make_knowledge(), smalltalk, (), shipped_embedder(), store)
    assert bool(store.written) == learns


@dataclass(frozen=True)
class _EncoderOf:
    """The built-in encoder in another version; what all tests encode, it looks up."""

    version: str

    def encode(self, texts: Sequence[str]) -> Floats:
        return shipped_embedder().embed(texts, at_once=False)

    def is_word(self, token: str) -> bool:
        return cached_encoder().is_word(token)


def test_a_second_start_reads_the_same_meanings_of_emergencies(folder: ArrayFolder) -> None:
    texts = ("my neighbour fell and does not move", "в подъезде пахнет газом", "when does the clinic open")

    def meanings() -> list[Meaning]:
        learned = learn_meanings(Embedder(_EncoderOf("first"), folder))
        return [learned.meaning_of(text) for text in texts]

    first = meanings()
    written = (folder.folder / "emergencies.bin").stat()
    second = meanings()

    assert [meaning.kinds[0][0] for meaning in second] == [meaning.kinds[0][0] for meaning in first]
    assert [meaning.score for meaning in second] == pytest.approx([meaning.score for meaning in first], abs=1e-4)
    assert (folder.folder / "emergencies.bin").stat().st_mtime_ns == written.st_mtime_ns


def test_what_was_learned_with_another_version_of_the_encoder_is_learned_again(
    folder: ArrayFolder, smalltalk: SmalltalkFile
) -> None:
    written = []
    for version in ("first", "later", "later"):
        store = Recording(folder)
        embedder = Embedder(_EncoderOf(version), store)
        build_engine(make_knowledge(), smalltalk, (), embedder, store)
        learn_meanings(embedder)
        written.append(set(store.written))

    everything = {"embeddings", "engine", "emergencies"}
    assert written == [everything, everything, set()]


def read_by(engine: Engine) -> list[object]:
    queries = [to_query(text) for text in ("how many beds", "больница", "托儿中心", "hsopital 6", "2500")]
    readings = engine.score_all(queries)
    return [[each.labels.tolist(), each.entries.tolist(), each.similarities.tolist()] for each in readings]


def test_a_second_start_learns_nothing_and_reads_the_same(folder: ArrayFolder, smalltalk: SmalltalkFile) -> None:
    with starts(folder, smalltalk, learns=True) as first:
        pass
    with starts(folder, smalltalk, learns=False) as second:
        assert read_by(second) == read_by(first)
    assert second.learned.spelling == first.learned.spelling
    assert (second.learned.words_of_area, second.words_of_fact) == (first.learned.words_of_area, first.words_of_fact)
    alone = build_engine(make_knowledge(), smalltalk, (), shipped_embedder())
    assert read_by(alone) == read_by(second)
    assert (alone.learned.spelling, alone.words_of_card) == (second.learned.spelling, second.words_of_card)


def test_other_code_or_a_damaged_file_learns_again(
    folder: ArrayFolder, smalltalk: SmalltalkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with starts(folder, smalltalk, learns=True) as first:
        pass
    path = folder.folder / "engine.bin"
    damaged = path.read_bytes()[:-100]
    path.unlink()
    path.write_bytes(damaged)
    with starts(folder, smalltalk, learns=True) as again:
        assert read_by(again) == read_by(first)
    monkeypatch.setattr(learned, "code_version", lambda: "other")
    with starts(folder, smalltalk, learns=True):
        pass


def test_an_edited_file_is_learned_as_a_start_learns_it(
    smalltalk: SmalltalkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is the same bit for bit, whatever earlier versions left in caches."""
    monkeypatch.setattr(engine_module, "_learn", _learn)  # other tests share what was learned
    embedder, edited = shipped_embedder(), load_content(REWORDED)
    first = build_snapshot(make_knowledge(), smalltalk, "first", embedder=embedder)
    assert edited.knowledge is not None
    after = build_snapshot(edited.knowledge, smalltalk, "edited", previous=first)
    alone = build_snapshot(edited.knowledge, smalltalk, "edited", embedder=embedder)
    there, here = to_arrays(after.engine.learned), to_arrays(alone.engine.learned)
    assert after.engine.learned is not alone.engine.learned
    assert {name: array.tobytes() for name, array in there.items()} == {
        name: array.tobytes() for name, array in here.items()
    }
