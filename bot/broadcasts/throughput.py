"""How fast a broadcast goes at the moment."""

from collections import deque

#: Seconds over which it is measured, and between two looks that are remembered.
_OVER, _APART = 10.0, 0.5
#: In less time than this nobody can say, in seconds.
_SHORTEST = 1.0


class ThroughputMeter:
    """Messages per second over the last ten seconds, as far as it is looked at; times are seconds on any clock."""

    def __init__(self, at: float, sent: int) -> None:
        self._looks = deque([(at, sent)])

    def per_second(self, at: float, sent: int) -> float:
        """The speed when so many are sent; 0 in the first second."""
        while len(self._looks) > 1 and at - self._looks[0][0] > _OVER:
            self._looks.popleft()
        if at - self._looks[-1][0] >= _APART:
            self._looks.append((at, sent))
        since, before = self._looks[0]
        return (sent - before) / (at - since) if at - since >= _SHORTEST else 0.0
