"""Replicas of the real program behind one address: killed in a rush, frozen in a broadcast, unable to write."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import EXIT_RESTART, EXIT_SETTINGS
from bot.sandbox import Sandbox
from tests.factories import YAML_TEXT
from tests.postgres import Server
from tests.process.bot_process import TOKEN
from tests.process.replica_checks import (
    TAKEN_OVER_WITHIN,
    a_broadcast,
    asked,
    copies,
    counts,
    everyone_is_answered,
    expected_replies,
    knowledge_of,
    replies_in_order,
    save,
    subscribed,
    until_finished,
    until_sent,
    until_written,
    wanted,
)
from tests.process.replicas import Cluster, stop, wake
from tests.quiet_time import takes_less_than
from tests.storage.databases import Place, server_place

#: The minute before a message in doubt is sent again takes a second.
_HURRY = """
from datetime import timedelta
import bot.broadcasts.worker as delivering
delivering.RESEND_AFTER = timedelta(seconds=1)
"""
#: Seconds within which all replicas answer from what one of them published.
_LIVE_WITHIN = 3.0


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    """A sandbox that soon repeats a failed call of the webhook."""
    async with Sandbox(TOKEN) as running:
        running.webhook_sender.second = 0.2
        yield running


@pytest.fixture
def place(postgresql: Server) -> Place:
    """A PostgreSQL database with all tables."""
    return server_place(postgresql)


async def test_a_rush_is_answered_once_and_in_order_and_a_kill_in_it_loses_no_question(
    city: Sandbox, tmp_path: Path, place: Place
) -> None:
    async with Cluster(city, tmp_path, place).serving() as (first, second):
        answers = await expected_replies(city)
        city.set_latency(0.3)  # slow enough that questions are parked, and the next one comes to the other replica
        people = await everyone_is_answered(city, asked(city, 20, times=3))
        assert [city.texts(person) for person in people] == [wanted(answers, person, 3) for person in people]

        others, before = asked(city, 20, times=3), len(city.calls(method="sendMessage"))
        await city.wait_for_calls("sendMessage", before + 10, within=150)
        await first.is_killed()
        await everyone_is_answered(city, others)
        assert await second.leaves() == 0
    for person in others:
        assert replies_in_order(city, person, wanted(answers, person, 3))
        assert max(Counter(city.texts(person)).values()) <= 2
    for table in ("update_claims", "parked_updates", "replicas"):
        assert place.count(table) == 0


@pytest.mark.parametrize(
    "freeze", [pytest.param(False, id="killed", marks=pytest.mark.soak), pytest.param(True, id="frozen")]
)
async def test_another_replica_soon_goes_on_with_the_broadcast_of_a_sender_that_is(
    city: Sandbox, tmp_path: Path, place: Place, *, freeze: bool
) -> None:
    """Everybody gets it, and at most one window of people gets a second copy."""
    people = await subscribed(city, place, 240)
    cluster = Cluster(city, tmp_path, place, prelude=_HURRY)
    async with cluster.serving() as (first, second):
        await a_broadcast(place)
        await until_sent(city, 60, within=150)
        if freeze:
            stop(first)
        else:
            await first.is_killed()
        await asyncio.sleep(0.5)  # what was on its way arrives
        already = len(copies(city))
        assert already < 200
        async with takes_less_than(TAKEN_OVER_WITHIN):
            await until_sent(city, already + 1, within=150)
        if freeze:
            wake(first)
            assert await first.ends(within=150) == EXIT_RESTART
            assert "another one has taken its work over" in first.said()
        await until_finished(place, within=150)
        assert await second.leaves() == 0
    got = copies(city)
    assert got.keys() == set(people)
    assert max(got.values()) <= 2
    assert sum(got.values()) <= len(people) + 16
    assert counts(place) == {"sent": len(people)}


@pytest.mark.soak
async def test_another_replica_goes_on_with_the_broadcast_of_a_sender_whose_writes_fail(
    city: Sandbox, tmp_path: Path, place: Place
) -> None:
    """The sender still sends heartbeats and answers, so it is not replaced: it gives the lease up by itself."""
    people = await subscribed(city, place, 240)
    async with Cluster(city, tmp_path, place, prelude=_HURRY).serving() as (first, second):
        await a_broadcast(place)
        await until_sent(city, 60, within=150)
        # Both, because each new attempt begins with a write to the broadcast.
        place.refuse_writes("broadcasts", "deliveries", application=first.output.parent.name)
        await first.says("sender_gave_up", within=150)
        await until_finished(place, within=150)
        assert [await process.leaves() for process in (first, second)] == [0, 0]
    got = copies(city)
    assert got.keys() == set(people)
    assert max(got.values()) <= 2
    assert sum(got.values()) <= len(people) + 16
    assert counts(place) == {"sent": len(people)}


@pytest.mark.soak
async def test_a_sender_that_stops_in_order_doubles_nothing(city: Sandbox, tmp_path: Path, place: Place) -> None:
    people = await subscribed(city, place, 120)
    async with Cluster(city, tmp_path, place, prelude=_HURRY).serving() as (first, second):
        await a_broadcast(place)
        await until_sent(city, 40, within=150)
        assert await first.leaves() == 0
        await until_finished(place, within=150)
        assert await second.leaves() == 0
    assert copies(city) == dict.fromkeys(people, 1)


async def test_what_one_replica_publishes_is_soon_live_on_all(city: Sandbox, tmp_path: Path, place: Place) -> None:
    """A replica that missed a publication starts from it; one whose program is too old ends and says why."""
    cluster = Cluster(city, tmp_path, place)
    async with cluster.serving() as processes:
        one, other = cluster.installations
        first, second = sorted(processes, key=lambda process: process.output)
        if one.folder not in first.output.parents:
            first, second = second, first
        save(one, YAML_TEXT.replace("Ten public projects", "Ten projects", 1))
        await first.says('"origin": "saved"')
        async with takes_less_than(_LIVE_WITHIN):
            await second.says('"origin": "replica"')
        await until_written(other, knowledge_of(one))
        assert await second.leaves() == 0

        save(one, YAML_TEXT)
        async with asyncio.timeout(150):
            while place.count("versions") != 3:  # noqa: ASYNC110 - the database has no event
                await asyncio.sleep(0.1)
        async with other.serving() as again:
            assert knowledge_of(other) == YAML_TEXT
            assert first.said().count('"published"') == 2
            place.execute("UPDATE alembic_version SET version_num = '9999'")
            for process in (first, again):
                assert await process.ends(within=150) == EXIT_SETTINGS
                assert "written by a newer Minsheng" in process.said()
