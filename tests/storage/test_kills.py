"""Whoever is killed in the middle of an act has not begun it."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from bot.adapters.storage import open_store
from bot.adapters.storage.migrating import migrate
from bot.flows.ports import Draft
from tests.storage.places import Place

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = 11


async def killed_at_each_statement(place: Place, act: str) -> list[str]:
    """What was in the database after each kill, and at last when the act was let alone."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("killing.py")), place.address, act,
        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    told, _ = await program.communicate()
    assert program.returncode == 0
    return [line.partition(" ")[2] for line in told.decode().splitlines()]


async def bring_to(place: Place, revision: str) -> None:
    """What an earlier version of the program left."""
    if place.is_file:
        place.path.parent.mkdir()
    engine = create_async_engine(place.address)
    async with engine.begin() as connection:
        await connection.run_sync(migrate, revision)
    await engine.dispose()


async def test_the_first_start_leaves_all_tables_or_none(place: Place) -> None:
    *killed, done = await killed_at_each_statement(place, "migrate")

    assert len(killed) > 10
    assert set(killed) == {""}
    assert done.startswith("0003 alembic_version:1 audit:0 broadcasts:0")


async def test_a_step_from_an_earlier_version_is_taken_or_not(place: Place) -> None:
    await bring_to(place, "0001")
    place.execute("INSERT INTO chats (chat_id, language) VALUES (11, 'ru')")
    *killed, done = await killed_at_each_statement(place, "migrate")

    assert len(killed) > 5
    assert set(killed) == {"0001 alembic_version:1 chats:1 handled_updates:0 parked_updates:0"}
    assert done.startswith("0003 ")
    async with open_store(place.address) as store:
        assert (await store.read(ANN)).language == "ru"


async def test_a_person_is_forgotten_wholly_or_not_at_all(place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        await store.keep_draft(Draft("abcdefghijkl", ANN, "sent", "0", "1", b"city:", NOON))
    *killed, done = await killed_at_each_statement(place, "forget")

    assert len(killed) >= 3
    assert all("chats:1" in left and "drafts:1" in left for left in killed)
    assert "chats:0" in done
    assert "drafts:0" in done
