"""An accepted update, and how to wait until Telegram may delete it."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bot.telegram_api.incoming import Incoming


@dataclass(slots=True, eq=False)
class PendingUpdate:
    """An accepted update."""

    incoming: Incoming
    accepted_at: float  #: on the event loop's clock
    is_done: bool = False
    is_safe: bool = False
    #: whether another replica handles it; then it is not safe, and nothing is done about it here
    is_elsewhere: bool = False
    _callbacks: list[Callable[[], None]] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The update_id."""
        return self.incoming.id

    def when_safe(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the update becomes safe; it must not be safe yet."""
        self._callbacks.append(callback)

    def set_safe(self) -> None:
        """Record that Telegram may delete the update."""
        self.is_safe = True
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


async def wait_until_safe(updates: Collection[PendingUpdate], seconds: float) -> None:
    """Return when all are safe, or after `seconds`. Cheaper than a task for each update."""
    left = len(updates)
    if not left:
        return
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            end()

    def end() -> None:
        if not ready.done():
            ready.set_result(None)

    for update in updates:
        update.when_safe(note)
    timer = loop.call_later(seconds, end)
    try:
        await ready
    finally:
        timer.cancel()
