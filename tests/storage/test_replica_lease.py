"""The lease of the replica that sends, and what replicas tell each other."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import StorageError
from bot.runtime.replication import SenderRole
from bot.storage import Store
from bot.storage import replica as replica_module
from bot.storage.replica import Shown
from tests.postgres import Server
from tests.quiet_time import takes_less_than
from tests.storage.databases import Place, Update, server_place
from tests.storage.replicas import ANN, NOON, of, own, publish, replicas, until


@pytest.fixture
def place(postgresql: Server) -> Place:
    """A database with all tables."""
    return server_place(postgresql)


async def test_another_replica_wakes_the_sender(place: Place) -> None:
    async with replicas(place) as (first, second):
        of(first).may_lead = True
        await of(first).send_heartbeat()
        before = of(first).view.wakes
        await of(second).wake_sender()
        await of(first).send_heartbeat()
        assert of(first).view.wakes > before


async def fail_to_write(store: Store, seconds: float) -> None:
    """Write for this time, and fail each time; send heartbeats as well."""
    began = replica_module._clock()
    while replica_module._clock() - began < seconds:
        with pytest.raises(StorageError):
            await store.choose_language(ANN, "ru")
        await of(store).send_heartbeat()
        await asyncio.sleep(0.1)


async def test_a_sender_whose_writes_fail_while_it_beats_lets_another_replica_send(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.replica._CANNOT_WRITE", 1.0)
    place.refuse_writes("chats", application="broken")
    broken = replace(place, address=f"{place.address}&application_name=broken")
    async with replicas(broken, 1) as (first,), replicas(place, 1) as (second,):
        of(first).may_lead = True
        await of(first).send_heartbeat()
        of(second).may_lead = True
        await fail_to_write(first, 0.5)
        assert of(first).is_sender  # not for one failure
        await fail_to_write(first, 1.0)
        await until(lambda: of(second).is_sender)
        assert not of(first).is_sender
        await second.choose_language(ANN, "zh")
        assert of(first).may_send  # it answers on

        await of(second).leave()
        await of(first).send_heartbeat()
        assert not of(first).is_sender  # it pauses, because its writes may fail still
        of(first)._leads_from = 0.0
        await of(first).send_heartbeat()
        assert of(first).is_sender


async def test_a_sender_whose_writes_fail_keeps_the_lease_while_it_is_alone_and_when_one_of_its_writes_succeeds(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.replica._CANNOT_WRITE", 0.5)
    place.refuse_writes("chats", application="broken")
    broken = replace(place, address=f"{place.address}&application_name=broken")
    async with replicas(broken, 1) as (first,):
        of(first).may_lead = True
        await of(first).send_heartbeat()
        await fail_to_write(first, 1.0)
        assert of(first).is_sender
        await first.handled([1], NOON)
        async with replicas(place, 1) as (second,):
            of(second).may_lead = True
            await of(first).send_heartbeat()
            await of(second).send_heartbeat()
            assert of(first).is_sender


async def test_the_work_of_the_sender_ends_when_it_loses_the_lease_and_begins_again_with_it(place: Place) -> None:
    begun, ended, stopping = asyncio.Semaphore(0), asyncio.Semaphore(0), asyncio.Event()

    async def work(ending: asyncio.Event) -> None:
        begun.release()
        await ending.wait()
        ended.release()

    async with replicas(place, 1) as (store,), asyncio.timeout(150):
        working = asyncio.create_task(SenderRole(of(store), lambda: None).while_held(work, stopping))
        await of(store).send_heartbeat()
        assert begun.locked()  # not the sender yet
        of(store).may_lead = True
        await begun.acquire()
        of(store).may_lead = False
        place.execute("DELETE FROM leases")
        await ended.acquire()
        of(store).may_lead = True
        await begun.acquire()
        stopping.set()
        await ended.acquire()
        await working


@pytest.fixture
def slow_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without notifications, nothing would be seen in time."""
    monkeypatch.setattr("bot.storage.replica.HEARTBEAT_INTERVAL", 60.0)


_LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


async def until_listening(place: Place, number: int) -> None:
    """Wait until this many replicas listen for notifications."""
    await until(lambda: len(place.execute(_LISTENERS)) == number)


@pytest.mark.usefixtures("slow_heartbeats")
async def test_a_publication_is_noticed_at_once_by_the_other_replicas(place: Place) -> None:
    async with replicas(place, 3) as (first, second, third):
        await until_listening(place, 3)
        await publish(first, "one", "")
        await until(lambda: of(second).view.knowledge == of(third).view.knowledge == "one", within=1.0)


@pytest.mark.usefixtures("slow_heartbeats")
async def test_notifications_come_again_after_their_connection_was_lost(place: Place) -> None:
    async with replicas(place) as (first, second):
        await until_listening(place, 2)
        place.execute(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS ended")
        await until_listening(place, 2)
        await publish(first, "one", "")
        await until(lambda: of(second).view.knowledge == "one", within=1.0)


@pytest.mark.usefixtures("slow_heartbeats")
async def test_what_was_published_while_a_replica_did_not_listen_is_noticed_when_it_listens_again(place: Place) -> None:
    async with replicas(place) as (first, second):
        await until_listening(place, 2)
        place.execute(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS ended")
        await publish(first, "one", "")
        await until(lambda: of(second).view.knowledge == "one", within=3.0)


@pytest.mark.usefixtures("slow_heartbeats")
async def test_the_end_of_a_claim_is_told_when_an_update_waits_for_it(place: Place) -> None:
    async with replicas(place) as (first, second):
        await until_listening(place, 2)
        assert await own(first, Update(1)) == {1}
        assert await own(second, Update(2, raw={"update_id": 2})) == set()
        heartbeat = asyncio.create_task(of(second).next_heartbeat())
        await first.handled([1], NOON)
        async with takes_less_than(1.0):
            await heartbeat
        assert await second.parked() == [(2, '{"update_id": 2}')]


@pytest.mark.usefixtures("slow_heartbeats")
async def test_the_lease_of_a_replica_that_leaves_is_taken_at_once(place: Place) -> None:
    async with replicas(place, 1) as (second,):
        await until_listening(place, 1)
        async with replicas(place, 1) as (first,):
            of(first).may_lead = True
            await of(first).send_heartbeat()
            assert of(first).is_sender
            of(second).may_lead = True
        await until(lambda: of(second).is_sender, within=1.0)


async def test_a_chat_changed_by_one_replica_is_read_anew_by_the_other(place: Place) -> None:
    async with replicas(place) as (first, second):
        assert (await second.read(ANN)).language is None
        await first.choose_language(ANN, "ru")
        await second.claim([Update(1)], NOON)
        assert (await second.read(ANN)).language == "ru"


async def test_without_the_database_a_replica_goes_on_answering_but_sends_no_broadcast(
    postgresql: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.replica._FRESH", 1.5)
    async with replicas(place, 1) as (store,):
        postgresql.stop()
        try:
            await until(lambda: not of(store).may_send)
            await of(store).confirm()
        finally:
            postgresql.start()
        await until(lambda: of(store).may_send)
        await store.choose_language(ANN, "ru")


async def test_replicas_see_what_the_others_need_of_the_rate_limit(place: Place) -> None:
    async with replicas(place, 3) as (first, second, third):
        of(first).show = lambda: Shown("v1", answers=4.0, flood=60.0)
        of(second).show = lambda: Shown("v1", answers=2.5)
        of(third).show = lambda: Shown("v2")
        for store in (first, second, third):
            await of(store).send_heartbeat()
        view = of(third).view
        assert (view.replicas, view.answers, view.apart) == (3, 6.5, 2)
        assert 50 < view.flood <= 60
