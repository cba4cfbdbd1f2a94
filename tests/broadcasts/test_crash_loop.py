"""The program dies at each step in turn (as SQLite's own tests do it): none is lost, none gets a third copy."""

import random
from contextlib import suppress
from itertools import count

import pytest

from bot.broadcasts.model import Broadcast, BroadcastClass
from tests.broadcasts.checker import check
from tests.broadcasts.subscribers import Crashed, CrashPoint, Telegram, confirmed, life_of, opened, subscribe
from tests.storage.databases import Place


async def _live(place: Place, telegram: Telegram, broadcast: Broadcast, crash_point: CrashPoint) -> bool:
    """One life of the program; whether it saw the end of the broadcast."""
    telegram.crash_point = crash_point
    async with opened(place) as store:
        with suppress(Crashed):
            await life_of(store, telegram, crash_point=crash_point).run()
        present = await store.broadcast(broadcast.id)
        assert present
        return present.state == "finished"


async def _die_at_each_step(place: Place, kind: BroadcastClass, recipients: int) -> int:
    """How many steps a broadcast has; each was the last one of a program once."""
    people = range(1, recipients + 1)
    async with opened(place) as store:
        await subscribe(store, people)
    for step in count(1):
        telegram, crash_point = Telegram(), CrashPoint(step)
        async with opened(place) as store:
            broadcast = await confirmed(store, kind)
        ended = await _live(place, telegram, broadcast, crash_point) or await _live(
            place, telegram, broadcast, CrashPoint()
        )
        assert ended, f"it stood still after a death at step {step}"
        check(place, broadcast, telegram.copies, people, deaths=1)
        if not crash_point.blown:
            assert telegram.copies.total() == recipients
            return step
    raise AssertionError


#: `make test` has each kind on one database, `make soak` on the other.
@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("sqlite", "notice"),
        ("postgresql", "once"),
        pytest.param("sqlite", "once", marks=pytest.mark.soak),
        pytest.param("postgresql", "notice", marks=pytest.mark.soak),
    ],
    indirect=["place"],
)
async def test_a_crash_at_any_step_loses_no_recipient(place: Place, kind: BroadcastClass) -> None:
    """Six recipients, and about thirty steps of the program; three on PostgreSQL, where each life costs more."""
    recipients = 6 if place.is_file else 3
    assert await _die_at_each_step(place, kind, recipients) > 3 * recipients


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_a_crash_at_any_step_of_a_longer_broadcast_loses_no_recipient(place: Place, kind: BroadcastClass) -> None:
    """Forty recipients: several full windows, one after the other."""
    assert await _die_at_each_step(place, kind, 40) > 120


async def test_two_crashes_give_no_chat_a_third_copy(place: Place) -> None:
    """The second life dies as well, wherever it is then; pairs of steps by chance."""
    people = range(1, 11)
    chance = random.Random(6)
    async with opened(place) as store:
        await subscribe(store, people)
    for _ in range(12 if place.is_file else 4):
        first, second = chance.randrange(2, 45), chance.randrange(2, 30)
        telegram = Telegram()
        async with opened(place) as store:
            broadcast = await confirmed(store)
        for crash_point in (CrashPoint(first), CrashPoint(second), CrashPoint()):
            if await _live(place, telegram, broadcast, crash_point):
                break
        check(place, broadcast, telegram.copies, people, deaths=2)
