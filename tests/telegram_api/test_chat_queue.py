"""Order within a chat, none between chats, and an end."""

import asyncio
from collections import defaultdict

from bot.telegram_api.chat_queue import ChatQueue


async def test_each_chat_keeps_its_order_and_chats_run_at_the_same_time() -> None:
    queue, seen, running, most = ChatQueue(width=10), defaultdict[int, list[int]](list), 0, 0
    done = asyncio.Event()

    async def job(chat: int, number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        seen[chat].append(number)
        running -= 1
        if sum(map(len, seen.values())) == 200:
            done.set()

    for number in range(10):
        for chat in range(20):
            queue.submit(chat, lambda chat=chat, number=number: job(chat, number))  # type: ignore[misc]
    await done.wait()

    assert dict(seen) == {chat: list(range(10)) for chat in range(20)}
    assert most == 10


async def test_a_chat_that_floods_waits_for_one_that_does_not() -> None:
    queue, seen, done = ChatQueue(width=1), [], asyncio.Event()

    async def job(chat: str) -> None:
        seen.append(chat)
        if len(seen) == 101:
            done.set()

    for _ in range(100):
        queue.submit("flood", lambda: job("flood"))
    queue.submit("citizen", lambda: job("citizen"))
    await done.wait()

    assert seen.index("citizen") <= 1


async def test_a_job_that_waits_delays_only_its_own_chat() -> None:
    queue, gate, seen, done = ChatQueue(), asyncio.Event(), [], asyncio.Event()

    async def note(what: str) -> None:
        seen.append(what)
        if what == "other":
            done.set()

    async def wait() -> None:
        await gate.wait()

    queue.submit(1, wait)
    queue.submit(1, lambda: note("behind"))
    queue.submit(2, lambda: note("other"))
    await done.wait()
    assert seen == ["other"]
    await queue.abandon()
    gate.set()
    await asyncio.sleep(0)
    assert seen == ["other"]
