"""Files that store arrays between starts and are mapped into memory.

A mapped array is read from disk on access and shared by all processes of a machine, and the system can reclaim its
memory at any time. The files are caches and contain no text of a citizen. A missing, damaged or foreign file counts as
absent and is replaced. If the folder is not writable, each start computes the arrays again. A file is written beside
the old one and then renamed, so a process that has mapped the old one keeps it.

Layout: the SHA-256 of the rest in hexadecimal; a line of JSON (the key; type, shape and offset of each array); the
arrays. Nothing in a file is executed.
"""

import hashlib
import json
import mmap
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from weakref import WeakSet

import numpy as np

from bot.atomic_file import Buffer, replace_file
from bot.errors import FileError
from bot.matching.embeddings import Embedder
from bot.matching.encoder import load_encoder
from bot.matching.stored_arrays import Arrays

#: Arrays are aligned to this many bytes.
_ALIGNED = 64
#: Characters of the digest, and bytes that are read at once.
_DIGEST, _PIECE = 64, 2**20
#: The current mappings, see `release_pages`.
_mapped: "WeakSet[mmap.mmap]" = WeakSet()


@dataclass(frozen=True, slots=True)
class ArrayFolder:
    """An `ArrayStore` in a folder, with one file for each name."""

    folder: Path

    def read(self, name: str, key: str) -> Arrays | None:
        try:
            with self._path(name).open("rb") as file:
                return _read(file, key)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, name: str, key: str, arrays: Arrays) -> None:
        pieces: list[Buffer] = []
        places, size = {}, 0
        for each, array in arrays.items():
            places[each] = (array.dtype.str, array.shape, size)
            content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data  # no copy: it is tens of megabytes
            padding = bytes(-len(content) % _ALIGNED)
            pieces += [content, padding]
            size += len(content) + len(padding)
        head = json.dumps({"key": key, "arrays": places}).encode()
        pieces.insert(0, head + b" " * (-(_DIGEST + len(head) + 2) % _ALIGNED) + b"\n")
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        # A log line would appear among the replies of `minsheng ask --jsonl`; the only cost is time at the next start.
        with suppress(OSError, FileError):
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._path(name), f"{digest.hexdigest()}\n".encode(), *pieces, mode=0o600)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.bin"


def open_embedder(data_dir: Path, model: Path | None) -> Embedder:
    """The encoder in a folder, or the built-in one, with embeddings stored in `data_dir`; raises EncoderError."""
    store = ArrayFolder(data_dir)
    return Embedder(load_encoder(model, store), store)


def _read(file: BinaryIO, key: str) -> Arrays | None:
    digest = file.read(_DIGEST + 1)
    if digest != f"{_digest_of_rest(file)}\n".encode():
        return None
    file.seek(len(digest))
    line = file.readline()
    head = json.loads(line)
    if head["key"] != key:
        return None
    mapped, begin = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), len(digest) + len(line)
    _mapped.add(mapped)
    return {
        name: np.ndarray(shape, np.dtype(kind), mapped, begin + place)
        for name, (kind, shape, place) in head["arrays"].items()
    }


def release_pages() -> None:
    """Remove mapped pages from the process's memory; pages used again come from the system's file cache.

    Each access brings 64 kB into memory. Learning and linting a version read almost everything; answers read a third.
    """
    for mapped in tuple(_mapped):
        with suppress(OSError, AttributeError):  # not available on every system
            mapped.madvise(mmap.MADV_DONTNEED)


def _digest_of_rest(file: BinaryIO) -> str:
    """The digest of the rest of the file, read in pieces to save memory."""
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
