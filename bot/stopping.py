"""Waiting that ends early: when the program is stopped, or when there is work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def waking_on_stop(stopping: asyncio.Event, wake: Callable[[], None]) -> Iterator[None]:
    """Call `wake` when `stopping` is set inside this context."""

    async def wake_when_set() -> None:
        await stopping.wait()
        wake()

    watching = asyncio.create_task(wake_when_set())
    try:
        yield
    finally:
        watching.cancel()


async def wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most `seconds`; it is set afterwards."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
