"""Changes of broadcasts that were not reported to admins yet."""

import asyncio

from bot.broadcasts.model import Progress


class EventQueue:
    """Stores the newest state of each broadcast; a pause that was ended by a resume is not reported."""

    def __init__(self) -> None:
        self._pending: dict[int, Progress] = {}
        self._changed = asyncio.Event()

    def broadcast_changed(self, progress: Progress) -> None:
        """Store the state until it is taken."""
        self._pending[progress.broadcast.id] = progress
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a change, at most `seconds`; return whether there is one."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> list[Progress]:
        """Remove and return all changes."""
        taken, self._pending = list(self._pending.values()), {}
        self._changed.clear()
        return taken
