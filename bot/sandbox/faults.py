"""Faults of the network and of the server, scripted or random."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a call fails."""

    #: the connection is reset without an answer
    RESET = "reset"
    #: there is never an answer, and the connection stays open
    HANG = "hang"
    #: the answer is late
    DELAY = "delay"
    #: a server error with Telegram's JSON body
    ERROR = "error"
    #: a server error with a proxy's HTML body
    HTML = "html"
    #: status 200 with a body that is not JSON
    GARBAGE = "garbage"
    #: status 200 with half of the JSON
    TRUNCATED = "truncated"
    #: status 200 without a body
    EMPTY = "empty"
    #: the connection closes in the middle of the body
    CUT = "cut"
    #: 429 with retry_after
    FLOOD = "flood"


@dataclass(slots=True)
class Fault:
    """One instruction; the first one that matches a call applies."""

    kind: Kind
    #: lower case; empty for every method
    method: str = ""
    chat_id: int | None = None
    #: the number of matching calls to leave alone first
    skip: int = 0
    #: the number of calls that fail; None for all
    times: int | None = None
    probability: float = 1.0
    #: whether Telegram executes the call before it fails
    accepted: bool = False
    #: the length of a delay, or retry_after
    seconds: float = 1.0
    #: the HTTP status for ERROR and HTML
    status: int = 500

    def fits(self, method: str, chat_id: int | None) -> bool:
        """Whether it applies to this call."""
        return self.method in ("", method) and self.chat_id in (None, chat_id)


class Faults:
    """The script; random faults come from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  (repeatable, not secret)
        self.script: list[Fault] = []

    def clear(self) -> None:
        """Remove all faults; calls that hang keep hanging."""
        self.script.clear()

    def draw(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault for this call, counted off."""
        return next((fault for fault in self._fitting(method, chat_id) if self._strikes(fault)), None)

    def _fitting(self, method: str, chat_id: int | None) -> Iterable[Fault]:
        return (fault for fault in self.script if fault.fits(method, chat_id) and fault.times != 0)

    def _strikes(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.probability < 1 and self.random.random() >= fault.probability:
            return False
        if fault.times is not None:
            fault.times -= 1
        return True
