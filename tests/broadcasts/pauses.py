"""What must hold of a broadcast that is paused until an admin resumes it."""

from typing import Any

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.model import Broadcast, PauseReason
from tests.broadcasts.sending_env import Clock, SendingEnv, acts_of, eventually, working
from tests.broadcasts.subscribers import CrashingQueue, CrashPoint, opened


async def asks_and_goes_on(
    env: SendingEnv,
    broadcast: Broadcast,
    why: PauseReason,
    *,
    clock: Clock,
    checkpoint: CheckpointFile,
    **others: Any,
) -> None:
    """Check that it is paused for this reason, announced once even after a restart, and ends when resumed."""
    taken = len(env.sandbox.record.sends())
    async with opened(env.place) as store:
        async with working(env.life(store, now=clock, checkpoint=checkpoint, **others)) as life:
            paused = await life.tells("paused")
            assert (paused.broadcast.id, paused.broadcast.paused_for) == (broadcast.id, why)
        crash_point = CrashPoint()
        life = env.life(store, deliveries=CrashingQueue(store, crash_point), now=clock, checkpoint=checkpoint, **others)
        async with working(life):
            await eventually(lambda: crash_point.steps >= 2)
            assert life.events() == []
            assert len(env.sandbox.record.sends()) == taken
            await acts_of(store, life, clock).resume(broadcast.id, 1)
            await life.tells("finished")
