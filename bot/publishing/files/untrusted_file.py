"""Reads a file that may be broken, hostile or not a file at all."""

import os
import stat
from pathlib import Path


class NotRegularFileError(Exception):
    """The path is a folder, pipe, device or socket."""


class TooLargeError(Exception):
    """The file has more bytes than allowed."""


def read_untrusted(path: str | Path, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes.

    Raises OSError, NotRegularFileError, TooLargeError, or ValueError for a path with a null character. Symbolic links
    are followed: containers mount files as links (Kubernetes publishes a version by changing one), and an attacker who
    can place a link can also place a file. Sizes are not trusted: files in /proc have none.
    """
    # Without O_NONBLOCK a named pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegularFileError
        content = _read(descriptor, most)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise TooLargeError
    return content


def _read(descriptor: int, most: int) -> bytes:
    """The bytes, or a few more than `most`."""
    content = bytearray()
    while len(content) <= most and (piece := os.read(descriptor, 2**20)):
        content += piece
    return bytes(content)
