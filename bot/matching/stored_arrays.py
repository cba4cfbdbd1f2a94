"""Named arrays that are kept between two starts, so that a start reads what an earlier one computed."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

#: Libraries whose version changes what is learned from the same texts.
_LIBRARIES = ("numpy", "scipy", "snowballstemmer", "pypinyin", "opencc-python-reimplemented", "opencc")


class ArrayStore(Protocol):
    """Keeps arrays; what it lost is computed again."""

    def read(self, name: str, key: str) -> Arrays | None:
        """The arrays that were written under this name with this key; None where they cannot be used."""

    def write(self, name: str, key: str, arrays: Arrays) -> None:
        """Replace what is kept under a name; never fails."""


@cache
def code_version() -> str:
    """Differs as soon as the code that learns, or a library that it uses, differs."""
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
