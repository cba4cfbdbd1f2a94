"""The file that keeps embeddings between two starts.

It is a cache. A missing, damaged or foreign file counts as empty, and is replaced; where the folder cannot be written
to, the next start encodes again. It holds hashes and vectors, no text.

Layout: a line of JSON (version of the encoder, rows, dimensions, SHA-256 of the rest), the hashes, the 16-bit vectors.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import numpy as np

from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.matching.embeddings import HASH_BYTES, Embedder, Rows
from bot.matching.encoder import load_encoder
from bot.publishing.array_file import ArrayFolder

#: Its name in DATA_DIR.
NAME = "embeddings.bin"


def open_embedder(data_dir: Path, model: Path | None) -> Embedder:
    """The encoder in a folder, or the built-in one, with the embeddings kept in `data_dir`; raises EncoderError."""
    return Embedder(load_encoder(model, ArrayFolder(data_dir)), EmbeddingFile(data_dir / NAME))


class EmbeddingFile:
    """An `EmbeddingStore` in one file, which is replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, version: str) -> Rows:
        try:
            line, _, body = self._path.read_bytes().partition(b"\n")
            head = json.loads(line)
            if head["version"] != version or head["sha256"] != hashlib.sha256(body).hexdigest():
                return {}
            rows, width = int(head["rows"]), int(head["dimensions"])
            vectors = np.frombuffer(body, np.float16, rows * width, rows * HASH_BYTES).reshape(rows, width)
            hashes = (body[at : at + HASH_BYTES] for at in range(0, rows * HASH_BYTES, HASH_BYTES))
            return dict(zip(hashes, vectors, strict=True))
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def write(self, version: str, rows: Rows) -> None:
        vectors = np.array(list(rows.values()), np.float16)
        body = b"".join(rows) + vectors.tobytes()
        head = {
            "version": version,
            "rows": vectors.shape[0],
            "dimensions": vectors.shape[1],
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        # A log line would stand among the replies of `minsheng ask --jsonl`; the cost is time at the next start.
        with suppress(OSError, FileError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(head).encode() + b"\n" + body)
