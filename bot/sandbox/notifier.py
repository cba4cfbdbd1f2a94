"""Waiting for something to happen, without polling."""

import asyncio
from collections.abc import Callable


class Notifier:
    """Wakes the tasks that wait for a change."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notify(self) -> None:
        """Wake all tasks that are waiting now."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self, within: float | None = None) -> bool:
        """Wait for the next notification; return False if there was none within that many seconds."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        done, _ = await asyncio.wait([future], timeout=within)
        return bool(done)

    async def until(self, condition: Callable[[], bool], within: float, wanted: str) -> None:
        """Return as soon as the condition holds; raise TimeoutError that names `wanted` otherwise."""
        end = asyncio.get_running_loop().time() + within
        while not condition():
            left = end - asyncio.get_running_loop().time()
            if left <= 0 or not await self.next(left):
                if condition():
                    return
                raise TimeoutError(f"after {within} s still waiting for {wanted}")
