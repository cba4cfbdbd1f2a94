"""Matrices in tiles, for products of a few rows with weights that the processor's caches no longer hold.

A question multiplies one to fifty rows with 13 MB of weights, and reads each only a few times, so it waits for memory.
The library copies weights before it multiplies, except in small products. Tiles make all products small; each is read
from its first byte to its last, which memory is fastest at.
"""

from math import ceil

import numpy as np

from bot.matching.arrays import Floats

#: Columns of a tile; with half or twice as many most products take longer.
_WIDTH = 64
#: The most multiplications in a product that the library computes without a copy.
_SMALL = 1_000_000


def tiled(weights: Floats) -> Floats:
    """A matrix as tiles x its rows x columns of a tile; it must have a multiple of `_WIDTH` columns."""
    return np.ascontiguousarray(weights.reshape(len(weights), -1, _WIDTH).swapaxes(0, 1))


def products(rows: Floats, tiles: Floats, into: Floats | None = None) -> Floats:
    """`rows @ weights`, of which these are the tiles; equal up to rounding. `into` is where it is written."""
    count, height, width = tiles.shape
    result = np.empty((len(rows), count * width), np.float32) if into is None else into
    by_tile = result.reshape(len(rows), count, width).swapaxes(0, 1)
    parts = max(1, ceil(len(rows) * height * width / _SMALL))
    step = max(1, ceil(len(rows) / parts))
    for start in range(0, len(rows), step):
        some = slice(start, start + step)
        np.matmul(rows[some], tiles, out=by_tile[:, some])
    return result
