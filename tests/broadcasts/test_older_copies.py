"""A database that was replaced by an older copy is detected, and the class `once` never arrives twice."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.model import Broadcast, BroadcastClass
from bot.telegram_api.older_copy import count_missing
from tests.broadcasts.checker import records_of
from tests.broadcasts.pauses import asks_and_goes_on
from tests.broadcasts.sending_env import Clock, SendingEnv, acts_of, eventually, working
from tests.broadcasts.subscribers import EDITIONS, HARBIN, Crashed, CrashingQueue, CrashPoint, confirmed, now, opened


def checkpoint_path(env: SendingEnv) -> Path:
    """The checkpoint beside the database."""
    return env.place.path.with_name("broadcasts.json")


def counting(number: int | None) -> Callable[[Broadcast], Awaitable[int | None]]:
    """What the program gets when it counts the missing messages."""

    async def count(broadcast: Broadcast) -> int | None:
        return number

    return count


async def missing_in(env: SendingEnv) -> int | None:
    """Count the missing messages as the program does at its start."""
    env.sandbox.person("Admin", number=10_001)
    env.sandbox.state.people[10_001].seen = env.sandbox.state.people[10_001].started = True
    async with opened(env.place) as store:
        return await count_missing(env.client, store, text="probe", chats=[10_001])


@dataclass
class Restored:
    """A broadcast in the database as it was before the last messages were sent."""

    broadcast: Broadcast
    forgotten: int  #: messages of which the database knows nothing


async def restored(
    env: SendingEnv,
    checkpoint: CheckpointFile,
    *,
    kind: BroadcastClass = "notice",
    pause: bool = False,
    started: bool = True,
    more: int = 10,
    file: bool = False,
) -> Restored:
    """Copy the database before or in the middle of a broadcast, send more, and put the copy back.

    `file`: the file beside it is copied and put back with it.
    """
    env.subscribe(120)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, kind)
        life = env.life(store, checkpoint=checkpoint)
        async with working(life):
            await env.takes(20)
            if pause:
                await acts_of(store, life).pause(broadcast.id, 1)
                await life.tells("paused")
    if not started:
        env.place.execute(f"UPDATE broadcasts SET state = 'queued', active_at = NULL WHERE id = {broadcast.id}")
        env.place.execute("UPDATE deliveries SET state = 'pending', attempts = 0")
    async with opened(env.place) as store:
        await store.note_newest_message(env.client.numbers.newest)
    marks = checkpoint_path(env).read_bytes()
    backup = env.place.path.with_name("backup.db")
    with closing(sqlite3.connect(env.place.path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    before = len(env.sandbox.record.sends()) if started else 0
    async with opened(env.place) as store:
        life = env.life(store, checkpoint=checkpoint)
        async with working(life):
            if pause:
                await acts_of(store, life).resume(broadcast.id, 1)
            if started:
                await env.takes(before + more)
    for beside in ("-wal", "-shm"):
        env.place.path.with_name(env.place.path.name + beside).unlink(missing_ok=True)
    backup.replace(env.place.path)
    if file:
        checkpoint_path(env).write_bytes(marks)
    return Restored(broadcast, len(env.sandbox.record.sends()) - before)


@pytest.mark.parametrize("pause", [False, True])
@pytest.mark.parametrize("lost", [False, True])
async def test_an_older_copy_of_the_database_is_found_out_before_anybody_gets_a_copy(
    env: SendingEnv, checkpoint: CheckpointFile, tmp_path: Path, *, pause: bool, lost: bool
) -> None:
    """Also one that an admin had paused before, and without the file beside the database; an admin may say yes."""
    copy = await restored(env, checkpoint, pause=pause)
    if lost:
        (tmp_path / "broadcasts.json").unlink()

    await asks_and_goes_on(env, copy.broadcast, "restore", clock=Clock(), checkpoint=checkpoint)

    env.check(copy.broadcast, uncertain=copy.forgotten)
    assert sum(number > 1 for number in env.copies(copy.broadcast).values()) == copy.forgotten


@pytest.mark.parametrize("pause", [False, True])
@pytest.mark.parametrize("lost", [False, True])
async def test_after_a_restore_the_class_once_is_not_sent_twice(
    env: SendingEnv, checkpoint: CheckpointFile, tmp_path: Path, *, pause: bool, lost: bool
) -> None:
    """Those of whom the copy knows nothing are unknown: they may have it."""
    copy = await restored(env, checkpoint, kind="once", pause=pause)
    if lost:
        (tmp_path / "broadcasts.json").unlink()

    await asks_and_goes_on(env, copy.broadcast, "restore", clock=Clock(), checkpoint=checkpoint)

    assert set(env.copies(copy.broadcast).values()) == {1}
    records = records_of(env.place, copy.broadcast)
    assert records.of("sent") | records.of("unknown", "restored") == set(env.people)
    assert records.of("sent").isdisjoint(records.of("unknown"))


async def test_a_copy_from_before_the_start_sends_nothing_of_the_class_once(
    env: SendingEnv, checkpoint: CheckpointFile, tmp_path: Path
) -> None:
    """Only the lost file shows that it may have been sent."""
    copy = await restored(env, checkpoint, kind="once", started=False)
    (tmp_path / "broadcasts.json").unlink()

    await asks_and_goes_on(env, copy.broadcast, "restore", clock=Clock(), checkpoint=checkpoint)

    assert set(env.copies(copy.broadcast).values()) == {1}
    assert records_of(env.place, copy.broadcast).of("unknown", "restored") == set(env.people)


async def test_a_file_that_was_never_there_is_not_lost(env: SendingEnv, checkpoint: CheckpointFile) -> None:
    """The first start after an update of the program asks no admin."""
    env.subscribe(20)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        await env.life(store, checkpoint=checkpoint).run()

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_a_draft_of_an_older_copy_that_was_sent_meanwhile_asks_when_it_is_confirmed(
    env: SendingEnv, checkpoint: CheckpointFile
) -> None:
    env.subscribe(20)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once", starts_at=now() + timedelta(hours=1))
        life = env.life(store, checkpoint=checkpoint)
        async with working(life):
            await checkpoint.note(broadcast, now())  # it was sent, and the database was replaced by a copy
            await store.move_broadcast(broadcast.id, ["queued"], "queued", None, starts_at=now())
            life.sender.wake()
            assert (await life.tells("paused")).broadcast.paused_for == "restore"
            await acts_of(store, life).resume(broadcast.id, 1)
            await life.tells("finished")

    assert not env.copies(broadcast)


@pytest.mark.parametrize("pause", [False, True])
async def test_a_copy_with_its_file_is_recognised_by_the_numbers_of_telegram(
    env: SendingEnv, checkpoint: CheckpointFile, *, pause: bool
) -> None:
    copy = await restored(env, checkpoint, kind="once", pause=pause, more=30, file=True)
    missing = await missing_in(env)

    assert missing is not None
    assert missing >= copy.forgotten
    await asks_and_goes_on(
        env, copy.broadcast, "restore", clock=Clock(), checkpoint=checkpoint, count_missing=counting(missing)
    )

    assert set(env.copies(copy.broadcast).values()) == {1}


@pytest.mark.parametrize("pause", [False, True])
async def test_after_a_copy_that_lacks_few_messages_the_next_of_the_class_once_are_unknown(
    env: SendingEnv, checkpoint: CheckpointFile, *, pause: bool
) -> None:
    """So few may be answers that were sent during a crash, so no admin is asked."""
    copy = await restored(env, checkpoint, kind="once", pause=pause, more=3, file=True)
    missing = await missing_in(env)
    assert missing is not None
    assert copy.forgotten <= missing <= 20
    async with opened(env.place) as store:
        life = env.life(store, checkpoint=checkpoint, count_missing=counting(missing))
        async with working(life):
            if pause:
                await eventually(lambda: _is_withheld(env, missing))
                await acts_of(store, life).resume(copy.broadcast.id, 1)
            await life.tells("finished")
        assert "paused" not in life.events()

    assert set(env.copies(copy.broadcast).values()) == {1}
    assert len(records_of(env.place, copy.broadcast).of("unknown", "restored")) == missing


def _is_withheld(env: SendingEnv, number: int) -> bool:
    [(found,)] = env.place.execute("SELECT count(*) FROM deliveries WHERE reason = 'restored'")
    [(state,)] = env.place.execute("SELECT state FROM broadcasts")
    return (found, state) == (number, "paused")


async def test_after_a_crash_the_messages_in_flight_are_not_taken_for_those_of_an_older_copy(
    env: SendingEnv, checkpoint: CheckpointFile
) -> None:
    env.subscribe(60)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        await store.note_newest_message(0)
        crash_point = CrashPoint(12)
        life = env.life(store, deliveries=CrashingQueue(store, crash_point), checkpoint=checkpoint)
        with pytest.raises(Crashed):
            await life.run()
    missing = await missing_in(env)
    async with opened(env.place) as store:
        life = env.life(store, checkpoint=checkpoint, count_missing=counting(missing))
        await life.run()

    records = env.check(broadcast, deaths=1)
    assert life.events() == ["started", "finished"]
    assert not records.of("unknown", "restored")
    assert set(env.copies(broadcast).values()) == {1}


async def test_a_draft_of_a_recognised_copy_asks_when_it_is_confirmed(
    env: SendingEnv, checkpoint: CheckpointFile
) -> None:
    env.subscribe(20)
    async with opened(env.place) as store:
        await confirmed(store, "notice", starts_at=now() + timedelta(hours=1))
        draft = await store.new_broadcast(2, now(), HARBIN)
        assert await store.rewrite_broadcast(replace(draft, editions=EDITIONS, kind="once"))
        life = env.life(store, checkpoint=checkpoint, count_missing=counting(100))
        async with working(life):
            await life.tells("paused")
            await store.move_broadcast(draft.id, ["draft"], "queued", None, starts_at=now())
            life.sender.wake()
            assert (await life.tells("paused", 2)).broadcast.id == draft.id
            await acts_of(store, life).resume(draft.id, 1)
            await life.tells("finished")

    assert not env.copies(draft)


async def test_messages_that_citizens_wrote_meanwhile_are_not_missing(env: SendingEnv) -> None:
    env.sandbox.person("Admin", number=10_001)
    env.sandbox.state.people[10_001].seen = env.sandbox.state.people[10_001].started = True
    ann = env.sandbox.person("Ann")
    async with opened(env.place) as store:
        number = await env.client.post_message("sendMessage", {"chat_id": 10_001, "text": "before"})
        await store.note_newest_message(number)
        for _ in range(5):
            env.sandbox.write(ann, "hello")
        assert await count_missing(env.client, store, text="probe", chats=[ann, 10_001]) == 0
        assert env.sandbox.texts(10_001) == ["before"]


async def test_without_a_known_number_or_a_reachable_admin_nothing_is_told(env: SendingEnv) -> None:
    async with opened(env.place) as store:
        assert await count_missing(env.client, store, text="probe", chats=[]) is None
        await store.note_newest_message(5)
        assert await count_missing(env.client, store, text="probe", chats=[404]) is None
