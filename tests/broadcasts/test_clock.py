"""The system clock is set while a broadcast is sent: nothing waits for it, and no recipient gets two messages."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.broadcasts.checkpoint import CheckpointFile
from tests.broadcasts.sending_env import Clock, SendingEnv, sending_env, working
from tests.broadcasts.subscribers import confirmed, opened
from tests.storage.databases import Place

JUMPS = [
    timedelta(minutes=-10),
    timedelta(hours=1),
    *(pytest.param(timedelta(days=days), marks=pytest.mark.soak) for days in (-1, 1)),
]


@pytest.fixture
async def env(place: Place) -> AsyncIterator[SendingEnv]:
    """A sandbox with people, and a database of either kind."""
    async with sending_env(place) as found:
        yield found


@dataclass
class Boot:
    """The uptime of a system that was started long ago."""

    seconds: float = 1e6

    def __call__(self) -> tuple[str, float]:
        """Return a later time at each call."""
        self.seconds += 1
        return "boot", self.seconds


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_jump_in_the_middle_is_logged_and_does_not_stop_the_rest(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """One message waits for a second attempt then: it is due after two seconds, whatever the system clock says."""
    monkeypatch.setattr("bot.broadcasts.worker._HEARTBEAT", 0.05)
    env.subscribe(80)
    env.sandbox.set_latency(0.02)
    env.sandbox.fault("flood", "sendMessage", skip=20, times=1, seconds=2)
    clock = Clock()
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        with capture_logs() as logs:
            async with working(env.life(store, now=clock)) as life:
                await env.takes(20)
                await asyncio.sleep(0.3)  # what came of the 21st message is stored, and nothing else is sent yet
                clock.jump(jump)
                await life.tells("finished")

    jumps = [line["seconds"] for line in logs if line["event"] == "clock_jumped"]
    assert jumps == [pytest.approx(jump.total_seconds(), abs=5)]
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_jump_over_a_restart_does_not_stop_the_rest(env: SendingEnv, tmp_path: Path, jump: timedelta) -> None:
    """How long the program was away is read from a clock that never jumps."""
    env.subscribe(60)
    clock, checkpoint = Clock(), CheckpointFile(tmp_path / "broadcasts.json", uptime=Boot())
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store, now=clock, checkpoint=checkpoint)):
            await env.takes(20)
    clock.jump(jump)
    async with opened(env.place) as store:
        life = env.life(store, now=clock, checkpoint=checkpoint)
        await life.run()

    assert life.events() == ["started", "finished"]
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_where_no_clock_runs_on_the_time_of_the_system_counts(env: SendingEnv, tmp_path: Path) -> None:
    """A restart of the machine: a long absence asks an admin."""
    env.subscribe(60)
    clock, path = Clock(), tmp_path / "broadcasts.json"
    async with opened(env.place) as store:
        await confirmed(store)
        async with working(env.life(store, now=clock, checkpoint=CheckpointFile(path, uptime=lambda: ("one", 5.0)))):
            await env.takes(20)
    clock.jump(timedelta(hours=1))
    async with opened(env.place) as store:
        life = env.life(store, now=clock, checkpoint=CheckpointFile(path, uptime=lambda: ("two", 9.0)))
        async with working(life):
            assert (await life.tells("paused")).broadcast.paused_for == "absence"
