"""Named arrays that are stored between starts, so that a start can reuse what an earlier one computed."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

#: Libraries whose version affects what is learned from the same texts.
_LIBRARIES = ("numpy", "scipy", "snowballstemmer", "pypinyin", "opencc-python-reimplemented", "opencc")


class ArrayStore(Protocol):
    """Stores arrays; anything it loses is computed again."""

    def read(self, name: str, key: str) -> Arrays | None:
        """The arrays that were stored under this name with this key; None if they are unusable."""

    def write(self, name: str, key: str, arrays: Arrays) -> None:
        """Replace what is stored under a name; never fails."""


@cache
def code_version() -> str:
    """A version that changes with the code that learns and the libraries that it uses."""
    digest = hashlib.sha256()
    bot = Path(__file__).parents[1]
    for path in sorted(path for package in ("matching", "answers", "i18n") for path in (bot / package).rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    for library in _LIBRARIES:
        try:
            digest.update(f"{library} {version(library)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()
