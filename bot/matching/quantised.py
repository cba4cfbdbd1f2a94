"""Matrices in fewer bits, for the products of a few rows with many: a question waits for memory, not for arithmetic.

Rows become 8-bit integers. Their products are exact integers, so they are the same on every processor; what is
lost is lost where floats become integers. Decision 24 says what that changes.
"""

from dataclasses import dataclass, field
from typing import Any

import numkong
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Tiles help with hundreds of rows only, and where a sandbox does not permit them they end the process.
_TILES = ("sapphireamx", "sme")
#: The largest integer; -128 is not used, so that a number and its opposite are rounded alike.
_LARGEST = 127
#: The least length of a scale: rows of zeros have none.
_LEAST = 1e-30

for _name in _TILES:
    if numkong.get_capabilities().get(_name):
        numkong.disable_capability(_name)


@dataclass(frozen=True, slots=True, eq=False)
class QuantisedRows:
    """Rows as 8-bit integers, each with its own scale."""

    values: NDArray[np.int8]
    scales: Floats  #: one a row: what an integer of 1 stands for
    _packed: numkong.PackedMatrix | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        packed = numkong.dots_pack(self.values, "int8") if self.values.size else None
        object.__setattr__(self, "_packed", packed)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dimensions(self) -> int:
        return int(self.values.shape[1])

    def floats(self) -> Floats:
        """The rows, as near as 8 bits come to them."""
        return self.values * self.scales[:, None]

    def taken(self, places: NDArray[np.integer[Any]]) -> "QuantisedRows":
        """Some of the rows."""
        return QuantisedRows(self.values[places], self.scales[places])

    def products(self, rows: Floats) -> Floats:
        """Each of `rows` times each of these rows; without dimensions 0."""
        if self._packed is None or not len(rows):
            return np.zeros((len(rows), len(self)), np.float32)
        values, scales = _rounded(rows)
        products = np.asarray(numkong.dots_packed(values, self._packed)).astype(np.float32)
        products *= self.scales
        products *= scales[:, None]
        return products


def quantised(rows: Floats) -> QuantisedRows:
    """Rows in 8 bits, the largest number of each as the largest integer."""
    return QuantisedRows(*_rounded(rows))


def _rounded(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    # Without columns, the row has no largest number.
    scales = np.maximum(np.abs(rows).max(axis=1, initial=0), np.float32(_LEAST)) / np.float32(_LARGEST)
    return np.rint(rows / scales[:, None]).astype(np.int8, order="C"), scales
