"""A replica is lost during a rush and a broadcast: the metrics show it, and a backup continues elsewhere."""

import asyncio
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.sandbox import Sandbox
from tests.postgres import Server
from tests.process.bot_process import SECRET, TOKEN, Installation
from tests.process.replica_checks import (
    QUESTIONS,
    TAKEN_OVER_WITHIN,
    a_broadcast,
    asked,
    copies,
    expected_replies,
    replies_in_order,
    subscribed,
    until_finished,
    until_sent,
    wanted,
)
from tests.process.replicas import Cluster, free_port
from tests.quiet_time import takes_less_than
from tests.storage.databases import server_place

pytestmark = pytest.mark.soak
ADMIN = 21


async def metric(installation: Installation, name: str) -> float:
    """Read a metric; for a counter with labels, the sum."""
    url = f"http://{installation.settings['LISTEN']}/metrics"
    text = (await asyncio.to_thread(lambda: urlopen(url, timeout=10).read())).decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    assert lines, name
    return sum(float(value) for _, value in lines)


async def until_metric(installation: Installation, name: str, value: float) -> None:
    """Wait until a metric has this value."""
    while await metric(installation, name) != value:  # noqa: ASYNC110 - another process has no event
        await asyncio.sleep(0.2)


async def test_the_metrics_show_a_lost_replica_nothing_is_lost_and_a_backup_goes_on_elsewhere(
    tmp_path: Path, postgresql: Server
) -> None:
    place, elsewhere = server_place(postgresql), server_place(postgresql, empty=True)
    async with Sandbox(TOKEN) as city:
        city.webhook_sender.second = 0.2
        city.person(number=ADMIN)
        people = await subscribed(city, place, 400)
        cluster = Cluster(city, tmp_path, place, settings={"ADMIN_IDS": str(ADMIN)})
        async with cluster.serving() as (first, second):
            answers = await expected_replies(city)
            survivor = next(each for each in cluster.installations if each.folder in second.output.parents)
            assert await metric(survivor, "minsheng_replicas") == 2
            assert await metric(survivor, "minsheng_is_sender") == 0
            handled = await metric(survivor, "minsheng_updates_total")

            await a_broadcast(place)
            rush = asked(city, 20, times=3)
            await until_sent(city, 60, within=150)
            await first.is_killed()
            backup = tmp_path / "running.tar.gz"
            ran = await survivor.minsheng("backup", str(backup))
            assert ran.code == 0, ran
            async with takes_less_than(TAKEN_OVER_WITHIN):
                await until_metric(survivor, "minsheng_is_sender", 1)
            async with takes_less_than(TAKEN_OVER_WITHIN):
                await until_metric(survivor, "minsheng_replicas", 1)
            await asyncio.gather(*(city.wait_for_replies(person, 3, within=150) for person in rush))
            await until_finished(place, within=180)
            assert await metric(survivor, "minsheng_updates_total") > handled
            assert await second.leaves() == 0
        assert all(replies_in_order(city, person, wanted(answers, person, 3)) for person in rush)
        assert copies(city).keys() == set(people)
        assert max(copies(city).values()) <= 2

        (tmp_path / "elsewhere").mkdir()
        listen = f"127.0.0.1:{free_port()}"
        moved = Installation(
            city,
            tmp_path / "elsewhere",
            settings={
                "ADMIN_IDS": str(ADMIN),
                "DATABASE_URL": elsewhere.address,
                "LISTEN": listen,
                "WEBHOOK_URL": f"http://{listen}/hook",
                "WEBHOOK_SECRET": SECRET,
            },
        )
        ran = await moved.minsheng("restore", str(backup))
        assert ran.code == 0, ran
        async with moved.serving() as process:
            person = city.person("After")
            city.write(person, QUESTIONS[0])
            await city.wait_for_replies(person, within=150)
            assert city.texts(person) == [answers[QUESTIONS[0]]]
            await process.says('"broadcast_paused"')
            assert elsewhere.execute("SELECT state, paused_for FROM broadcasts") == [("paused", "restore")]
            assert await process.leaves() == 0
        assert max(copies(city).values()) <= 2
