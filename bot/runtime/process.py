"""The process that runs the bot: signals, exit codes, background tasks, and interpreter settings."""

import asyncio
import ctypes
import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from bot.errors import OperatorError
from bot.log_config import error_location, quiet_loop
from bot.log_output import STANDARD_ERROR

_HOUR = 3600.0
#: Seconds from the signal to the end of the process, even if something still waits; a supervisor kills after ten.
_SECONDS_TO_END = 9.0
#: Seconds that threads get after the work is done.
_SECONDS_FOR_THREADS = 1.0
#: The parameter for the number of heaps in glibc's `mallopt` (malloc.h).
_M_ARENA_MAX = -8

log = structlog.get_logger()


def run_until_signal(work: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """Run the work in an event loop and return the exit code. A signal to end sets the event that the work gets.

    These signals are SIGTERM, SIGINT, SIGQUIT, and SIGHUP, which is sent when a terminal or SSH session ends; a process
    that was started to ignore SIGHUP (`nohup`) still does. SIGUSR1 and SIGUSR2, which tell other programs to reopen
    their logs, are ignored, because by default they would end the process. No core file is written, as it would contain
    the token and citizens' texts.

    The process ends within `_SECONDS_TO_END` of the signal. What has not ended by then is left as a kill would leave
    it: updates that were not handled come again. A thread that trains or checks a version cannot be cancelled, and
    Python waits for it at its end. After the work is done nothing can be lost, so the thread gets
    `_SECONDS_FOR_THREADS`.
    """

    use_one_heap()

    async def work_and_leave() -> int:
        code = await _run(work)
        _do_later(_SECONDS_FOR_THREADS, lambda: os._exit(code))
        return code

    return asyncio.run(work_and_leave())


def _do_later(seconds: float, action: Callable[[], None]) -> None:
    """Run `action` in a separate thread after `seconds`, unless the process ends before."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()


def _leave_unfinished() -> None:
    log.warning("left_unfinished", seconds=_SECONDS_TO_END)
    os._exit(0)


async def _run(work: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        _do_later(_SECONDS_TO_END, _leave_unfinished)

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(quiet_loop)
    for number in _signals_to_leave():
        loop.add_signal_handler(number, stop)
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    try:
        await work(stopping)
    except OperatorError as error:
        STANDARD_ERROR.write(f"{error}\n")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - a traceback may quote the token, or a citizen
        log.critical("died", error=type(error).__name__, place=error_location(error))
        return 1
    return 0


def _signals_to_leave() -> tuple[signal.Signals, ...]:
    always = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
    ignores_hangup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return always if ignores_hangup else (*always, signal.SIGHUP)


async def run_while(holds: Coroutine[Any, Any, None], work: Awaitable[None], stopping: asyncio.Event) -> None:
    """Run the work until it ends. If `holds` raises first, stop the work in order, and raise that exception."""

    async def watch() -> None:
        try:
            await holds
        except OperatorError:
            stopping.set()
            raise

    watching = asyncio.create_task(watch())
    try:
        await work
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


class BackgroundTasks:
    """Background tasks. An exception is logged and ends only its own task."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
        started = [asyncio.create_task(log_failure(work)) for work in works]
        self._tasks += started
        return started

    async def stop(self) -> None:
        """Cancel the running tasks, and wait for them."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def log_failure(work: Awaitable[None]) -> None:
    """Run the work; log exceptions, but let CancelledError through."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a traceback may quote the token, or a citizen
        log.warning("background_task_failed", error=type(error).__name__, place=error_location(error))


async def every_hour(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Repeat the work now and every hour, until cancelled; failures are logged."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever failed is tried again
            log.warning("hourly_work_failed", work=name, error=type(error).__name__)
        await asyncio.sleep(_HOUR)


def use_one_heap() -> None:
    """Make all threads use one heap of the C library; must be called before other threads start.

    Versions of the knowledge are learned in whichever thread is free. With one heap per thread, each would keep the
    memory of its largest version, about twenty megabytes that `malloc_trim` does not reach: 150 publications left 100
    MB. Python's lock lets only one thread at a time allocate anyway. Only glibc has this function.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def tune_interpreter() -> None:
    """Set garbage collection and thread switching for a process with a large knowledge and fast answers.

    To be called after the knowledge is loaded. The objects in memory then stay, so the collector need not scan them;
    answers create few reference cycles, so it may run less often. Together this saves a tenth of the CPU time. New
    versions are trained in a thread next to the answers: with Python's default switch interval of 5 ms, an answer,
    which yields the interpreter a dozen times, would wait 100 ms for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    sys.setswitchinterval(0.0005)
