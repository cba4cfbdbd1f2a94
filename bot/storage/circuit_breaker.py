"""Stops waiting for a database server that hangs: a frozen process, a stalled disk, a network that drops packets.

An answer waits for two calls to the server: the claim of its update, if there are replicas, and its chat's record. Both
have a fallback (answer without the claim; take the record from memory, or the language from Telegram), so neither may
wait long. Both go through one circuit breaker:

    closed --a call waited `patience` seconds, and the server answered no call meanwhile--> open
    open --a call that was begun earlier, or the probe, succeeds--> closed

- **Closed.** A call is awaited. If it takes longer than `_MAX_CALL`, only this call is abandoned.
- **Open.** A call raises TimeoutError at once, and so do calls that are being awaited. If no earlier call is running, a
  new one is started but not awaited: the probe.
- **Abandoned calls are not cancelled.** They continue in the background until the server answers or the connection ends
  (4 seconds, see `postgresql`). So a claim still takes effect if the server answers late.

`patience` adapts to the server: `_FACTOR` times the 95th percentile of recent calls, between `_MIN_PATIENCE` and
`_MAX_PATIENCE`. On a quiet machine it is 0.2 s, so a question waits at most that long when the server begins to hang. A
slow server gets more time. Two things do not count as silence: time in which this process itself did not run (it is
measured in slices, and a late slice counts as one), and waiting for a connection while other calls are answered.

The cost of a false alarm: the updates of that moment are answered without a claim. One of them is answered twice only
if Telegram also sends it to another replica before the late claim is stored, that is, if its call was not answered
either.

Tests: tests/storage/test_circuit_breaker.py; with a frozen server, test_replica.py and test_postgresql_faults.py.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

#: Seconds of silence after which the server counts as hanging: the least; and the most, also used until enough is
#: measured.
_MIN_PATIENCE, _MAX_PATIENCE = 0.2, 1.5
#: The most seconds that a call is awaited.
_MAX_CALL = 2.0
#: The patience is this many times the 95th percentile of the last calls.
_FACTOR = 5.0
#: The number of calls that are measured, and the least for a percentile.
_MEASURED, _ENOUGH = 200, 10
#: Seconds between two checks of a call that is being awaited.
_SLICE = 0.05
_Result = TypeVar("_Result")


class CircuitBreaker:
    """Calls to one server."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_MEASURED)
        self._late: set[asyncio.Task[Any]] = set()
        self._answered_at = float("-inf")
        self.is_open = False  #: whether the server hangs

    @property
    def patience(self) -> float:
        """Seconds of silence after which the server counts as hanging."""
        if len(self._times) < _ENOUGH:
            return _MAX_PATIENCE
        usual = sorted(self._times)[len(self._times) * 95 // 100]
        return min(max(_MIN_PATIENCE, _FACTOR * usual), _MAX_PATIENCE)

    async def call(self, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """Return the result of `work`, or raise its error; raises TimeoutError if the server hangs."""
        if self.is_open and self._late:
            raise TimeoutError
        began, task = asyncio.get_running_loop().time(), asyncio.create_task(work())
        if not self.is_open and await self._ends(task):
            result = task.result()
            self._note_answer(began)
            return result
        self._late.add(task)
        task.add_done_callback(self._ended_late)
        raise TimeoutError

    async def _ends(self, task: asyncio.Task[Any]) -> bool:
        """Whether a call ends in time; opens the circuit if the server was silent too long."""
        patience, waited, silent, answered_at = self.patience, 0.0, 0.0, self._answered_at
        try:
            while waited < _MAX_CALL and silent < patience and not self.is_open:
                if (await asyncio.wait((task,), timeout=_SLICE))[0]:
                    return True
                waited += _SLICE
                silent = silent + _SLICE if answered_at == self._answered_at else 0.0
                answered_at = self._answered_at
        except asyncio.CancelledError:
            task.cancel()
            raise
        self.is_open |= silent >= patience
        return False

    def _note_answer(self, began: float) -> None:
        now = asyncio.get_running_loop().time()
        self._times.append(now - max(began, self._answered_at))
        self._answered_at = now

    def _ended_late(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and task.exception() is None:
            self.is_open = False
            self._answered_at = asyncio.get_running_loop().time()
