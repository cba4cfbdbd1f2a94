"""What tests bound in seconds is counted also on a busy machine."""

import time

import pytest

from tests.quiet_time import Stopwatch, takes_less_than


def test_waiting_and_computing_count() -> None:
    watch = Stopwatch(with_children=False)
    time.sleep(0.2)
    assert watch.seconds() > 0.19
    until = time.thread_time() + 0.2
    while time.thread_time() < until:
        pass
    assert watch.seconds() > 0.38


async def test_a_body_that_takes_longer_fails() -> None:
    with pytest.raises(AssertionError):
        async with takes_less_than(0.1):
            time.sleep(0.3)  # noqa: ASYNC251 - nothing else runs here
