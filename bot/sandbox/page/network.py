"""Faults of the page: Telegram is slow, down, or sends 429."""

from bot.sandbox.call_log import SENDS
from bot.sandbox.faults import Kind
from bot.sandbox.page.ports import Json
from bot.sandbox.server import Sandbox

#: Default seconds of a call when Telegram is slow, and of a retry_after.
_SLOW, _RETRY_AFTER = 3.0, 5.0
#: Methods that a 429 affects besides messages.
_EDITS = ("editmessagetext", "editmessagecaption", "editmessagereplymarkup", "answercallbackquery")


class Network:
    """The active faults."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.faults: Json = {"kind": "none", "seconds": None}

    def set(self, kind: str, seconds: float | None) -> None:
        """Switch on one kind of fault, and switch off all others."""
        sandbox = self._sandbox
        sandbox.clear_faults()
        sandbox.set_latency(0.0)
        if kind == "slow":
            seconds = seconds or _SLOW
            sandbox.set_latency(seconds)
        elif kind == "429":
            seconds = seconds or _RETRY_AFTER
            for method in (*SENDS, *_EDITS):
                sandbox.fault(Kind.FLOOD, method, seconds=seconds)
        elif kind == "down":
            sandbox.fault(Kind.RESET)
            sandbox.drop_connections()
        self.faults = {"kind": kind, "seconds": seconds}
