"""The log of the bot's calls for the page."""

import asyncio
import time

from bot.sandbox.call_log import Call
from bot.sandbox.faults import Kind
from bot.sandbox.page.feed import Feed
from bot.sandbox.page.ports import Json
from bot.sandbox.server import Sandbox

#: Seconds between two events, and the most calls in one. If there are more, the last ones are sent; the numbers show a
#: gap.
_PAUSE, _MAX_ROWS = 0.25, 100
#: The most calls that a page gets when it asks for earlier ones.
_MAX_ASKED = 300
_SUMMARY = 80
#: How the bot notices a fault.
_FAULTS = {
    Kind.FLOOD: "429 Too Many Requests",
    Kind.RESET: "no answer: the connection was reset",
}


class CallFeed:
    """Numbers calls from 1, and sends new ones."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._record = sandbox.record
        self._sent = 0

    async def run(self, feed: Feed) -> None:
        """Send new calls, at most four times a second, until cancelled."""
        while True:
            if self._sent == len(self._record.calls):
                await self._record.grown.next()
            start, self._sent = self._sent, len(self._record.calls)
            feed.publish("calls", calls=self._rows(max(start, self._sent - _MAX_ROWS)))
            await asyncio.sleep(_PAUSE)

    def since(self, number: int) -> list[Json]:
        """The calls after this one, at most the last 300."""
        return self._rows(max(number, len(self._record.calls) - _MAX_ASKED))

    def _rows(self, start: int) -> list[Json]:
        return [_row(number, call) for number, call in enumerate(self._record.calls[start:], start + 1)]


def _row(number: int, call: Call) -> Json:
    return {
        "n": number,
        "at": time.time() - (time.monotonic() - call.at),
        "method": call.method,
        "chat": call.chat_id,
        "summary": _summary(call),
        "ms": round(call.ms, 1),
        "result": _result(call),
    }


def _summary(call: Call) -> str:
    """The subject of a call: the updates in its answer, or the beginning of the text."""
    if call.method == "getUpdates":
        return ", ".join(call.updates)
    text = " ".join((call.text or str(call.payload.get("action", ""))).split())
    return text if len(text) <= _SUMMARY else f"{text[: _SUMMARY - 1]}…"


def _result(call: Call) -> str:
    if call.fault:
        return _FAULTS.get(Kind(call.fault), call.fault)
    return "ok" if call.accepted else f"{call.status} {call.description}"
