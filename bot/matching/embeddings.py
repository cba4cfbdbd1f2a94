"""Embeddings of the knowledge's texts: each text is encoded once and then looked up."""

import hashlib
import threading
from collections.abc import Mapping, Sequence

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from bot.matching.arrays import Floats
from bot.matching.encoder import Encoder
from bot.matching.stored_arrays import ArrayStore

#: Hash of a text -> its embedding in 16-bit floats, accurate enough to compare and half the size of 32 bits.
Rows = Mapping[bytes, NDArray[np.float16]]

#: The name under which they are stored; only hashes are stored, no texts.
_NAME = "embeddings"
#: Bytes of the hash of a text.
_HASH_BYTES = 16
#: The most embeddings that are stored besides those in use, 1 kB each; drafts and earlier versions share most of them.
_CAPACITY = 30_000
#: The most embeddings of citizens' texts in memory, 2 kB each: those of messages that are being answered.
_RECENT = 200


class Embedder:
    """An encoder that stores the embeddings of the knowledge's texts; thread-safe."""

    def __init__(self, encoder: Encoder, store: ArrayStore | None = None) -> None:
        self._encoder = encoder
        self.store = store  #: keeps the embeddings, and what is learned from embeddings alone
        self._lock = threading.Lock()
        self._rows: Rows | None = None
        self._new = 0  #: embeddings that are not on disk yet
        self._recent: LRUCache[bytes, Floats] = LRUCache(_RECENT)

    @property
    def version(self) -> str:
        return self._encoder.version

    def is_word(self, token: str) -> bool:
        return self._encoder.is_word(token)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode what citizens write.

        The latest embeddings stay in memory by hash, because one message is compared several times.
        """
        keys = [_hash_of(text) for text in texts]
        with self._lock:
            rows = {key: self._recent[key] for key in keys if key in self._recent}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if new:
            # Encoders accept only valid Unicode; a broken client may send a lone surrogate.
            encoded = self._encoder.encode([text.encode(errors="replace").decode() for text in new.values()])
            rows |= zip(new, encoded, strict=True)
            with self._lock:
                self._recent.update(zip(new, encoded, strict=True))
        return np.array([rows[key] for key in keys], np.float32)

    def embed(self, texts: Sequence[str], *, at_once: bool = True) -> Floats:
        """Encode texts of the knowledge; only unknown ones are computed.

        New ones are written to the disk immediately, or with `at_once=False` by the next `keep`.
        """
        keys = [_hash_of(text) for text in texts]
        with self._lock:
            rows = self._known_rows()
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
            if new:
                encoded = self._encoder.encode(list(new.values())).astype(np.float16)
                rows = {**rows, **dict(zip(new, encoded, strict=True))}
                self._rows, self._new = _latest(keys, rows), self._new + len(new)
        if at_once:
            self.keep()
        return np.array([rows[key] for key in keys], np.float32)

    def keep(self) -> None:
        """Write the embeddings to the disk, if there are new ones."""
        with self._lock:  # which answers take too, so nothing is written while it is held
            rows, new, self._new = self._rows, self._new, 0
        if not new or not rows or not self.store:
            return
        hashes = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), _HASH_BYTES)
        vectors = np.array(list(rows.values()), np.float16)
        self.store.write(_NAME, self._encoder.version, {"hashes": hashes, "vectors": vectors})
        if 2 * new > len(rows) and (mapped := self._kept()):  # first start: the mapped file replaces 20 MB of memory
            with self._lock:
                self._rows = mapped if self._rows is rows else self._rows

    def _known_rows(self) -> Rows:
        if self._rows is None:
            self._rows = self._kept()
        return self._rows

    def _kept(self) -> Rows:
        kept = self.store.read(_NAME, self._encoder.version) if self.store else None
        return dict(zip(map(bytes, kept["hashes"]), kept["vectors"], strict=True)) if kept else {}


def _hash_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_HASH_BYTES).digest()


def _latest(used: Sequence[bytes], rows: Rows) -> Rows:
    """The rows in use first, then the others in order, up to the limit."""
    latest = {key: rows[key] for key in used}
    for key, row in rows.items():
        if len(latest) >= _CAPACITY:
            break
        latest.setdefault(key, row)
    return latest
