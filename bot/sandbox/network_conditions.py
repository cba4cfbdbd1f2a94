"""Network conditions, and Telegram's limits."""

from bot.sandbox.faults import Fault, Kind
from bot.sandbox.limits import Limits
from bot.sandbox.state import SandboxState


class NetworkConditions:
    """Latency, faults, flood limits, and the token's validity."""

    state: SandboxState
    #: seconds that every call takes, half of them before Telegram executes it; two numbers are a range
    latency: float | tuple[float, float] = 0.0

    def fault(
        self,
        kind: Kind | str,
        method: str = "",
        *,
        chat_id: int | None = None,
        skip: int = 0,
        times: int | None = None,
        probability: float = 1.0,
        accepted: bool = False,
        seconds: float = 1.0,
        status: int = 500,
    ) -> Fault:
        """Make some calls of a method (or of all) fail, or make calls fail at random; see `Fault`."""
        fault = Fault(Kind(kind), method.lower(), chat_id, skip, times, probability, accepted, seconds, status)
        self.state.faults.script.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Remove all faults; the latency stays."""
        self.state.faults.clear()

    def set_latency(self, low: float, high: float | None = None) -> None:
        """Let every call take this many seconds, or a random time between the two."""
        self.latency = low if high is None else (low, high)

    def set_limits(self, limits: Limits | None) -> None:
        """Set other flood limits; None for none."""
        self.state.flood.change(limits)

    def set_token(self, token: str) -> None:
        """Make another token valid; calls with the old one get 401."""
        self.state.token = token

    def set_patience(self, seconds: float) -> None:
        """Set how long a pressed button or an inline query can be answered."""
        self.state.answer_within = seconds

    def half_latency(self) -> float:
        """The time for one direction of the current call."""
        if isinstance(self.latency, tuple):
            return self.state.faults.random.uniform(*self.latency) / 2
        return self.latency / 2
