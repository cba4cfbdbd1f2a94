"""The Unix socket in `DATA_DIR`, which only the bot's own account can reach."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "minsheng.sock"
#: The most bytes of a request body: enough for a file of 8 MB in base64.
MAX_BODY = 12_000_000
#: The longest socket path, in bytes, that every system accepts: Linux 107, macOS 103.
_MAX_PATH = 100


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A listening socket at this path with mode 0600 from the beginning; raises OSError on failure.

    A file or a stale socket there is replaced. Afterwards the socket is removed, unless another one has replaced it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        # Created in a private folder, and moved once it has its mode.
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as hidden:
            draft = Path(hidden, "s")
            with short_path(draft) as address:
                bound.bind(address)
            draft.chmod(0o600)
            bound.listen()
            draft.replace(path)
        inode = path.stat().st_ino
        try:
            yield bound
        finally:
            if path.exists() and path.stat().st_ino == inode:
                path.unlink()


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The path of a socket, short enough to bind and connect inside this context; raises OSError."""
    if len(os.fsencode(path)) <= _MAX_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
