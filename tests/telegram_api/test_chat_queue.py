"""Jobs run in order within a chat, independently between chats, and can be abandoned."""

import asyncio
import time
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
    queue, seen, done = ChatQueue(width=1, others_per_second=1e6), [], asyncio.Event()

    async def job(chat: str) -> None:
        seen.append(chat)
        if len(seen) == 101:
            done.set()

    for _ in range(100):
        queue.submit("flood", lambda: job("flood"))
    queue.submit("citizen", lambda: job("citizen"))
    await done.wait()

    assert seen.index("citizen") <= 1


async def test_hundreds_of_groups_that_ask_at_once_leave_most_steps_of_the_event_loop_to_a_person() -> None:
    queue, groups, answered = ChatQueue(), 0, asyncio.Event()

    async def compute() -> None:
        nonlocal groups
        groups += 1
        end = time.process_time() + 0.003
        while time.process_time() < end:
            pass

    async def answer() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        answered.set()

    for group in range(-300, 0):
        queue.submit(group, compute)
    await asyncio.sleep(0.05)
    before = groups
    queue.submit(1, answer)
    await answered.wait()
    assert groups - before < 10, "before the pace, one of them in each step"
    await queue.abandon()


async def test_groups_go_on_while_persons_ask_all_the_time() -> None:
    queue, groups, end = ChatQueue(width=1), 0, asyncio.Event()

    async def note() -> None:
        nonlocal groups
        groups += 1
        if groups == 5:
            end.set()

    async def ask_again(person: int) -> None:
        await asyncio.sleep(0)
        if not end.is_set():
            queue.submit(person + 10, lambda: ask_again(person + 10))

    for group in range(-5, 0):
        queue.submit(group, note)
    for person in range(10):
        queue.submit(person, lambda person=person: ask_again(person))  # type: ignore[misc]
    await asyncio.wait_for(end.wait(), 10)


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
