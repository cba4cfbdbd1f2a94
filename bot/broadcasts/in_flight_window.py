"""How many messages of a broadcast are on their way at a time: what a crash may send twice."""

import math
from collections import deque

#: On their way at a time: so many suffice at 30 per second up to 0.2 s each, and never more than the other.
USUAL, WIDEST = 8, 16
_REMEMBERED = 100


class InFlightWindow:
    """Little's law with some room: rate times the time that nearly all messages take, plus two."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._times: deque[float] = deque(maxlen=_REMEMBERED)
        self._noted = 0
        self.size = USUAL

    def note(self, seconds: float) -> None:
        """A message took so long; every tenth time the size follows the last hundred."""
        self._times.append(seconds)
        self._noted += 1
        if self._noted % 10 == 0:
            slow = sorted(self._times)[int(0.95 * (len(self._times) - 1))]
            self.size = max(USUAL, min(WIDEST, math.ceil(self._per_second * slow) + 2))
