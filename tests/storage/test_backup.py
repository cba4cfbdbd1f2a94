"""A backup of either database, made while the bot works, can be restored completely into either database."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.people.ports import AuditEntry, Grant
from bot.publishing.ports import Version
from bot.storage import ErasureLedger, Store, open_store
from bot.storage.backup import read_manifest, read_member, restore_backup, write_backup
from tests.broadcasts.subscribers import confirmed, subscribe
from tests.postgres import Server
from tests.storage.broadcast_factories import insert_subscribers
from tests.storage.databases import Place, file_place, server_place

NOW = datetime(2026, 11, 28, 12, 30, 15, 123456, tzinfo=UTC)
ANN, BEN, EVE = 7_000_000_011, 7_000_000_022, 7_000_000_033
KNOWLEDGE, KEY = "city: 哈尔滨\n".encode(), b"k" * 32


@contextmanager
def backed_up(address: str) -> Iterator[tarfile.TarFile]:
    """Back up the database; return the archive."""
    target = io.BytesIO()
    write_backup(address, target, knowledge=KNOWLEDGE, key=KEY)
    target.seek(0)
    with tarfile.open(fileobj=target, mode="r:gz") as archive:
        yield archive


async def restore(archive: tarfile.TarFile, place: Place, ledger: Path) -> int:
    return await restore_backup(place.address, archive, ledger=ErasureLedger(ledger), key=KEY)


@pytest.fixture(params=["sqlite", "postgresql"])
def other_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database of either kind on another machine."""
    if request.param == "sqlite":
        yield file_place(tmp_path / "other" / "minsheng.db", empty=True)
        return
    server: Server = request.getfixturevalue("postgresql")
    made = server_place(server, empty=True)
    yield made
    server.drop(made.name)


async def fill(store: Store) -> None:
    """Write rows into many tables, with each type of column."""
    await subscribe(store, [ANN, BEN])
    await store.choose_language(EVE, "zh")
    await store.grant(Grant(EVE, "staff", ANN, NOW), AuditEntry(NOW, ANN, "grant", "33", "", "staff"))
    await store.handled([5, 6], NOW)
    async with store.recording(
        Version("d" * 64, ANN, "sent", NOW), b"\x00\xff", AuditEntry(NOW, ANN, "publish", "x", "", ""), draft=None
    ):
        pass
    await confirmed(store)


async def test_what_is_restored_is_what_was_there(
    store: Store, place: Place, other_place: Place, tmp_path: Path
) -> None:
    await fill(store)
    with backed_up(place.address) as archive:
        assert await restore(archive, other_place, tmp_path) == 0
        rows = read_manifest(archive).rows
        assert read_member(archive, "knowledge") == KNOWLEDGE

    assert {table: other_place.count(table) for table in rows} == rows
    assert sum(rows.values()) > 8
    async with open_store(other_place.address) as restored:
        assert await restored.read(EVE) == await store.read(EVE)
        assert await restored.read(ANN) == await store.read(ANN)
        assert await restored.grants() == await store.grants()
        assert await restored.unhandled([5, 6, 7]) == {7}
        assert await restored.versions() == await store.versions()
        assert await restored.broadcasts("queued") == await store.broadcasts("queued")


async def test_numbers_go_on_after_a_restore(store: Store, place: Place, other_place: Place, tmp_path: Path) -> None:
    await fill(store)
    with backed_up(place.address) as archive:
        await restore(archive, other_place, tmp_path)
    async with open_store(other_place.address) as restored:
        await fill(restored)
    assert other_place.count("versions") == 2


async def test_who_was_erased_after_the_backup_is_erased_again(
    place: Place, other_place: Place, tmp_path: Path
) -> None:
    async with open_store(place.address) as store:
        await subscribe(store, [ANN, BEN])
    with backed_up(place.address) as archive:
        (tmp_path / "erasures.key").write_bytes(KEY)
        async with open_store(place.address, erasures=ErasureLedger(tmp_path)) as store:
            await store.forget(ANN)
        assert str(ANN) not in (tmp_path / "erasures.jsonl").read_text()
        assert await restore(archive, other_place, tmp_path) == 1
    async with open_store(other_place.address) as restored:
        assert (await restored.read(ANN)).subscribed_since is None
        assert (await restored.read(BEN)).subscribed_since is not None


async def test_an_erasure_before_the_backup_does_not_erase_a_later_subscription(place: Place, tmp_path: Path) -> None:
    ledger = ErasureLedger(tmp_path)
    await ledger.add(ANN)
    assert ledger.erased([ANN, BEN], since=datetime.now(UTC) - timedelta(minutes=1), key=ledger.key()) == [ANN]
    assert ledger.erased([ANN, BEN], since=datetime.now(UTC) + timedelta(minutes=1), key=ledger.key()) == []
    assert ledger.erased([ANN], since=NOW - timedelta(days=1), key=b"another") == []


async def test_a_restore_overwrites_nothing(store: Store, place: Place, tmp_path: Path) -> None:
    await subscribe(store, [ANN])
    used = file_place(tmp_path / "used" / "minsheng.db")
    async with open_store(used.address) as other:
        await subscribe(other, [BEN])
    with backed_up(place.address) as archive, pytest.raises(OperatorError, match="not empty"):
        await restore(archive, used, tmp_path)
    assert used.execute("SELECT chat_id FROM chats") == [(BEN,)]


async def test_a_bot_that_works_is_not_restored_over(store: Store, place: Place, tmp_path: Path) -> None:
    with backed_up(place.address) as archive, pytest.raises(OperatorError, match="Another bot works on"):
        await restore(archive, place, tmp_path)


async def test_an_archive_that_was_cut_off_restores_nothing(store: Store, place: Place, tmp_path: Path) -> None:
    insert_subscribers(place, 3000)
    target = io.BytesIO()
    write_backup(place.address, target, knowledge=KNOWLEDGE, key=KEY)
    other = file_place(tmp_path / "other" / "minsheng.db", empty=True)
    with (
        tarfile.open(fileobj=io.BytesIO(target.getvalue()[:-3000]), mode="r:gz") as archive,
        pytest.raises(OperatorError, match="damaged"),
    ):
        await restore(archive, other, tmp_path)
    assert not other.path.exists()


def test_another_archive_is_refused_with_a_sentence() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz"):
        pass
    target.seek(0)
    with tarfile.open(fileobj=target, mode="r:gz") as archive, pytest.raises(OperatorError, match="not a backup"):
        read_manifest(archive)


def test_a_database_that_is_not_there_is_a_sentence_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="There is no database"):
        write_backup(f"sqlite+aiosqlite:///{tmp_path}/minsheng.db", io.BytesIO(), knowledge=b"", key=b"")
    assert list(tmp_path.iterdir()) == []
