"""The pieces of the vocabulary and their beginnings, in a hash table of arrays that are mapped from a file."""

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.matching.stored_arrays import Arrays

#: The size of the hash table of prefixes: a power of two, twice the number of prefixes in the package.
_SLOTS = 2**19
#: The most prefixes in the cache, which takes three megabytes.
_PREFIXES = 16_384


def slots_of(prefixes: Sequence[bytes]) -> NDArray[np.int32]:
    """A hash table: the number of a prefix, counted from 1, in the first free slot from its checksum on; 0: free."""
    slots = [0] * _SLOTS
    for number, prefix in enumerate(prefixes, 1):
        slot = crc32(prefix) % _SLOTS
        while slots[slot]:
            slot = (slot + 1) % _SLOTS
        slots[slot] = number
    return np.array(slots, np.int32)


class Prefixes:
    """Pieces of the vocabulary and their prefixes, looked up in mapped memory; a dict would take 43 MB."""

    def __init__(self, tables: Arrays) -> None:
        names = ("prefixes", "prefix_starts", "prefix_slots", "numbers")
        self._texts, self._starts, self._slots, self._numbers = (tables[name].data for name in names)
        #: The number of a piece, from 1; 0 if it is only a prefix of one; None if it is neither. New words begin like
        #: others.
        self.get = lru_cache(_PREFIXES)(self._looked_up)

    def _looked_up(self, prefix: str) -> int | None:
        content = prefix.encode()
        slot = crc32(content) % _SLOTS
        while number := self._slots[slot]:
            if self._texts[self._starts[number - 1] : self._starts[number]] == content:
                found: int = self._numbers[number - 1]
                return found
            slot = (slot + 1) % _SLOTS
        return None
