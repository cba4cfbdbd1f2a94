"""Phrasings by words and letters, as a classifier multiplies them: the letters of each different token stand once.

Most features of a phrasing are the letters of its tokens. A file has far fewer different tokens than its phrasings have
together, so `said @ spelled` has less than half of the numbers of their product, and is multiplied in two steps.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.matching.arrays import Floats

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True, slots=True)
class LiteralRows:
    """Phrasings x features as `said @ spelled + direct`; without the meaning a row has length 1."""

    said: "sparse.csr_array"  #: phrasings x tokens that have letters
    spelled: "sparse.csr_array"  #: those tokens x features: their letters
    direct: "sparse.csr_array"  #: phrasings x features: all else, and less for letters that a phrasing has repeatedly

    def scaled(self, scales: Floats) -> "ScaledRows":
        """The same with each row scaled, ready for products."""
        return ScaledRows(_scaled(self.said, scales), self.spelled, _scaled(self.direct, scales))


class ScaledRows:
    """Products of `LiteralRows` with dense matrices."""

    def __init__(self, said: "sparse.csr_array", spelled: "sparse.csr_array", direct: "sparse.csr_array") -> None:
        from scipy import sparse  # noqa: PLC0415 - as in `Postings`

        stacked = sparse.vstack([spelled, direct], format="csr")
        self._tokens, self.width = spelled.shape
        # The transposed matrices are stored by rows as well, which multiplies faster.
        self._said, self._said_transposed = said, said.tocsc().T
        self._stacked, self._stacked_transposed = stacked, stacked.tocsc().T

    def weights(self, values: Floats) -> Floats:
        """The sum of the rows, weighted by `values`: X'V."""
        parts = np.empty((self._stacked.shape[0], values.shape[1]), np.float32)
        parts[: self._tokens] = self._said_transposed @ values
        parts[self._tokens :] = values
        weights: Floats = self._stacked_transposed @ parts
        return weights

    def products(self, weights: Floats) -> Floats:
        """Each row times `weights`: XW."""
        parts = self._stacked @ weights
        products: Floats = parts[self._tokens :]
        products += self._said @ parts[: self._tokens]
        return products


def _scaled(rows: "sparse.csr_array", scales: Floats) -> "sparse.csr_array":
    scaled = rows.copy()
    scaled.data *= np.repeat(scales, np.diff(rows.indptr))
    return scaled
