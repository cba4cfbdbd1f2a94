"""An action during which the program is killed leaves no trace."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.people.ports import ChatRecord
from bot.publishing.ports import Draft
from bot.storage import open_store
from bot.storage.upgrade import migrate, revisions
from tests.process import preloaded
from tests.storage.broadcast_factories import HARBIN, NOON, insert_subscribers, queued, sending, states
from tests.storage.databases import Place

ANN = 11
NEWEST = max(revisions())
#: The migrations have many statements: `make test` kills at some, `make soak` at each.
STEPS = [pytest.param(11, id="some"), pytest.param(1, id="each", marks=pytest.mark.soak)]


async def left_after_kills(folder: Path, place: Place, act: str, step: int = 1) -> list[str]:
    """Kill an act at every `step`th statement; return what the database has after each kill and at the end."""
    program = f"from tests.storage.crash import main; main({place.address!r}, {act!r}, {step})"
    code, output, errors = await preloaded.run(program, folder=folder, environment=dict(os.environ))
    assert code == 0, errors
    return [line.partition(" ")[2] for line in output.splitlines()]


def bring_to(place: Place, revision: str) -> None:
    """Bring a database to the schema of an earlier version."""
    if place.is_file:
        place.path.parent.mkdir()
    engine = create_engine(place.address.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        migrate(connection, revision)
    engine.dispose()


@pytest.mark.parametrize("step", STEPS)
async def test_the_first_start_leaves_all_tables_or_none(empty_place: Place, tmp_path: Path, step: int) -> None:
    *killed, done = await left_after_kills(tmp_path, empty_place, "migrate", step)

    assert len(killed) * step > 20
    assert set(killed) == {""}
    assert done.startswith(f"{NEWEST} alembic_version:1 answered_digests:0 audit:0 broadcasts:0")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("revision", "tables"),
    [
        ("0001", "chats:1 handled_updates:0 parked_updates:0"),
        ("0002", "audit:0 chats:1 chores:0 drafts:0 grants:0 handled_updates:0 parked_updates:0 versions:0"),
    ],
)
async def test_steps_from_an_earlier_version_are_taken_or_not(
    empty_place: Place, tmp_path: Path, revision: str, tables: str, step: int
) -> None:
    place = empty_place
    bring_to(place, revision)
    at = "2026-03-01 12:00:00.000000" + ("" if place.is_file else "+00")
    place.execute(f"INSERT INTO chats VALUES (11, 'ru', '{at}')")
    *killed, done = await left_after_kills(tmp_path, place, "migrate", step)

    assert len(killed) * step > 5
    assert len(set(killed)) == 1
    assert sorted(killed[0].split()) == sorted(f"{revision} alembic_version:1 {tables}".split())
    assert done.startswith(f"{NEWEST} ")
    async with open_store(place.address) as store:
        assert await store.read(ANN) == ChatRecord(ANN, "ru", NOON)


async def test_a_person_is_forgotten_wholly_or_not_at_all(place: Place, tmp_path: Path) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        await store.subscribe(ANN, NOON, "ru")
        await store.keep_draft(Draft("abcdefghijkl", ANN, "sent", "0", "1", b"city:", NOON))
        await sending(store)
        await store.new_broadcast(ANN, NOON, HARBIN)
    *killed, done = await left_after_kills(tmp_path, place, "forget")

    assert len(killed) >= 8
    whole = {"broadcasts:2", "chats:1", "deliveries:1", "drafts:1", "tallies:0"}
    assert all(whole < set(left.split()) for left in killed)
    assert {"broadcasts:1", "chats:0", "deliveries:0", "drafts:0", "tallies:1"} < set(done.split())


async def test_recipients_are_written_down_each_once_however_often_the_program_is_killed(
    place: Place, tmp_path: Path
) -> None:
    """Chunk by chunk; chunks that were recorded are not started again."""
    async with open_store(place.address) as store:
        assert (await queued(store)).id == 1
    insert_subscribers(place, 5_000)
    *killed, _ = await left_after_kills(tmp_path, place, "gather")

    assert len(killed) >= 8
    steps = [next(word for word in left.split() if word.startswith("deliveries:")) for left in killed]
    assert {"deliveries:0", "deliveries:2000", "deliveries:4000"} <= set(steps)
    assert list(states(place)) == list(range(1, 5_001))
    [(state, total, epoch)] = place.execute("SELECT state, total, epoch FROM broadcasts")
    assert (state, total) == ("sending", 5_000)
    assert epoch >= 4
