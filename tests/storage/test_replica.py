"""Several processes at one PostgreSQL database: who handles an update, who sends, what a replaced one can still do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import OperatorError, ReplacedError, StorageError
from bot.people.ports import AuditEntry
from bot.publishing.ports import StaleVersionError, Version
from bot.replication import SenderRole
from bot.storage import Store, open_store
from bot.storage import replica as replica_module
from bot.storage.circuit_breaker import CircuitBreaker
from bot.storage.replica import Replica, Shown
from tests.postgres import Server
from tests.quiet_time import takes_less_than
from tests.storage.databases import Place, Update, server_place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = 11


@pytest.fixture
def place(postgresql: Server) -> Place:
    """A database with all tables."""
    return server_place(postgresql)


@asynccontextmanager
async def replicas(place: Place, number: int = 2) -> AsyncIterator[list[Store]]:
    """Replicas in one process."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(place.address, shared=True)) for _ in range(number)]
        for store in stores:
            await stack.enter_async_context(store.joined())
        yield stores


def of(store: Store) -> Replica:
    """The replica of a store."""
    assert store.replica is not None
    return store.replica


def breaker_of(store: Store) -> CircuitBreaker:
    """The circuit breaker of a store."""
    assert store._breaker is not None
    return store._breaker


async def own(store: Store, *updates: Update) -> set[int]:
    """What a replica may handle."""
    return set((await store.claim(updates, NOON)).own)


async def until(condition: Callable[[], bool], within: float = 15.0) -> None:
    """Return when it holds."""
    async with takes_less_than(within):
        while not condition():  # noqa: ASYNC110 - the condition has no event
            await asyncio.sleep(0.02)


async def silence(place: Place, store: Store, other: Store) -> None:
    """A replica has not beaten for long, and another one notices."""
    place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '1 minute' WHERE id = {of(store).id}")
    replica = of(other)
    replica._settled_since -= 60
    await replica.beat()


async def test_two_replicas_start_at_once_in_an_empty_database(postgresql: Server) -> None:
    place = server_place(postgresql, empty=True)
    async with AsyncExitStack() as stack:
        opened = [stack.enter_async_context(open_store(place.address, shared=True)) for _ in range(2)]
        first, second = await asyncio.gather(*opened)
        async with first.joined(), second.joined():
            assert of(first).id != of(second).id


async def test_before_it_joins_a_process_may_call_telegram(place: Place) -> None:
    async with open_store(place.address, shared=True) as store:
        await of(store).confirm()
        async with store.joined():
            await of(store).confirm()
            await store.choose_language(ANN, "ru")


async def test_replicas_and_a_bot_that_polls_refuse_each_other(place: Place) -> None:
    async with replicas(place, 1):
        with pytest.raises(OperatorError, match="Another bot works on"):
            async with open_store(place.address):
                pass
    async with open_store(place.address):
        with pytest.raises(OperatorError, match="Another bot works on"):
            async with open_store(place.address, shared=True):
                pass


async def test_an_update_belongs_to_one_replica_until_it_is_handled(place: Place) -> None:
    async with replicas(place) as (first, second):
        assert await own(first, Update(5)) == {5}
        assert (await second.claim([Update(5)], NOON)).elsewhere == {5}
        await first.handled([5], NOON)
        claimed = await second.claim([Update(5)], NOON)
        assert (claimed.own, claimed.elsewhere) == (set(), set())
    assert place.count("update_claims") == 0


async def test_a_hundred_copies_at_once_have_one_owner(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("_LONGEST", "_LONGEST_CALL"):
        monkeypatch.setattr(f"bot.storage.circuit_breaker.{limit}", 30.0)  # a busy machine must not make a claim fail
    async with replicas(place, 3) as stores:
        claims = await asyncio.gather(*(stores[n % 3].claim([Update(7)], NOON) for n in range(99)))
        owners = {n % 3 for n, claimed in enumerate(claims) if claimed.own}
        assert len(owners) == 1


async def test_a_chat_that_is_busy_elsewhere_is_answered_in_order_there(place: Place) -> None:
    async with replicas(place) as (first, second):
        assert await own(first, Update(1)) == {1}
        await first.park([Update(1)], NOON)  # slow, so Telegram sends the next one
        waiting = await second.claim([Update(2, raw={"update_id": 2})], NOON)
        assert (waiting.own, waiting.elsewhere) == (set(), set())
        assert await own(second, Update(3, chat=99)) == {3}
        assert await second.parked() == []
        assert await own(first, Update(4, raw={"update_id": 4})) == set()  # behind the second one
        assert await first.parked() == [(2, '{"update_id": 2}'), (4, '{"update_id": 4}')]
        await first.handled([1, 2, 4], NOON)
        assert await own(second, Update(5)) == {5}
    assert place.count("parked_updates") == 0


async def test_while_the_server_hangs_no_claim_is_waited_for_and_a_late_one_still_holds(
    place: Place, postgresql: Server
) -> None:
    async with replicas(place) as (first, second):
        with postgresql.frozen():
            with pytest.raises(StorageError, match="Timeout"):
                await first.claim([Update(1)], NOON)
            assert breaker_of(first).is_open
            with pytest.raises(StorageError, match="Timeout"):
                await first.claim([Update(2, chat=12)], NOON)
        await until(lambda: not breaker_of(first).is_open)
        assert (await second.claim([Update(1)], NOON)).elsewhere == {1}
        assert (await own(second, Update(2, chat=12))) == {2}
        assert await own(first, Update(3, chat=13)) == {3}


async def test_an_answer_takes_the_language_from_memory_while_the_server_hangs(
    place: Place, postgresql: Server
) -> None:
    async with replicas(place, 1) as (store,):
        await store.choose_language(ANN, "ru")
        await store.read(ANN)
        with postgresql.frozen():
            with pytest.raises(StorageError, match="Timeout"):
                await store.claim([Update(1, chat=ANN)], NOON)
            assert (await store.read(ANN)).language == "ru"
            with pytest.raises(StorageError, match="Timeout"):
                await store.read(ANN + 1)
        await until(lambda: not breaker_of(store).is_open)
        assert (await store.read(ANN + 1)).language is None


async def test_no_answer_waits_for_a_beat_while_the_server_hangs(place: Place, postgresql: Server) -> None:
    async with replicas(place, 1) as (store,):
        ages = []
        with postgresql.frozen():
            for _ in range(85):
                ages.append(replica_module._clock() - of(store)._tried_at)
                await asyncio.sleep(0.1)
        assert max(ages) < replica_module._FRESH


async def test_an_update_without_a_claim_gets_one_with_its_chat_when_it_is_parked(
    place: Place,
) -> None:
    """The database was away when the first one came, and is back before it is done."""
    async with replicas(place) as (first, second):
        await first.park([Update(1)], NOON)
        assert await own(second, Update(2, raw={"update_id": 2}), Update(3, chat=99)) == {3}
        assert await second.parked() == []
        await first.handled([1], NOON)
        assert await second.parked() == [(2, '{"update_id": 2}')]


async def test_a_claim_that_was_stored_too_late_does_not_block_its_chat(place: Place) -> None:
    async with replicas(place) as (first, second):
        assert await own(first, Update(1)) == {1}
        (late,) = place.execute("SELECT update_id, chat, replica_id FROM update_claims")
        await first.handled([1], NOON)
        place.execute(f"INSERT INTO update_claims VALUES ({late[0]}, '{late[1]}', {late[2]})")
        assert await own(second, Update(2, raw={"update_id": 2})) == set()
        assert await second.parked() == [(2, '{"update_id": 2}')]


async def test_what_a_replica_leaves_is_taken_over_at_once(place: Place) -> None:
    async with replicas(place, 1) as (second,):
        async with replicas(place, 1) as (first,):
            assert await own(first, Update(1), Update(2, chat=8)) == {1, 2}
            await first.park([Update(1)], NOON)
        assert await second.parked() == [(1, "{}")]
        assert await own(second, Update(2, chat=8)) == {2}


async def test_a_replaced_replica_writes_nothing_and_sends_nothing(place: Place) -> None:
    async with replicas(place) as (first, second):
        assert await own(first, Update(1), Update(2, chat=8)) == {1, 2}
        await first.park([Update(1)], NOON)
        of(first).may_lead = True
        await of(first).beat()
        assert of(first).is_sender
        assert of(first).may_send
        of(second).may_lead = True
        await silence(place, first, second)
        assert of(second).is_sender
        assert of(second).has_seen_others

        for write in (first.choose_language(ANN, "ru"), first.handled([1], NOON), first.park([Update(2)], NOON)):
            with pytest.raises(StorageError, match="another one has taken its work over"):
                await write
        assert (await first.claim([Update(3)], NOON)).elsewhere == {3}
        assert not of(first).may_send
        with pytest.raises(asyncio.CancelledError):
            await of(first).confirm()
        with pytest.raises(ReplacedError):
            await first.watch_lock()
        assert await second.parked() == [(1, "{}")]
        assert await own(second, Update(2, chat=8)) == {2}


async def test_a_replica_whose_connection_ended_is_replaced_soon_and_one_that_is_only_slow_is_not(place: Place) -> None:
    async with replicas(place) as (first, second):
        of(second)._settled_since -= 60
        place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '7 s' WHERE id = {of(first).id}")
        await of(second).beat()
        assert place.count("replicas") == 2
        place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '7 s' WHERE id = {of(first).id}")
        place.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {of(first).id}"
        )
        await of(second).beat()
        assert place.count("replicas") == 1


async def test_an_open_transaction_of_a_frozen_replica_delays_its_successor_but_not_for_long(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.postgresql._REPLICA_IDLE_TIMEOUT", 1_000)
    async with replicas(place) as (first, second):
        async with AsyncExitStack() as stack:
            version, line = Version("d", ANN, "sent", NOON), AuditEntry(NOON, ANN, "publish", "x", "", "")
            publication = first.recording(version, b"city:", line, draft=None)
            await publication.__aenter__()
            await silence(place, first, second)
            assert place.count("replicas") == 2
            await asyncio.sleep(1.5)
            await silence(place, first, second)
            assert place.count("replicas") == 1
            with pytest.raises(StorageError):
                await publication.__aexit__(None, None, None)
            stack.pop_all()
        assert await second.versions() == []


async def test_of_two_publications_at_once_one_is_stale(place: Place) -> None:
    line = AuditEntry(NOON, ANN, "publish", "x", "", "")
    async with replicas(place) as (first, second):
        async with first.recording(Version("one", ANN, "sent", NOON), b"1", line, draft=None, base=""):
            pass

        async def publish(store: Store, digest: str) -> bool:
            try:
                async with store.recording(
                    Version(digest, ANN, "sent", NOON), digest.encode(), line, draft=None, base="one"
                ):
                    await asyncio.sleep(0.1)
            except StaleVersionError:
                return False
            return True

        assert sorted(await asyncio.gather(publish(first, "two"), publish(second, "three"))) == [False, True]
        await asyncio.gather(of(first).beat(), of(second).beat())
        assert of(first).view.knowledge == of(second).view.knowledge in ("two", "three")


async def test_an_older_program_ends_when_the_schema_is_newer(place: Place) -> None:
    async with replicas(place, 1) as (store,):
        place.execute("UPDATE alembic_version SET version_num = '9999'")
        await of(store).beat()
        with pytest.raises(OperatorError, match="written by a newer Minsheng"):
            await store.watch_lock()


async def test_another_replica_wakes_the_sender(place: Place) -> None:
    async with replicas(place) as (first, second):
        of(first).may_lead = True
        await of(first).beat()
        before = of(first).view.wakes
        await of(second).wake_sender()
        await of(first).beat()
        assert of(first).view.wakes > before


async def fail_to_write(store: Store, seconds: float) -> None:
    """Write for this time, and fail each time; beat as well."""
    began = replica_module._clock()
    while replica_module._clock() - began < seconds:
        with pytest.raises(StorageError):
            await store.choose_language(ANN, "ru")
        await of(store).beat()
        await asyncio.sleep(0.1)


async def test_a_sender_whose_writes_fail_while_it_beats_lets_another_replica_send(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.replica._CANNOT_WRITE", 1.0)
    place.refuse_writes("chats", application="broken")
    broken = replace(place, address=f"{place.address}&application_name=broken")
    async with replicas(broken, 1) as (first,), replicas(place, 1) as (second,):
        of(first).may_lead = True
        await of(first).beat()
        of(second).may_lead = True
        await fail_to_write(first, 0.5)
        assert of(first).is_sender  # not for one failure
        await fail_to_write(first, 1.0)
        await until(lambda: of(second).is_sender)
        assert not of(first).is_sender
        await second.choose_language(ANN, "zh")
        assert of(first).may_send  # it answers on

        await of(second).leave()
        await of(first).beat()
        assert not of(first).is_sender  # it pauses, because its writes may fail still
        of(first)._leads_from = 0.0
        await of(first).beat()
        assert of(first).is_sender


async def test_a_sender_whose_writes_fail_keeps_the_lease_while_it_is_alone_and_when_one_of_its_writes_succeeds(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.replica._CANNOT_WRITE", 0.5)
    place.refuse_writes("chats", application="broken")
    broken = replace(place, address=f"{place.address}&application_name=broken")
    async with replicas(broken, 1) as (first,):
        of(first).may_lead = True
        await of(first).beat()
        await fail_to_write(first, 1.0)
        assert of(first).is_sender
        await first.handled([1], NOON)
        async with replicas(place, 1) as (second,):
            of(second).may_lead = True
            await of(first).beat()
            await of(second).beat()
            assert of(first).is_sender


async def test_the_work_of_the_sender_ends_when_it_loses_the_lease_and_begins_again_with_it(place: Place) -> None:
    begun, ended, stopping = asyncio.Semaphore(0), asyncio.Semaphore(0), asyncio.Event()

    async def work(ending: asyncio.Event) -> None:
        begun.release()
        await ending.wait()
        ended.release()

    async with replicas(place, 1) as (store,), asyncio.timeout(150):
        working = asyncio.create_task(SenderRole(of(store), lambda: None).while_held(work, stopping))
        await of(store).beat()
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
def slow_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without notifications, nothing would be seen in time."""
    monkeypatch.setattr("bot.storage.replica.BEAT", 60.0)


_LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


async def until_listening(place: Place, number: int) -> None:
    """Return when this many replicas would get a notification."""
    await until(lambda: len(place.execute(_LISTENERS)) == number)


async def publish(store: Store, digest: str, base: str) -> None:
    """Record a version, as the publisher of a replica does."""
    version, line = Version(digest, ANN, "sent", NOON), AuditEntry(NOON, ANN, "publish", "x", "", "")
    async with store.recording(version, digest.encode(), line, draft=None, base=base):
        pass


@pytest.mark.usefixtures("slow_beats")
async def test_a_publication_is_noticed_at_once_by_the_other_replicas(place: Place) -> None:
    async with replicas(place, 3) as (first, second, third):
        await until_listening(place, 3)
        await publish(first, "one", "")
        await until(lambda: of(second).view.knowledge == of(third).view.knowledge == "one", within=1.0)


@pytest.mark.usefixtures("slow_beats")
async def test_notifications_come_again_after_their_connection_was_lost(place: Place) -> None:
    async with replicas(place) as (first, second):
        await until_listening(place, 2)
        place.execute(f"SELECT pg_terminate_backend(pid) FROM ({_LISTENERS}) AS ended")
        await until_listening(place, 2)
        await publish(first, "one", "")
        await until(lambda: of(second).view.knowledge == "one", within=1.0)


@pytest.mark.usefixtures("slow_beats")
async def test_the_end_of_a_claim_is_told_when_an_update_waits_for_it(place: Place) -> None:
    async with replicas(place) as (first, second):
        await until_listening(place, 2)
        assert await own(first, Update(1)) == {1}
        assert await own(second, Update(2, raw={"update_id": 2})) == set()
        beat = asyncio.create_task(of(second).next_beat())
        await first.handled([1], NOON)
        async with takes_less_than(1.0):
            await beat
        assert await second.parked() == [(2, '{"update_id": 2}')]


@pytest.mark.usefixtures("slow_beats")
async def test_the_lease_of_a_replica_that_leaves_is_taken_at_once(place: Place) -> None:
    async with replicas(place, 1) as (second,):
        async with replicas(place, 1) as (first,):
            of(first).may_lead = True
            await of(first).beat()
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
            await of(store).beat()
        view = of(third).view
        assert (view.replicas, view.answers, view.apart) == (3, 6.5, 2)
        assert 50 < view.flood <= 60
