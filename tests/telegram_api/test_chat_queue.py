"""Order within a chat, none between chats, and an end."""

import asyncio
from collections import defaultdict

from bot.telegram_api.chat_queue import ChatQueue


async def test_each_lane_keeps_its_order_and_lanes_run_at_the_same_time() -> None:
    lanes, seen, running, most = ChatQueue(width=10), defaultdict[int, list[int]](list), 0, 0
    done = asyncio.Event()

    async def job(lane: int, number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        seen[lane].append(number)
        running -= 1
        if sum(map(len, seen.values())) == 200:
            done.set()

    for number in range(10):
        for lane in range(20):
            lanes.submit(lane, lambda lane=lane, number=number: job(lane, number))  # type: ignore[misc]
    await done.wait()

    assert dict(seen) == {lane: list(range(10)) for lane in range(20)}
    assert most == 10


async def test_a_chat_that_floods_waits_behind_one_that_does_not() -> None:
    lanes, seen, done = ChatQueue(width=1), [], asyncio.Event()

    async def job(lane: str) -> None:
        seen.append(lane)
        if len(seen) == 101:
            done.set()

    for _ in range(100):
        lanes.submit("flood", lambda: job("flood"))
    lanes.submit("citizen", lambda: job("citizen"))
    await done.wait()

    assert seen.index("citizen") <= 1


async def test_one_that_waits_holds_up_only_its_own_lane() -> None:
    lanes, gate, seen, done = ChatQueue(), asyncio.Event(), [], asyncio.Event()

    async def note(what: str) -> None:
        seen.append(what)
        if what == "other":
            done.set()

    async def wait() -> None:
        await gate.wait()

    lanes.submit(1, wait)
    lanes.submit(1, lambda: note("behind"))
    lanes.submit(2, lambda: note("other"))
    await done.wait()
    assert seen == ["other"]
    await lanes.abandon()
    gate.set()
    await asyncio.sleep(0)
    assert seen == ["other"]
