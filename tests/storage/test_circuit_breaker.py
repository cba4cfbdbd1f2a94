"""Waiting for a server that may hang; the test decides when calls end."""

import asyncio

import pytest

from bot.storage.circuit_breaker import CircuitBreaker


class Server:
    """A server that answers calls once `answers` is set."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.calls = 0

    async def ask(self) -> str:
        """Answer a call."""
        self.calls += 1
        await self.answers.wait()
        return "an answer"


@pytest.fixture
def breaker(monkeypatch: pytest.MonkeyPatch) -> CircuitBreaker:
    """A circuit breaker that gives up soon."""
    monkeypatch.setattr("bot.storage.circuit_breaker._MAX_PATIENCE", 0.1)
    monkeypatch.setattr("bot.storage.circuit_breaker._MAX_CALL", 0.2)
    return CircuitBreaker()


async def at_once() -> str:
    """A call of a server that answers."""
    return "an answer"


async def test_a_result_and_an_error_of_a_call_pass(breaker: CircuitBreaker) -> None:
    async def failing() -> str:
        raise ValueError("a fault")

    assert await breaker.call(at_once) == "an answer"
    with pytest.raises(ValueError, match="a fault"):
        await breaker.call(failing)
    assert not breaker.is_open


async def test_a_silent_server_is_asked_by_one_call_at_a_time_and_nothing_waits(breaker: CircuitBreaker) -> None:
    server = Server()
    with pytest.raises(TimeoutError):
        await breaker.call(server.ask)
    assert breaker.is_open
    for _ in range(100):
        with pytest.raises(TimeoutError):
            await breaker.call(server.ask)
    assert server.calls == 1


async def test_when_the_circuit_opens_all_waiting_calls_are_given_up(breaker: CircuitBreaker) -> None:
    server = Server()
    calls = await asyncio.gather(*(breaker.call(server.ask) for _ in range(10)), return_exceptions=True)
    assert [type(each) for each in calls] == [TimeoutError] * 10
    assert breaker.is_open


async def test_a_call_that_was_given_up_goes_on_and_its_end_closes_the_circuit(breaker: CircuitBreaker) -> None:
    server = Server()
    with pytest.raises(TimeoutError):
        await breaker.call(server.ask)
    server.answers.set()
    while breaker.is_open:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)
    assert await breaker.call(server.ask) == "an answer"


async def test_after_all_calls_failed_the_next_one_is_the_probe_and_is_not_awaited(breaker: CircuitBreaker) -> None:
    server, lost = Server(), asyncio.Event()

    async def failing() -> str:
        await lost.wait()
        raise ConnectionError

    with pytest.raises(TimeoutError):
        await breaker.call(failing)
    lost.set()
    await asyncio.sleep(0.01)
    assert breaker.is_open
    with pytest.raises(TimeoutError):
        await breaker.call(server.ask)
    server.answers.set()
    await asyncio.sleep(0.01)
    assert not breaker.is_open


async def test_one_slow_call_beside_others_that_are_answered_does_not_open_the_circuit(breaker: CircuitBreaker) -> None:
    slow = asyncio.create_task(breaker.call(Server().ask))
    while not slow.done():
        await breaker.call(at_once)
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await slow
    assert not breaker.is_open


async def test_a_cancelled_wait_cancels_its_call(breaker: CircuitBreaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.circuit_breaker._MAX_PATIENCE", 60.0)
    monkeypatch.setattr("bot.storage.circuit_breaker._MAX_CALL", 60.0)
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def waiting() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(breaker.call(waiting))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(cancelled.wait(), 10)


@pytest.mark.parametrize(
    ("usual", "patience"),
    [
        pytest.param(0.001, 0.2, id="a fast server"),
        pytest.param(0.1, 0.5, id="a slow one"),
        pytest.param(2.0, 1.5, id="one that hardly works"),
    ],
)
def test_the_patience_follows_what_calls_usually_take(usual: float, patience: float) -> None:
    breaker = CircuitBreaker()
    assert breaker.patience == 1.5
    breaker._times.extend([usual] * 200)
    assert breaker.patience == pytest.approx(patience)


def test_rare_slow_calls_do_not_change_the_patience() -> None:
    breaker = CircuitBreaker()
    breaker._times.extend([0.001] * 195 + [1.0] * 5)
    assert breaker.patience == 0.2
