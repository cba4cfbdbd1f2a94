"""Embeddings of the knowledge's texts: each text is encoded once, and looked up from then on."""

import hashlib
import threading
from collections.abc import Mapping, Sequence

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from bot.matching.encoder import Encoder
from bot.matching.index import Floats
from bot.matching.stored_arrays import ArrayStore

#: The hash of a text, and its embedding as 16-bit floats: as near as 32 bits for a comparison, in half the memory.
Rows = Mapping[bytes, NDArray[np.float16]]

#: The name under which they are kept; no text is, only hashes.
_NAME = "embeddings"
#: Bytes of the hash of a text.
_HASH_BYTES = 16
#: Embeddings that are kept, a kilobyte each, those of texts in use aside: drafts and earlier versions share most.
_CAPACITY = 30_000
#: Embeddings of citizens' texts that are kept, two kilobytes each: those of the messages that are being answered.
_RECENT = 200


class Embedder:
    """An encoder that remembers the embeddings of the knowledge's texts; safe to use from several threads."""

    def __init__(self, encoder: Encoder, store: ArrayStore | None = None) -> None:
        self._encoder = encoder
        self.store = store  #: keeps the embeddings; also for what is learned from embeddings alone
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
                self._keep(self._rows)
                if 2 * len(new) > len(self._rows):  # a first start: what is mapped takes the place of 20 MB
                    self._rows = self._kept() or self._rows
        return np.array([rows[key] for key in keys], np.float32)

    def _known_rows(self) -> Rows:
        if self._rows is None:
            self._rows = self._kept()
        return self._rows

    def _kept(self) -> Rows:
        kept = self.store.read(_NAME, self._encoder.version) if self.store else None
        return dict(zip(map(bytes, kept["hashes"]), kept["vectors"], strict=True)) if kept else {}

    def _keep(self, rows: Rows) -> None:
        if self.store:
            hashes = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), _HASH_BYTES)
            vectors = np.array(list(rows.values()), np.float16)
            self.store.write(_NAME, self._encoder.version, {"hashes": hashes, "vectors": vectors})


def _hash_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_HASH_BYTES).digest()


def _latest(used: Sequence[bytes], rows: Rows) -> Rows:
    """The rows in use first, then the others in their order, without those beyond the limit."""
    latest = {key: rows[key] for key in used}
    for key, row in rows.items():
        if len(latest) >= _CAPACITY:
            break
        latest.setdefault(key, row)
    return latest
