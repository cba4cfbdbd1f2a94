"""When sending stops by itself: Telegram is not there, or takes nothing of this kind."""

from dataclasses import dataclass

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown

#: So many failures in a row mean that Telegram is not there.
MOST_FAILURES = 5
#: Seconds until it is asked whether it is back.
PAUSE = 30.0
#: So many messages in a row that Telegram refuses for their content mean that it is the broadcast.
MOST_CONTENT_ERRORS = 20


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """What the last outcomes say of the line (a circuit breaker; M. Nygard, Release It!, 2007)."""

    failures: int = 0
    content_errors: int = 0
    trying: bool = False  #: Telegram answers again, and one message at a time shows whether it is so

    @property
    def is_open(self) -> bool:
        """Whether nothing should be sent until Telegram was asked."""
        return self.failures >= MOST_FAILURES

    @property
    def refused(self) -> bool:
        """Whether Telegram refuses the content of whatever is sent."""
        return self.content_errors >= MOST_CONTENT_ERRORS

    def limit(self, window: int) -> int:
        """How many messages may be on their way: no more than may still fail."""
        return 1 if self.trying else min(window, MOST_CONTENT_ERRORS - self.content_errors)

    def after(self, outcome: Outcome) -> "CircuitBreaker":
        """What is known after one more outcome."""
        match outcome:
            case Sent():
                return CircuitBreaker()
            case Refused("content"):
                return CircuitBreaker(content_errors=self.content_errors + 1)
            case Refused() | NotSent("flood" | "migrated"):
                return CircuitBreaker(content_errors=self.content_errors)
            case NotSent() | Unknown():
                failures = MOST_FAILURES if self.trying else self.failures + 1
                return CircuitBreaker(failures, self.content_errors)

    def answered(self) -> "CircuitBreaker":
        """Telegram answered when it was asked."""
        return CircuitBreaker(content_errors=self.content_errors, trying=True)
