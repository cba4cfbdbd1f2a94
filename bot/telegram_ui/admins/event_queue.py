"""What happened to broadcasts and was not told yet."""

import asyncio

from bot.broadcasts.model import Progress


class EventQueue:
    """The newest of each broadcast: whoever paused and resumed it meanwhile need not read of the pause."""

    def __init__(self) -> None:
        self._untold: dict[int, Progress] = {}
        self._came = asyncio.Event()

    def broadcast_changed(self, progress: Progress) -> None:
        """Keep it until it is taken."""
        self._untold[progress.broadcast.id] = progress
        self._came.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for news, so long at most; whether there are some."""
        try:
            async with asyncio.timeout(seconds):
                await self._came.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> list[Progress]:
        """All that is there; it counts as told."""
        taken, self._untold = list(self._untold.values()), {}
        self._came.clear()
        return taken
