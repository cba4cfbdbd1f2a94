"""Embeddings of the knowledge are computed once and stored in a file that may be lost or damaged at any time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.matching import embeddings
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.publishing.array_file import ArrayFolder


class CountingEncoder:
    """Encodes a text as its length, and remembers what it was asked to encode."""

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        return np.array([[len(text), 1] for text in texts], np.float32)

    def is_word(self, token: str) -> bool:
        return bool(token)


def embed(path: Path, *texts: str, version: str = "1") -> list[str]:
    """Embed texts as at a start of the bot; return what had to be encoded."""
    encoder = CountingEncoder(version)
    rows = Embedder(encoder, ArrayFolder(path.parent)).embed(texts)
    assert rows.tolist() == [[len(text), 1] for text in texts]
    return encoder.encoded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "embeddings.bin"


def test_a_second_start_encodes_only_what_is_new(path: Path) -> None:
    assert embed(path, "heat", "water") == ["heat", "water"]
    assert embed(path, "water", "heat", "childcare") == ["childcare"]
    assert embed(path, "childcare") == []


def test_a_text_that_occurs_twice_is_encoded_once(path: Path) -> None:
    assert embed(path, "heat", "heat") == ["heat"]


def test_another_encoder_encodes_everything(path: Path) -> None:
    embed(path, "heat")

    assert embed(path, "heat", version="2") == ["heat"]
    assert embed(path, "heat", version="2") == []


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\n", b"\xff\xfe", b"null\n"])
def test_a_foreign_file_is_replaced(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)

    assert embed(path, "heat") == ["heat"]
    assert embed(path, "heat") == []


def test_a_file_with_any_damaged_byte_is_replaced(path: Path) -> None:
    embed(path, "heat", "water")
    good = path.read_bytes()
    for place in range(0, len(good), 7):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        embed(path, "heat", "water")
    path.write_bytes(good[:-3])
    assert embed(path, "heat", "water") == ["heat", "water"]


def test_where_nothing_can_be_written_answers_do_not_suffer(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the place of the folder")

    assert embed(tmp_path / "data" / "embeddings.bin", "heat") == ["heat"]


def test_the_oldest_embeddings_are_dropped_but_none_in_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_CAPACITY", 3)
    embed(path, "a", "bb", "ccc")
    embed(path, "dddd", "eeeee")

    assert embed(path, "a", "dddd", "eeeee") == []
    assert embed(path, "a", "bb", "dddd", "eeeee", "ffffff") == ["bb", "ffffff"]


def test_what_citizens_write_is_not_kept(path: Path) -> None:
    embedder = Embedder(CountingEncoder(), ArrayFolder(path.parent))
    embedder.encode(["my secret"])

    assert not path.exists()
