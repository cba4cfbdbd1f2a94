"""Seconds as they are on a machine with nothing else to do: a test may bound them, however busy its machine is.

A thread that could work and has no processor, because other programs have them all, waits in a queue, and Linux counts
for how long. What is left without these waits is what the program itself needs: its computing, its timers and locks,
and whatever it waits for. Where nobody counts, as on macOS, all seconds are left.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

#: Seconds after which a test has failed, on any machine.
_PATIENCE = 300.0
#: Seconds between two looks: of a process that has ended, only what was seen of it counts.
_GLANCE = 0.1


class Stopwatch:
    """Measures from its creation on."""

    def __init__(self, *, with_children: bool = True) -> None:
        """Of this process and all that it started, or of this one alone, which is read in a tenth of a millisecond."""
        self._with_children = with_children
        self._begun = time.monotonic()
        self._before: dict[str, int] = {}
        self._queued = self._before = self._look()

    def _look(self) -> dict[str, int]:
        """Nanoseconds in the queue of each thread, since it began."""
        processes = _family(os.getpid()) if self._with_children else [os.getpid()]
        queued = {}
        for thread in (thread for process in processes for thread in _threads(process)):
            with suppress(OSError, IndexError):  # it ended, or nobody counts
                queued[str(thread)] = int((thread / "schedstat").read_text().split()[1])
        return queued

    def seconds(self) -> float:
        """Seconds until now, without those in a queue."""
        self._queued = self._queued | self._look()
        queued = sum(each - self._before.get(thread, 0) for thread, each in self._queued.items())
        return max(0.0, time.monotonic() - self._begun - queued / 1e9)


@asynccontextmanager
async def takes_less_than(seconds: float) -> AsyncIterator[None]:
    """Fail if the body takes longer on a machine with nothing else to do."""
    watch = Stopwatch()
    looking = asyncio.create_task(_looks(watch))
    try:
        async with asyncio.timeout(_PATIENCE):
            yield
    finally:
        looking.cancel()
    assert watch.seconds() < seconds


async def _looks(watch: Stopwatch) -> None:
    while True:
        await asyncio.sleep(_GLANCE)
        watch.seconds()


def _threads(process: int) -> list[Path]:
    with suppress(OSError):
        return list(Path(f"/proc/{process}/task").iterdir())
    return []


def _family(process: int) -> Iterator[int]:
    yield process
    for thread in _threads(process):
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))
