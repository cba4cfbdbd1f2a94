"""Files that keep arrays between two starts, and are mapped into memory.

A mapped array is read from the disk where it is used, is shared by all processes of a machine, and its memory can be
taken back at any time. The files are caches, without a text of a citizen. A missing, damaged or foreign file counts as
absent, and is replaced; where the folder cannot be written to, each start computes the arrays again. A file is written
beside the old one and then takes its place, so a process that has mapped the old one keeps it.

Layout: the SHA-256 of what follows in hexadecimal, a line of JSON (the key; type, shape and place of each array), the
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

#: Arrays begin at multiples of this number of bytes, as the processor reads them.
_ALIGNED = 64
#: Characters of the digest, and bytes that are read at once.
_DIGEST, _PIECE = 64, 2**20
#: What is mapped now, see `release_pages`.
_mapped: "WeakSet[mmap.mmap]" = WeakSet()


@dataclass(frozen=True, slots=True)
class ArrayFolder:
    """An `ArrayStore` in a folder, with a file for each name."""

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
        # A log line would stand among the replies of `minsheng ask --jsonl`; the cost is time at the next start.
        with suppress(OSError, FileError):
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._path(name), f"{digest.hexdigest()}\n".encode(), *pieces, mode=0o600)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.bin"


def open_embedder(data_dir: Path, model: Path | None) -> Embedder:
    """The encoder in a folder, or the built-in one, with the embeddings kept in `data_dir`; raises EncoderError."""
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
    """Take what is mapped out of the process's memory; what is used again comes back from the system's cache of files.

    Each place that is read brings 64 kB into memory. To learn and to lint a version reads nearly everything, answers a
    third of it.
    """
    for mapped in tuple(_mapped):
        with suppress(OSError, AttributeError):  # not every system has it
            mapped.madvise(mmap.MADV_DONTNEED)


def _digest_of_rest(file: BinaryIO) -> str:
    """Of what follows in the file; read in pieces, so that nothing of it stays in memory."""
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
