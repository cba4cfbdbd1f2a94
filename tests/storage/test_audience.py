"""The recipients of a broadcast are recorded in chunks, in either database."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from statistics import median, quantiles
from typing import TypeVar

import pytest

from bot.broadcasts.model import Audience
from bot.storage import Store
from tests.quiet_time import Stopwatch
from tests.storage.broadcast_factories import NOON, insert_subscribers, queued, sending, states, subscribers
from tests.storage.databases import Place

ANN, BEN, CAT, DAN, GROUP, NEW = 11, 12, 13, 14, -100, -1_001_000
Result = TypeVar("Result")


@pytest.mark.parametrize(
    ("audience", "recipients"),
    [
        ("everybody", {GROUP, ANN, BEN, CAT}),
        ("zh", {GROUP, BEN}),
        ("ru", {ANN}),
        ("en", {CAT}),
        ("test", {BEN}),
    ],
)
async def test_recipients_are_the_subscribers_of_the_audience(
    store: Store, place: Place, audience: Audience, recipients: set[int]
) -> None:
    """By the language that they chose, else that of their Telegram, else the city's; groups are subscribers too."""
    await subscribers(store, ANN, CAT, telegram_language="ru")
    await subscribers(store, BEN, GROUP)
    await store.choose_language(CAT, "en")
    await store.choose_language(DAN, "ru")
    broadcast = await sending(store, audience=audience, testers=[BEN, DAN])

    assert states(place) == dict.fromkeys(sorted(recipients), "pending")
    assert (broadcast.state, broadcast.gathered, broadcast.total) == ("sending", True, len(recipients))


async def test_many_recipients_are_written_down_in_parts_each_once(store: Store, place: Place) -> None:
    """A chunk also contains chats that are not subscribed; they do not become recipients."""
    insert_subscribers(place, 5_000)
    place.execute("UPDATE chats SET subscribed_since = NULL, language = 'ru' WHERE chat_id % 2 = 0")
    broadcast = (await store.take_over((await queued(store)).id, NOON)).broadcast
    totals = []
    while await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON):
        found = await store.broadcast(broadcast.id)
        totals.append((found.state, found.total) if found else None)

    assert totals == [("gathering", 1_000), ("gathering", 2_000)]
    assert list(states(place)) == [*range(1, 5_000, 2)]
    assert not await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON)
    assert place.execute("SELECT state, total, cursor FROM broadcasts") == [("sending", 2_500, None)]


async def test_a_broadcast_that_was_paused_while_recipients_were_written_down_stays_so(store: Store) -> None:
    await subscribers(store, ANN)
    broadcast = (await store.take_over((await queued(store)).id, NOON)).broadcast
    await store.move_broadcast(broadcast.id, ["gathering"], "paused", None)
    assert not await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON)

    assert [(found.state, found.gathered) for found in await store.broadcasts()] == [("paused", True)]


async def test_a_cancelled_broadcast_gets_no_further_recipients(store: Store, place: Place) -> None:
    await subscribers(store, ANN)
    broadcast = (await store.take_over((await queued(store)).id, NOON)).broadcast
    await store.move_broadcast(broadcast.id, ["gathering"], "cancelled", None)
    assert not await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON)

    assert states(place) == {}


async def test_a_group_that_moves_while_recipients_are_written_down_is_neither_missed_nor_doubled(
    store: Store, place: Place
) -> None:
    """Its new id may be below or above those that are recorded already."""
    insert_subscribers(place, 6_000, first=-5_000)
    await subscribers(store, 9_000)
    broadcast = (await store.take_over((await queued(store)).id, NOON)).broadcast
    assert await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON)
    await store.migrate(500, NEW)
    await store.migrate(-4_003, 10_000)
    while await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON):
        pass

    found = await store.broadcast(broadcast.id)
    assert {NEW, 10_000} < set(states(place))
    assert not {500, -4_003} & set(states(place))
    assert found is not None
    assert found.total == place.count("deliveries") == place.count("chats") == 6_001


@pytest.mark.soak
async def test_a_million_recipients_delay_no_other_call(
    store: Store, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each chunk is short, the event loop stays responsive, and buttons are served between two chunks.

    The bounds are those of the promise to citizens, 50 ms; the test prints what a chunk costs here.
    """
    insert_subscribers(place, 1_000_000)
    broadcast = (await store.take_over((await queued(store)).id, NOON)).broadcast
    parts: list[float] = []
    presses: list[float] = []
    waits: list[float] = []

    async def part() -> bool:
        return await store.gather(broadcast.id, 1, testers=[], default="zh", now=NOON)

    async def gathering() -> None:
        while await timed(part, parts):
            pass

    async def pressing() -> None:
        while True:
            await timed(lambda: store.choose_language(ANN, "ru"), presses)
            await asyncio.sleep(0.02)

    async def timing() -> None:
        while True:
            await timed(lambda: asyncio.sleep(0.005), waits)

    others = [asyncio.create_task(pressing()), asyncio.create_task(timing())]
    await gathering()
    for other in others:
        other.cancel()
    late = [wait - 0.005 for wait in waits]
    with capsys.disabled():
        sys.stdout.write(f"\n{figures('part', parts)}; {figures('press', presses)}; {figures('late', late)}\n")

    assert place.count("deliveries") == 1_000_000
    assert median(parts) < 0.05
    assert quantiles(late, n=100)[98] < 0.05


async def timed(act: Callable[[], Awaitable[Result]], seconds: list[float]) -> Result:
    """Run an act, note its duration and return its result."""
    watch = Stopwatch()
    result = await act()
    seconds.append(watch.seconds())
    return result


def figures(name: str, seconds: list[float]) -> str:
    """The distribution of durations in words."""
    cuts = quantiles(seconds, n=100)
    timings = [f"{1000 * value:.1f}" for value in (cuts[49], cuts[98], max(seconds))]
    return f"{name} {len(seconds)} times, p50/p99/most {'/'.join(timings)} ms"
