"""Whether the bot is starting, serving or down, from its process and its health pages."""

from typing import Any

import aiohttp

from bot.sandbox.notifier import Notifier
from bot.sandbox.page.ports import BotState, Json, Ports

_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
#: Seconds that a restart may take; usually less than a minute.
_RESTART = 120.0


class BotStatus:
    """The state of the bot. It is up once /readyz has returned `ok` since the process started."""

    def __init__(self, ports: Ports) -> None:
        self._bot, self._url = ports.bot, ports.health_url
        self._version = ports.version
        self._ready_pid: int | None = None
        self._looked = Notifier()
        self.health: Json | None = None

    @property
    def state(self) -> BotState:
        """The current state of the bot."""
        if self._bot.pid is None:
            return "down"
        if self._bot.pid == self._ready_pid:
            return "up"
        return "starting" if self._bot.starts <= 1 else "restarting"

    def as_json(self, username: str) -> Json:
        """The state for the page."""
        return {
            "state": self.state,
            "pid": self._bot.pid,
            "health": self.health,
            "version": self._version,
            "username": username,
        }

    async def look(self) -> Json | None:
        """The current answers of /healthz and /readyz; None while they are unreachable."""
        pid = self._bot.pid
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            try:
                self.health = {
                    "healthz": await _text(session, f"{self._url}/healthz"),
                    "readyz": await _json(session, f"{self._url}/readyz"),
                }
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                self.health = None
        if self.health and self.health["readyz"].get("status") == "ok":
            self._ready_pid = pid
        self._looked.notify()
        return self.health

    async def until_up(self, within: float = _RESTART) -> None:
        """Return when the bot serves; raise TimeoutError with a sentence after this many seconds."""
        await self._looked.until(lambda: self.state == "up", within, "the bot to serve")


async def _text(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return (await response.text()).strip()


async def _json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        return await response.json()
