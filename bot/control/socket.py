"""Where commands find the running bot: a socket in `DATA_DIR`, which only the bot's own account can reach."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "minsheng.sock"
#: Bytes of one line, either way: room for a file of 8 MB in base64.
LARGEST_LINE = 12_000_000
#: Bytes of a path that every system takes for a socket: Linux 107, macOS 103.
_LONGEST_PATH = 100


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket with this name, mode 0600 from its first moment, which takes calls; OSError when there cannot be one.

    What a dead bot left there is replaced. Afterwards the socket is gone, unless another one stands in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as taking:
        # Made where nobody else can look, and brought to its place with the mode that it shall have.
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as hidden:
            draft = Path(hidden, "s")
            with reachable(draft) as address:
                taking.bind(address)
            draft.chmod(0o600)
            taking.listen()
            draft.replace(path)
        mine = path.stat().st_ino
        try:
            yield taking
        finally:
            if path.exists() and path.stat().st_ino == mine:
                path.unlink()


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """The path of a socket in a form that is short enough for one, as long as this lasts; OSError."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
