"""The simulation of docs/capacity.md, compared with the real program at the sizes that a test can measure."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.sandbox import Limits, Sandbox
from tests.bench.capacity import TABLES, Rush, bytes_per_row, fitted, measure_rush, simulated, size_of
from tests.bench.capacity_model import Costs, duration_of, hours_of, rush
from tests.broadcasts.controls import asked, paused_by_operator
from tests.postgres import Server
from tests.process.bot_process import TOKEN, Installation
from tests.quiet_time import Stopwatch
from tests.storage.broadcast_factories import insert_subscribers
from tests.storage.databases import file_place, server_place


def test_one_replica_is_bound_by_its_processor_and_two_by_theirs() -> None:
    costs = Costs(replica=0.002, database=0.0005)
    one, two, three = (rush(costs, replicas=number, processors=5, chats=600, api_time=0.05) for number in (1, 2, 3))
    assert one == pytest.approx(500, rel=0.03)
    assert two == pytest.approx(1000, rel=0.03)
    assert three == pytest.approx(1500, rel=0.03)


def test_few_chats_are_bound_by_the_time_of_a_call() -> None:
    assert rush(Costs(0.002, 0.001), replicas=1, processors=2, chats=5, api_time=0.1) == pytest.approx(48.5, rel=0.05)


def test_replicas_on_one_processor_answer_no_more_than_one() -> None:
    costs = Costs(replica=0.002, database=0.0, harness=0.002)
    assert rush(costs, replicas=3, processors=1, chats=100, api_time=0.05) == pytest.approx(250, rel=0.03)


def test_no_answer_is_lost_when_more_is_asked_than_telegram_takes() -> None:
    spans = hours_of([1000, 150_000, 1000, 0], broadcast=50_000)
    assert sum(span.answers for span in spans) == pytest.approx(152_000, rel=0.01)
    assert sum(span.broadcast for span in spans) == pytest.approx(50_000)
    assert spans[1].answers == pytest.approx(108_000, rel=0.01)
    assert spans[1].wait == pytest.approx(42_000 / 30, rel=0.05)


def test_no_cost_is_below_zero_when_more_replicas_used_less_processor_time() -> None:
    runs = [
        Rush(replicas, 600, seconds, replica_cpu, database_cpu=0.3, harness_cpu=1.2)
        for replicas, seconds, replica_cpu in ((1, 3.2, 1.9), (2, 2.6, 1.6), (3, 1.9, 1.5))
    ]
    costs = fitted(runs)
    assert costs.per_second == 0
    assert costs.replica == pytest.approx(5.0 / 1800)
    assert costs.database == pytest.approx(0.0005)


def test_the_fit_finds_the_costs_that_made_the_measurements() -> None:
    runs = [
        Rush(replicas, 600, 3.0, 600 * 0.003 + replicas * 3.0 * 0.05, database_cpu=0.3, harness_cpu=1.2)
        for replicas in (1, 2, 3)
    ]
    assert fitted(runs).replica == pytest.approx(0.003)
    assert fitted(runs).per_second == pytest.approx(0.05)


async def test_a_broadcast_takes_as_long_as_simulated_while_people_ask(tmp_path: Path) -> None:
    recipients, asking = range(1, 241), 4
    async with Sandbox(TOKEN, limits=Limits(per_second=30, burst=30), latency=0.05) as city:
        installation, place = Installation(city, tmp_path), file_place(tmp_path / "data" / "minsheng.db")
        for number in recipients:
            city.person(number=number)
            city.state.people[number].seen = city.state.people[number].started = True
        insert_subscribers(place, len(recipients))
        broadcast = (await paused_by_operator(place, kind="alert")).number
        async with installation.serving():
            await asked(tmp_path / "data", "resume", number=broadcast)
            await city.wait_for_calls("sendMessage", within=150)
            watch = Stopwatch()
            while len(sent := [call for call in city.record.sends() if broadcast in call.text]) < len(recipients):
                city.write(city.person("Citizen"), "Sixth Municipal Hospital")
                await asyncio.sleep(1 / asking)
            needed = watch.seconds() - (time.monotonic() - sent[-1].at)
    took, answers = sent[-1].at - sent[0].at, len(city.record.sends()) - len(sent)
    assert {call.chat_id for call in sent} == set(recipients)
    # A busy machine makes it longer, but no shorter, and what it needs by itself no longer.
    expected = duration_of(len(recipients), questions_per_second=answers / took)
    assert took > 0.85 * expected
    assert needed < 1.15 * expected


@pytest.mark.parametrize("what", TABLES)
def test_a_table_grows_by_the_same_bytes_with_each_row(what: str, tmp_path: Path, postgresql: Server) -> None:
    for place in (file_place(tmp_path / "minsheng.db"), server_place(postgresql)):
        row = bytes_per_row(place, what, (10_000, 20_000))
        table, fill = TABLES[what]
        before = size_of(place, table)
        fill(place, 20_001, 20_000)
        assert size_of(place, table) - before == pytest.approx(20_000 * row, rel=0.15)


@pytest.mark.soak
async def test_replicas_answer_as_many_as_simulated() -> None:
    runs = [await measure_rush(replicas) for replicas in (1, 2, 3)]
    for measured in runs:
        assert measured.rate == pytest.approx(simulated(fitted(runs), measured), rel=0.25)
