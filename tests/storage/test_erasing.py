"""Erased data has left the files of the database, not only the results of queries."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown, settle
from bot.inbox.tickets.model import NewTicket, Opened, Wish, settle_owed
from bot.storage import Store, deliveries, open_store
from bot.storage import delivery_queue as outbox
from tests.broadcasts.subscribers import confirmed, now, opened, subscribe
from tests.postgres import Server
from tests.storage.databases import Update, file_place, server_place

#: Numbers of chats whose bytes no other number has.
PEOPLE = [0x1234567890 + 0x101 * place for place in range(1, 31)]
MOVED = -0x1234567899
#: One of each that a claimed delivery can become; what is claimed beyond these is still on its way.
OUTCOMES: list[Outcome] = [
    Sent(5),
    Unknown("broken"),
    Refused("blocked"),
    NotSent("flood", retry_after=100),
    NotSent("migrated", new_chat=MOVED),
    Refused("content"),
]


@pytest.fixture
def _careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite as its authors build it: what is deleted stays on its pages until something else needs the room."""
    connect = sqlite3.connect

    def carelessly(*where: Any, **how: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*where, **how)
        connection.execute("PRAGMA secure_delete=OFF").close()
        return connection

    monkeypatch.setattr(sqlite3, "connect", carelessly)


@pytest.mark.usefixtures("_careless")
async def test_no_byte_of_a_forgotten_number_is_left_whatever_became_of_its_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased while recipients are gathered, in flight, and in every other state; with all files that SQLite writes."""
    for module in (outbox, deliveries):
        monkeypatch.setattr(module, "CHUNK", 3)
    place = file_place(tmp_path / "minsheng.db")
    async with opened(place) as store:
        await subscribe(store, PEOPLE)
        forgotten = await _half_sent(store)
        for person in forgotten:
            await store.forget(person)
        written = _all_in(tmp_path)

    assert all(_bytes(person) in written for person in set(PEOPLE) - forgotten)
    assert [person for person in forgotten if _bytes(person) in written] == []


_QUESTION = "a question that no one else has asked"


@pytest.mark.usefixtures("_careless")
async def test_the_text_of_a_parked_update_leaves_the_files_as_soon_as_it_is_handled(tmp_path: Path) -> None:
    async with open_store(file_place(tmp_path / "minsheng.db").address) as store:
        await store.park([Update(1, raw={"text": _QUESTION}), Update(2)], now())
        assert _QUESTION.encode() in _all_in(tmp_path)
        await store.handled([1], now())
        assert _QUESTION.encode() not in _all_in(tmp_path)
        assert await store.parked() == [(2, "{}")]


@pytest.mark.usefixtures("_careless")
async def test_what_a_killed_bot_left_in_the_log_is_gone_after_the_next_start(tmp_path: Path) -> None:
    """The copy is what a kill between the commit and the purge leaves behind."""
    live, copy = tmp_path / "live", tmp_path / "copy"
    async with open_store(file_place(live / "minsheng.db").address) as store:
        await store.park([Update(1, raw={"text": _QUESTION})], now())
        with closing(sqlite3.connect(live / "minsheng.db")) as connection, connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("DELETE FROM parked_updates")
        shutil.copytree(live, copy)
    assert _QUESTION.encode() in _all_in(copy)
    async with open_store(file_place(copy / "minsheng.db", empty=True).address):
        assert _QUESTION.encode() not in _all_in(copy)


@pytest.mark.usefixtures("_careless")
async def test_no_byte_of_a_ticket_or_a_wish_of_a_forgotten_person_is_left(tmp_path: Path) -> None:
    """Also where the ticket is only closed: then its text and its asker go."""
    ann, ben = PEOPLE[:2]
    tickets = [
        NewTicket(question=number, chat=chat, person=chat, message=1, language="en", text=_QUESTION, group=1)
        for number, chat in enumerate((ann, ben))
    ]
    async with open_store(file_place(tmp_path / "minsheng.db").address) as store:
        numbers = []
        for ticket in tickets:
            result = await store.open_ticket(ticket, [], now())
            assert isinstance(result, Opened)
            numbers.append(result.ticket.id)
            await store.answer_ticket(result.ticket.id, 5, _QUESTION, now())
        await store.keep_wish(Wish(chat=ann, person=ann, group=2, message=1, language="en", created_at=now()))
        assert all(found in _all_in(tmp_path) for found in (_bytes(ann), _bytes(ben), _QUESTION.encode()))
        await store.forget(ann)
        assert _bytes(ann) not in _all_in(tmp_path)
        claimed = await store.claim_owed(5, now())
        await store.settle_owed([(each, settle_owed(each, Sent(1), now())) for each in claimed], [], now())
        assert await store.close_ticket(numbers[1])
        assert [each in _all_in(tmp_path) for each in (_bytes(ben), _QUESTION.encode())] == [False, False]


async def test_the_text_of_a_handled_update_leaves_the_tables_of_postgresql(postgresql: Server) -> None:
    """Its write-ahead log and its backups are the operator's, as the guide says."""
    place = server_place(postgresql)
    async with open_store(place.address) as store:
        await store.park([Update(1, raw={"text": _QUESTION})], now())
        place.execute("CHECKPOINT")
        tables = postgresql.folder / "data" / "base"
        assert _QUESTION.encode() in _all_in(tables)
        await store.handled([1], now())
        place.execute("CHECKPOINT")
        assert _QUESTION.encode() not in _all_in(tables)


async def test_a_forgotten_id_leaves_the_files_of_postgresql_with_vacuum_full(postgresql: Server) -> None:
    """The page about privacy promises no more: deleted rows stay in the files until the server reuses their space."""
    place = server_place(postgresql)
    person, tables = 0x1A2B3C4D5E6F, postgresql.folder / "data" / "base"
    stored = person.to_bytes(8, "little")
    async with opened(place) as store:
        await subscribe(store, [person, person + 1])
        place.execute("CHECKPOINT")
        assert stored in _all_in(tables)
        await store.forget(person)
        assert place.execute("SELECT chat_id FROM chats") == [(person + 1,)]
        place.execute("VACUUM FULL")
        place.execute("CHECKPOINT")
        assert stored not in _all_in(tables)
        assert (person + 1).to_bytes(8, "little") in _all_in(tables)


async def _half_sent(store: Store) -> set[int]:
    """A broadcast in the middle of which all those are that are to be forgotten."""
    broadcast = await confirmed(store)
    epoch = (await store.take_over(broadcast.id, now())).broadcast.epoch
    nobody: dict[str, Any] = {"testers": (), "default": "zh"}
    await store.gather(broadcast.id, epoch, now=now(), **nobody)
    early = {PEOPLE[1], PEOPLE[2]}
    for person in early:
        await store.forget(person)
    while await store.gather(broadcast.id, epoch, now=now(), **nobody):
        pass
    exchanged = await store.exchange(broadcast.id, epoch, [], len(OUTCOMES) + 2, now=now(), heartbeat=True)
    claimed = [claim.chat for claim in exchanged.claims]
    settled = [settle(chat, outcome, now()) for chat, outcome in zip(claimed, OUTCOMES, strict=False)]
    await store.exchange(broadcast.id, epoch, settled, 0, now=now(), heartbeat=True)
    return {*early, *claimed, PEOPLE[20], MOVED}


def _all_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _bytes(person: int) -> bytes:
    return person.to_bytes(6, "big", signed=True)


async def test_the_mark_up_to_which_recipients_are_gathered_never_is_a_forgotten_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neighbours are erased one by one; no one is left out or gets it twice because of that."""
    monkeypatch.setattr(outbox, "CHUNK", 3)
    place = file_place(tmp_path / "minsheng.db")
    people = range(101, 110)
    async with opened(place) as store:
        await subscribe(store, people)
        broadcast = await confirmed(store)
        epoch = (await store.take_over(broadcast.id, now())).broadcast.epoch
        await store.gather(broadcast.id, epoch, testers=(), default="zh", now=now())
        assert place.execute("SELECT cursor FROM broadcasts") == [(103,)]
        for person in (102, 103):
            await store.forget(person)
            assert place.execute("SELECT cursor FROM broadcasts") == [(101,)] or person == 102
        while await store.gather(broadcast.id, epoch, testers=(), default="zh", now=now()):
            pass
        written = [chat for (chat,) in place.execute("SELECT chat_id FROM deliveries ORDER BY chat_id")]

    assert written == [101, *range(104, 110)]
