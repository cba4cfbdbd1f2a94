"""Rights, drafts, published files, the audit and scheduled jobs, in either database."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bot.broadcasts.model import Broadcast
from bot.errors import StorageError
from bot.people.ports import AuditEntry, Grant
from bot.publishing.ports import Draft, Version
from bot.storage import Store, open_store
from tests.storage.broadcast_factories import HARBIN
from tests.storage.databases import Place, Update

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 7_000_000_011, 7_000_000_012
FILE = "city:\n  name: {zh: 哈尔滨}\n".encode() * 1000


def draft(identifier: str = "abcdefghijkl", person: int = ANN, content: bytes = FILE) -> Draft:
    return Draft(identifier, person, "sent", "0" * 64, sha256(content).hexdigest(), content, NOON)


def line(act: str = "publish", subject: str = "sixth-hospital") -> AuditEntry:
    return AuditEntry(NOON, ANN, act, subject, "планируется", "已完成")


def version(number: int = 0) -> tuple[Version, bytes]:
    content = FILE + str(number).encode()
    return Version(sha256(content).hexdigest(), ANN, "buttons", NOON + timedelta(minutes=number)), content


async def publish(store: Store, number: int, kept: str | None = None) -> None:
    async with store.recording(*version(number), line(subject=str(number)), draft=kept):
        pass


async def test_the_last_word_on_a_person_holds_after_a_restart_and_each_is_in_the_audit(place: Place) -> None:
    given, taken = Grant(BEN, "staff", ANN, NOON), Grant(BEN, None, ANN, NOON + timedelta(hours=1))
    async with open_store(place.address) as first:
        assert await first.grants() == {}
        await first.grant(given, line("grant", str(BEN)))
        assert await first.grants() == {BEN: given}
        await first.grant(taken, line("revoke", str(BEN)))
    async with open_store(place.address) as second:
        assert await second.grants() == {BEN: taken}
        assert [entry.act for entry in await second.audit(10)] == ["revoke", "grant"]
        assert await second.audit(1) == [line("revoke", str(BEN))]


async def test_a_draft_waits_for_its_author_and_takes_the_place_of_an_earlier_one(store: Store) -> None:
    await store.keep_draft(draft("first"))
    await store.keep_draft(draft("of-ben", BEN, b""))
    await store.keep_draft(draft("second"))

    assert await store.draft("first") is None
    assert await store.draft("of-ben") == draft("of-ben", BEN, b"")
    assert await store.draft("second") == draft("second")
    await store.drop_draft("second")
    assert await store.draft("second") is None


async def test_a_draft_is_gone_after_a_day(store: Store) -> None:
    await store.keep_draft(draft())
    await store.expire(NOON + timedelta(hours=23))
    assert await store.draft("abcdefghijkl")
    await store.expire(NOON + timedelta(hours=25))
    assert await store.draft("abcdefghijkl") is None


async def test_forgetting_a_person_erases_their_drafts_and_leaves_the_record_of_the_city(
    store: Store, place: Place
) -> None:
    await store.choose_language(ANN, "ru")
    await store.grant(Grant(ANN, "admin", ANN, NOON), line("grant"))
    await publish(store, 1)
    await store.keep_draft(draft())
    await store.keep_draft(draft("of-ben", BEN))
    await store.forget(ANN)

    left = {table: place.count(table) for table in ("chats", "drafts", "grants", "versions", "audit")}
    assert left == {"chats": 0, "drafts": 1, "grants": 1, "versions": 1, "audit": 2}


async def test_a_publication_is_recorded_with_its_line_and_its_draft_is_gone(store: Store) -> None:
    await store.keep_draft(draft())
    published, content = version()
    async with store.recording(published, content, line(), draft="abcdefghijkl"):
        pass

    assert await store.versions() == [published]
    assert await store.content_of(published.digest) == content
    assert await store.content_of("f" * 64) is None
    assert await store.audit(10) == [line()]
    assert await store.draft("abcdefghijkl") is None


async def test_an_act_that_fails_is_not_recorded_and_tells_its_own_error(store: Store) -> None:
    await store.keep_draft(draft())
    for error in (OSError("disk"), TimeoutError("slow"), asyncio.CancelledError()):
        with pytest.raises(type(error)) as failed:
            async with store.recording(*version(), line(), draft="abcdefghijkl"):
                raise error
        assert failed.value is error

    assert await store.versions() == []
    assert await store.audit(10) == []
    assert await store.draft("abcdefghijkl") == draft()


async def test_a_publication_is_visible_only_when_it_is_complete(store: Store) -> None:
    async with store.recording(*version(), line(), draft=None):
        assert await store.versions() == []
    assert len(await store.versions()) == 1


async def test_the_last_fifty_files_are_kept_and_every_line_of_the_audit(store: Store) -> None:
    for number in range(53):
        await publish(store, number)

    kept = await store.versions()
    assert [entry.at for entry in kept] == [NOON + timedelta(minutes=number) for number in range(52, 2, -1)]
    assert await store.content_of(version(2)[0].digest) is None
    assert await store.content_of(version(3)[0].digest) == version(3)[1]
    assert len(await store.audit(100)) == 53


async def test_a_file_that_is_published_again_is_found_either_way(store: Store) -> None:
    for number in (1, 2, 1):
        await publish(store, number)

    assert [entry.digest for entry in await store.versions()] == [version(n)[0].digest for n in (1, 2, 1)]
    assert await store.content_of(version(1)[0].digest) == version(1)[1]


async def test_files_are_kept_compressed(store: Store, place: Place) -> None:
    await publish(store, 1)
    await store.keep_draft(draft())

    for table in ("versions", "drafts"):
        assert 0 < int(str(place.execute(f"SELECT length(content) FROM {table}")[0][0])) < len(FILE) / 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET act = 'nothing'",
        "UPDATE audit SET person = NULL WHERE person = 7000000011",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
    ],
)
async def test_no_line_of_the_audit_can_be_changed_or_erased(store: Store, place: Place, statement: str) -> None:
    await publish(store, 1)
    with pytest.raises(Exception, match="the audit only grows"):
        place.execute(statement)

    assert await store.audit(10) == [line(subject="1")]


async def test_not_by_the_ways_round_either(store: Store, place: Place) -> None:
    await publish(store, 1)
    way_round = (
        "INSERT OR REPLACE INTO audit VALUES (1, '', NULL, '', '', '', '')" if place.is_file else "TRUNCATE audit"
    )
    with pytest.raises(Exception, match="the audit only grows"):
        place.execute(way_round)

    assert await store.audit(10) == [line(subject="1")]


async def test_the_last_run_of_a_job_is_stored(place: Place) -> None:
    async with open_store(place.address) as first:
        assert await first.last_done("stale") is None
        await first.done("stale", NOON)
        await first.done("stale", NOON + timedelta(days=7))
    async with open_store(place.address) as second:
        assert await second.last_done("stale") == NOON + timedelta(days=7)
        assert await second.last_done("other") is None


async def test_publications_come_one_after_the_other(store: Store) -> None:
    order: list[str] = []

    async def slowly(number: int) -> None:
        async with store.recording(*version(number), line(), draft=None):
            order.append("begin")
            await asyncio.sleep(0)
            order.append("end")

    await asyncio.gather(*map(slowly, range(4)))

    assert order == ["begin", "end"] * 4


async def test_every_port_says_storage_error_when_the_tables_are_gone(store: Store, place: Place) -> None:
    for table in set(place.shape()) - {"alembic_version"}:
        place.execute(f"DROP TABLE {table}")
    for act in acts(store):
        with pytest.raises(StorageError):
            await act


def acts(store: Store) -> Sequence["asyncio.Future[object]"]:
    """One call of each kind to a store."""
    grant = Grant(ANN, "staff", BEN, NOON)
    rewritten = store.rewrite_broadcast(Broadcast(id=1, number="2026-001", author=ANN, state="draft", created_at=NOON))
    asked = (
        store.read(ANN),
        store.choose_language(ANN, "ru"),
        store.subscribe(ANN, NOON, "ru"),
        store.unsubscribe(ANN),
        store.migrate(ANN, BEN),
        store.forget(ANN),
        store.unhandled([1]),
        store.handled([1], NOON),
        store.park([Update(1)], NOON),
        store.parked(),
        store.expire(NOON),
        store.grants(),
        store.grant(grant, line()),
        store.keep_draft(draft()),
        store.draft("x"),
        store.drop_draft("x"),
        publish(store, 1),
        store.versions(),
        store.content_of("x"),
        store.audit(1),
        store.last_done("x"),
        store.done("x", NOON),
        store.deliveries_of(ANN),
        store.new_broadcast(ANN, NOON, HARBIN),
        store.broadcast(1),
        store.broadcasts(),
        rewritten,
        store.note_preview(1, 1, 1),
        store.drop_broadcast(1),
        store.move_broadcast(1, ["draft"], "queued", None),
        store.place_card(1, (ANN, 1)),
        store.count_audience("everybody", [], "zh"),
        store.count_subscribers("zh"),
        store.counts(1),
        store.unknown_chats(1),
        store.next_broadcast(NOON),
        store.take_over(1, NOON),
        store.gather(1, 1, testers=[], default="zh", now=NOON),
        store.exchange(1, 1, [], 1, now=NOON, heartbeat=True),
        store.next_due(1),
        store.requeue_unknown(1, 1, before=NOON, now=NOON),
        store.cancel_rest(1),
        store.release(1, 1),
    )
    return [asyncio.ensure_future(act) for act in asked]
