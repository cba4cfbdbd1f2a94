"""Several processes on one PostgreSQL database: who handles an update, who sends, what a replaced one can still do."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.errors import OperatorError, ReplacedError, StorageError
from bot.people.ports import AuditEntry
from bot.publishing.ports import StaleVersionError, Version
from bot.storage import Store, open_store
from bot.storage import replica as replica_module
from bot.storage.circuit_breaker import CircuitBreaker
from tests.postgres import Server
from tests.storage.databases import Place, Update, server_place
from tests.storage.replicas import ANN, NOON, of, own, replicas, until


@pytest.fixture
def place(postgresql: Server) -> Place:
    """A database with all tables."""
    return server_place(postgresql)


def breaker_of(store: Store) -> CircuitBreaker:
    """The circuit breaker of a store."""
    assert store._breaker is not None
    return store._breaker


async def silence(place: Place, store: Store, other: Store) -> None:
    """A replica has sent no heartbeat for long, and another one notices."""
    async with of(store)._beating:  # its own heartbeats wait
        place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '1 minute' WHERE id = {of(store).id}")
        replica = of(other)
        replica._settled_since -= 60
        await replica.send_heartbeat()


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
    for limit in ("_MAX_PATIENCE", "_MAX_CALL"):
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
        await of(first).send_heartbeat()
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
    async with replicas(place) as (first, second), of(first)._beating:  # its own heartbeats wait
        of(second)._settled_since -= 60
        place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '7 s' WHERE id = {of(first).id}")
        await of(second).send_heartbeat()
        assert place.count("replicas") == 2
        place.execute(f"UPDATE replicas SET beaten_at = beaten_at - interval '7 s' WHERE id = {of(first).id}")
        place.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {of(first).id}"
        )
        await of(second).send_heartbeat()
        assert place.count("replicas") == 1


async def test_an_open_transaction_of_a_frozen_replica_delays_its_successor_but_not_for_long(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.postgresql._REPLICA_IDLE_TIMEOUT", 1_000)
    async with replicas(place) as (first, second):
        async with AsyncExitStack() as stack:
            version, entry = Version("d", ANN, "sent", NOON), AuditEntry(NOON, ANN, "publish", "x", "", "")
            publication = first.recording(version, b"city:", entry, draft=None)
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
    entry = AuditEntry(NOON, ANN, "publish", "x", "", "")
    async with replicas(place) as (first, second):
        async with first.recording(Version("one", ANN, "sent", NOON), b"1", entry, draft=None, base=""):
            pass

        async def publish(store: Store, digest: str) -> bool:
            try:
                async with store.recording(
                    Version(digest, ANN, "sent", NOON), digest.encode(), entry, draft=None, base="one"
                ):
                    await asyncio.sleep(0.1)
            except StaleVersionError:
                return False
            return True

        assert sorted(await asyncio.gather(publish(first, "two"), publish(second, "three"))) == [False, True]
        await asyncio.gather(of(first).send_heartbeat(), of(second).send_heartbeat())
        assert of(first).view.knowledge == of(second).view.knowledge in ("two", "three")


async def test_an_older_program_ends_when_the_schema_is_newer(place: Place) -> None:
    async with replicas(place, 1) as (store,):
        place.execute("UPDATE alembic_version SET version_num = '9999'")
        await of(store).send_heartbeat()
        with pytest.raises(OperatorError, match="written by a newer Minsheng"):
            await store.watch_lock()
