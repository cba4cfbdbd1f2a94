"""Waiting that ends when the program is stopped."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def cancel_on_stop(stopping: asyncio.Event, work: Awaitable[T]) -> T | None:
    """Return the result of `work`, or cancel it and return None as soon as `stopping` is set."""
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stop.cancel()
