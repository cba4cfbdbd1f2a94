"""A rate limiter over a clock that tests set."""

from dataclasses import dataclass

GROUP, ANN, BEN = -100, 1, 2


@dataclass
class Clock:
    """A clock that only moves when a test moves it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
