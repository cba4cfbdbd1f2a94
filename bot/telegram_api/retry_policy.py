"""How long to wait after an error of Telegram. Every wait of the transport is decided here.

- **An answer** (`AnswerRetries`). 429: `retry_after`, at most five minutes in total. No connection: 0.5 s, doubled up
  to 30 s, without end, because nothing was sent. Unknown outcome: sent at most twice; after a 5xx at most six times.
- **A preview** (`PreviewRetries`), for which an admin waits. 429: `retry_after` if it is at most ten seconds, three
  times.
- **getUpdates and the calls at the start** (`ConnectionRetries`). 429: `retry_after`, at most five minutes. Another
  program polls: 3 s. Any other error: 0.25 s, doubled up to 15 s.
- **Every call with a refused token**, 401 or 404 (`TokenGate`): one call in 22 seconds for all callers together. These
  are at most three a minute, and the bot is back within thirty seconds.
- **A delivery of a broadcast** follows the state machine of deliveries: `bot.broadcasts.delivery.settle`.

`flood_wait` reads the wait of a 429 for all of these. A wait delays only its own chat: see `chat_queue`.
`RateLimiter.on_flood` decides what a 429 in one chat means for broadcasts.
"""

import asyncio
import time
from contextlib import suppress

from telegram.error import Conflict, InvalidToken, TelegramError

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.telegram_api.health import Health
from bot.telegram_api.request_errors import FloodError

WRONG_TOKEN = (
    "Telegram does not accept TELEGRAM_BOT_TOKEN; copy the token from @BotFather again"  # noqa: S105
    " (/mybots shows it), and look whether it was revoked."
)
SECOND_BOT = "Another program fetches this bot's messages; stop it, or give this one its own token."
#: Seconds between two calls with a refused token: at most three calls a minute, and back within 30 seconds.
TOKEN_INTERVAL = 22.0
#: The most seconds that one answer waits in total after 429s; then it is given up.
MAX_FLOOD_WAIT = 300.0
#: The most attempts to send an answer with an unknown outcome: a lost answer is worse than two, and three would annoy.
#: After an error that the server itself reports, it is more likely that nothing was sent.
MAX_COPIES, MAX_SERVER_ERRORS = 2, 6
#: Seconds to wait after a 429 without a time: Telegram counts messages per second.
_UNKNOWN_FLOOD_WAIT = 1.0
#: Seconds between two attempts to send an answer without a connection: the first wait, doubled up to the longest.
_FIRST_ANSWER_WAIT, _MAX_ANSWER_WAIT = 0.5, 30.0
#: The same for getUpdates and the calls at the start. The longest is short, since nobody is answered meanwhile.
_FIRST_POLL_WAIT, _MAX_POLL_WAIT = 0.25, 15.0
#: Seconds to wait if another program polls: each call ends the other's, so if both retry at once, neither gets
#: anything.
_CONFLICT_WAIT = 3.0
#: The longest 429 that an admin waits for during a preview, in seconds, and how often.
_MAX_PREVIEW_WAIT, _MAX_PREVIEW_RETRIES = 10.0, 3


def flood_wait(asked: float | None) -> float:
    """Seconds to wait after a 429 or another error with `retry_after`; None if Telegram gives no time."""
    return _UNKNOWN_FLOOD_WAIT if asked is None else asked


class AnswerRetries:
    """The retries of one answer; call `next_wait` with the outcome of each attempt."""

    def __init__(self) -> None:
        self._wait = _FIRST_ANSWER_WAIT
        self._flood_wait = 0.0
        self._copies = 0
        self._server_errors = 0

    def next_wait(self, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None: the outcome is final."""
        if self._is_final(outcome):
            return None
        backoff, self._wait = self._wait, min(self._wait * 2, _MAX_ANSWER_WAIT)
        return outcome.retry_after if isinstance(outcome, NotSent) and outcome.why == "flood" else backoff

    def _is_final(self, outcome: Outcome) -> bool:
        match outcome:
            case Sent() | Refused() | NotSent(why="migrated"):
                return True
            case NotSent(why="flood"):
                self._flood_wait += outcome.retry_after
                return self._flood_wait > MAX_FLOOD_WAIT
            case NotSent():
                return False
            case Unknown(why):
                self._server_errors += why == "server"
                self._copies += why != "server"
                return self._copies >= MAX_COPIES or self._server_errors >= MAX_SERVER_ERRORS


class PreviewRetries:
    """The retries of one preview, for which an admin waits."""

    def __init__(self) -> None:
        self._retries = 0

    def next_wait(self, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None: the outcome is final."""
        self._retries += 1
        match outcome:
            case NotSent(why="flood", retry_after=wait) if wait <= _MAX_PREVIEW_WAIT:
                return wait if self._retries <= _MAX_PREVIEW_RETRIES else None
            case _:
                return None


class ConnectionRetries:
    """The waits between calls that are repeated until Telegram answers; `health` says why it does not."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._wait = _FIRST_POLL_WAIT

    def next_wait(self, error: TelegramError) -> float:
        """Report the error; return the seconds until the next call. `TokenGate` delays refused tokens."""
        wait, self._wait = self._wait, min(self._wait * 2, _MAX_POLL_WAIT)
        match error:
            case FloodError():
                return min(error.seconds, MAX_FLOOD_WAIT)
            case InvalidToken():
                return 0.0
            case Conflict():
                self._health.report("second_bot", SECOND_BOT)
                return max(wait, _CONFLICT_WAIT)
            case _:
                self._health.report("unreachable", f"{error.message}; it is tried again.")
                return wait

    def succeeded(self) -> None:
        """Reset the waits, because Telegram answered."""
        self._wait = _FIRST_POLL_WAIT
        self._health.resolve("unreachable", "second_bot")


class TokenGate:
    """Limits calls while Telegram refuses the token: every 22 seconds one caller tries, the others wait."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._accepted = asyncio.Event()
        self._accepted.set()
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether Telegram accepted the token in the last call."""
        return self._accepted.is_set()

    async def wait(self) -> None:
        """Return when the caller may call: at once while the token is accepted, otherwise when an attempt is due."""
        while not self._accepted.is_set():
            left = self._next_try - time.monotonic()
            if left <= 0:
                self._next_try = time.monotonic() + TOKEN_INTERVAL
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._accepted.wait()

    def record(self, *, accepted: bool) -> None:
        """Record whether Telegram accepted the token."""
        if accepted and not self._accepted.is_set():
            self._accepted.set()
            self._health.resolve("token_refused")
        elif not accepted:
            if self._accepted.is_set():
                self._next_try = time.monotonic() + TOKEN_INTERVAL
            self._accepted.clear()
            self._health.report("token_refused", WRONG_TOKEN)
