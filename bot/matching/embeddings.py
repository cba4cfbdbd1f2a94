"""Embeddings of the knowledge's texts: each text is encoded once, and looked up from then on."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from bot.matching.encoder import Encoder
from bot.matching.index import Floats

#: The hash of a text, and its embedding as 16-bit floats: as near as 32 bits for a comparison, in half the memory.
Rows = Mapping[bytes, NDArray[np.float16]]

#: Bytes of the hash of a text.
HASH_BYTES = 16
#: Embeddings that are kept, a kilobyte each, those of texts in use aside: drafts and earlier versions share most.
_CAPACITY = 30_000
#: Embeddings of citizens' texts that are kept, two kilobytes each: those of the messages that are being answered.
_RECENT = 200


class EmbeddingStore(Protocol):
    """Keeps embeddings between two starts; what it lost is encoded again."""

    def read(self, version: str) -> Rows:
        """The rows that were written for this version of the encoder; none where they cannot be used."""

    def write(self, version: str, rows: Rows) -> None:
        """Replace what is kept; never fails."""


class Embedder:
    """An encoder that remembers the embeddings of the knowledge's texts; safe to use from several threads."""

    def __init__(self, encoder: Encoder, store: EmbeddingStore | None = None) -> None:
        self._encoder = encoder
        self._store = store
        self._lock = threading.Lock()
        self._rows: Rows | None = None
        self._recent: LRUCache[bytes, Floats] = LRUCache(_RECENT)

    @property
    def version(self) -> str:
        return self._encoder.version

    def is_word(self, token: str) -> bool:
        return self._encoder.is_word(token)

    def encode(self, texts: Sequence[str]) -> Floats:
        """The embeddings of what citizens write.

        Those of the last texts stay in memory for a while by their hash: one message is compared several times.
        """
        keys = [_hash_of(text) for text in texts]
        with self._lock:
            rows = {key: self._recent[key] for key in keys if key in self._recent}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if new:
            # Encoders accept only valid Unicode; a broken client may send half a character (a lone surrogate).
            encoded = self._encoder.encode([text.encode(errors="replace").decode() for text in new.values()])
            rows |= zip(new, encoded, strict=True)
            with self._lock:
                self._recent.update(zip(new, encoded, strict=True))
        return np.array([rows[key] for key in keys], np.float32)

    def embed(self, texts: Sequence[str]) -> Floats:
        """The embeddings of texts of the knowledge; encodes only those that are not known yet."""
        keys = [_hash_of(text) for text in texts]
        with self._lock:
            rows = self._known_rows()
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
            if new:
                encoded = self._encoder.encode(list(new.values())).astype(np.float16)
                rows = {**rows, **dict(zip(new, encoded, strict=True))}
                self._rows = _latest(keys, rows)
                if self._store:
                    self._store.write(self._encoder.version, self._rows)
        return np.array([rows[key] for key in keys], np.float32)

    def _known_rows(self) -> Rows:
        if self._rows is None:
            self._rows = self._store.read(self._encoder.version) if self._store else {}
        return self._rows


def _hash_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=HASH_BYTES).digest()


def _latest(used: Sequence[bytes], rows: Rows) -> Rows:
    """The rows in use first, then the others in their order, without those beyond the limit."""
    latest = {key: rows[key] for key in used}
    for key, row in rows.items():
        if len(latest) >= _CAPACITY:
            break
        latest.setdefault(key, row)
    return latest
