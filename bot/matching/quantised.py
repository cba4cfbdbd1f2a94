"""Matrices of 8-bit integers, for products of a few rows with many, whose speed is limited by reading memory.

Products of integers are exact, so they are the same on every processor; precision is lost only where floats are rounded
to integers. Decision 24 measures the effect.
"""

from dataclasses import dataclass, field
from typing import Any

import numkong
import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Floats

#: Tile instructions help only with hundreds of rows, and end the process in a sandbox that does not permit them.
_TILES = ("sapphireamx", "sme")
#: The largest integer; -128 is not used, so that a number and its negative are rounded alike.
_MAX_VALUE = 127
#: The least scale, for rows of zeros.
_MIN_SCALE = 1e-30

for _name in _TILES:
    if numkong.get_capabilities().get(_name):
        numkong.disable_capability(_name)


@dataclass(frozen=True, slots=True, eq=False)
class QuantisedRows:
    """Rows as 8-bit integers, each with its own scale."""

    values: NDArray[np.int8]
    scales: Floats  #: one per row: the value of the integer 1
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
        """The rows as floats again, rounded."""
        return self.values * self.scales[:, None]

    def taken(self, places: NDArray[np.integer[Any]]) -> "QuantisedRows":
        """Some of the rows."""
        return QuantisedRows(self.values[places], self.scales[places])

    def products(self, rows: Floats) -> Floats:
        """Each of `rows` times each of these rows; 0 without dimensions."""
        if self._packed is None or not len(rows):
            return np.zeros((len(rows), len(self)), np.float32)
        values, scales = _rounded(rows)
        products = np.asarray(numkong.dots_packed(values, self._packed)).astype(np.float32)
        products *= self.scales
        products *= scales[:, None]
        return products


def quantised(rows: Floats) -> QuantisedRows:
    """The rows in 8 bits, scaled so that the largest number of each becomes the largest integer."""
    return QuantisedRows(*_rounded(rows))


def _rounded(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    # A row without columns has no largest number.
    scales = np.maximum(np.abs(rows).max(axis=1, initial=0), np.float32(_MIN_SCALE)) / np.float32(_MAX_VALUE)
    return np.rint(rows / scales[:, None]).astype(np.int8, order="C"), scales
