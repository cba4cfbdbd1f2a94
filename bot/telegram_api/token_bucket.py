"""A token bucket, used for every rate limit of the bot."""

from dataclasses import dataclass

#: The tolerance for rounding errors of seconds times tokens.
_ROUNDING = 1e-6


@dataclass(slots=True)
class TokenBucket:
    """Tokens that arrive at a rate, up to `depth`; below zero they were used in advance."""

    rate: float  #: tokens per second
    depth: float
    level: float
    at: float  #: the time of `level`, in seconds; in the future while the bucket is closed

    def fill(self, now: float) -> float:
        """The level at this time."""
        if now > self.at:
            self.level = min(self.depth, self.level + (now - self.at) * self.rate)
            self.at = now
        return self.level

    def draw(self, number: float) -> None:
        """Use tokens; at most one second's tokens in advance."""
        self.level = max(-self.rate, self.level - number)

    def put_back(self, number: float, now: float) -> None:
        """Return tokens that were not used; a closed bucket stays empty."""
        self.level = min(self.depth if now >= self.at else 0.0, self.level + number)

    def wait(self, level: float, now: float) -> float:
        """Seconds until this level is reached."""
        missing = level - self.fill(now)
        return max(0.0, self.at - now) + missing / self.rate if missing > _ROUNDING else 0.0

    def close(self, until: float) -> None:
        """Empty the bucket and keep it empty until then."""
        self.level, self.at = min(self.level, 0.0), max(self.at, until)
