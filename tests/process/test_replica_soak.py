"""Three replicas for a long time, while everything fails: processes, the database's server, Telegram.

Each few seconds one of these happens: a replica is killed, or frozen for up to 15 seconds; PostgreSQL is restarted.
Telegram answers one message in twenty with an error. Meanwhile people ask, the knowledge is changed, and two broadcasts
are sent. `SOAK_SECONDS` and `SOAK_SUBSCRIBERS` set the length; the seed is printed. An answer may arrive once more for
each failure while its question was open, and out of order only if the database was away: then a replica cannot know
what the others are doing, and answers.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from bot.sandbox import Sandbox
from bot.storage import open_store
from tests import postgres
from tests.broadcasts.subscribers import confirmed
from tests.factories import YAML_TEXT
from tests.process.bot_process import TOKEN, Installation, Process
from tests.process.replica_checks import QUESTIONS, copies, expected_replies, knowledge_of, save, subscribed
from tests.process.replicas import Cluster, stop, wake
from tests.storage.databases import Place, server_place

pytestmark = pytest.mark.soak
SECONDS = float(os.environ.get("SOAK_SECONDS", "1200"))
SUBSCRIBERS = int(os.environ.get("SOAK_SUBSCRIBERS", "5000"))
#: Seconds within which a replica that was killed, frozen or cut off is replaced or serves again.
_AFTERMATH = 20.0


@dataclass
class Soak:
    """The running replicas, and the faults that were caused so far."""

    city: Sandbox
    server: postgres.Server
    place: Place
    cluster: Cluster
    chance: random.Random
    asked: dict[int, list[str]] = field(default_factory=dict)
    asked_at: dict[int, float] = field(default_factory=dict)
    disturbances: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, float, float]] = field(default_factory=list)
    processes: dict[int, Process] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep_running(self, installation: Installation, number: int) -> None:
        """Start a replica again whenever it ends."""
        while not self.over.is_set():
            async with installation.started() as process:
                self.processes[number] = process
                while process.exit_code is None and not self.over.is_set():  # noqa: ASYNC110 - a process has no event
                    await asyncio.sleep(0.1)
                if self.over.is_set():
                    await process.leaves()

    async def disturb(self) -> None:
        """Kill or freeze a replica, or restart the database, every few seconds."""
        while True:
            await asyncio.sleep(self.chance.uniform(5, 20))
            what = self.chance.choice(["kill", "freeze", "database"])
            self.disturbances[what] += 1
            began = time.monotonic()
            try:
                await self._disturb(what)
            finally:
                self.failures.append((what, began, time.monotonic() + _AFTERMATH))

    async def _disturb(self, what: str) -> None:
        if what == "database":
            self.server.stop()
            try:
                await asyncio.sleep(self.chance.uniform(0, 2))
            finally:
                self.server.start()
            return
        process = self.processes[self.chance.randrange(len(self.processes))]
        with suppress(ProcessLookupError):
            if what == "kill":
                await process.is_killed()
                return
            stop(process)
            try:
                await asyncio.sleep(self.chance.uniform(1, 15))
            finally:
                wake(process)

    async def ask(self) -> None:
        """Ask three questions as one person after the other."""
        while True:
            person = self.city.person("Asker")
            self.asked_at[person] = time.monotonic()
            self.asked[person] = [QUESTIONS[(person + number) % len(QUESTIONS)] for number in range(3)]
            for question in self.asked[person]:
                self.city.write(person, question)
            await asyncio.sleep(0.25)

    async def publish(self) -> None:
        """Publish again and again; only a title changes, which no answer shows."""
        while True:
            await asyncio.sleep(20)
            title = f"Ten public projects {self.chance.randrange(1000)}"
            save(self.cluster.installations[0], YAML_TEXT.replace("Ten public projects", title, 1))

    async def broadcast(self) -> None:
        """Send two broadcasts in turn."""
        for number in range(2):
            await self._queue_broadcast()
            while self._finished() <= number:  # noqa: ASYNC110 - the database has no event
                await asyncio.sleep(1)

    async def _queue_broadcast(self) -> None:
        while True:
            with suppress(Exception):  # the server may just be away
                async with open_store(self.place.address, shared=True) as store, store.joined():
                    assert store.replica is not None
                    await confirmed(store, kind="alert")
                    await store.replica.wake_sender()
                    return
            await asyncio.sleep(1)

    def _finished(self) -> int:
        with suppress(psycopg.Error):
            self.place.execute("UPDATE broadcasts SET state = 'queued' WHERE state = 'paused'")  # an admin agrees
            return int(self.place.execute("SELECT count(*) FROM broadcasts WHERE state = 'finished'")[0][0])
        return -1


async def test_nothing_is_lost_while_everything_fails(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", time.time_ns() % 10**6))
    sys.stdout.write(f"seed {seed}\n")
    with postgres.server(durable=True) as server:
        place = server_place(server)
        async with Sandbox(TOKEN) as city:
            city.webhook_sender.second = 0.2
            cluster = Cluster(city, tmp_path, place, number=3, is_sticky=True)
            soak = Soak(city, server, place, cluster, random.Random(seed))
            people = await subscribed(city, place, SUBSCRIBERS)
            async with cluster.proxy.running(), asyncio.TaskGroup() as group:
                for number, installation in enumerate(cluster.installations):
                    group.create_task(soak.keep_running(installation, number))
                while len(soak.processes) < len(cluster.installations):  # noqa: ASYNC110 - a process has no event
                    await asyncio.sleep(0.1)
                await city.wait_for_calls("setWebhook", within=60)
                answers = await expected_replies(city)
                city.fault("error", "sendMessage", probability=0.05)
                trouble = [group.create_task(work()) for work in (soak.ask, soak.publish, soak.disturb)]
                sending = group.create_task(soak.broadcast())
                await asyncio.sleep(SECONDS)
                for task in trouble:
                    task.cancel()
                await asyncio.gather(*trouble, return_exceptions=True)
                city.state.faults.clear()
                await asyncio.wait_for(sending, 900)
                await asyncio.gather(*(city.wait_for_replies(person, 3, within=180) for person in soak.asked))
                await city.wait_until_confirmed(within=120)
                await city.wait_until_quiet(2)
                await until_same(cluster)
                soak.over.set()
    check_answers(soak, answers)
    got = copies(city)
    assert got.keys() == set(people)
    assert max(got.values()) <= 2 * 2
    assert sum(got.values()) <= 2 * len(people) + 16 * sum(soak.disturbances.values())
    sys.stdout.write(f"{dict(soak.disturbances)}, {len(soak.asked)} people asked\n")


def check_answers(soak: Soak, answers: dict[str, str]) -> None:
    """Every question is answered in order, and once more at most for each kill, freeze or restart in the meantime."""
    answered_at = {call.chat_id: call.at for call in soak.city.calls(method="sendMessage") if call.accepted}
    extra, disordered, waits = 0, 0, []
    for person, questions in soak.asked.items():
        texts, open_for = soak.city.texts(person), (soak.asked_at[person], answered_at[person])
        failed = [what for what, began, ended in soak.failures if began <= open_for[1] and open_for[0] <= ended]
        expected = [answers[question] for question in questions]
        assert set(texts) == set(expected), (person, texts)
        assert max(Counter(texts).values()) <= 1 + len(failed), (person, failed, texts)
        if list(dict.fromkeys(texts)) != expected:
            disordered += 1
            assert "database" in failed, (person, texts)
        if not failed:
            assert len(texts) == len(questions), (person, texts)
        extra += len(texts) - len(questions)
        waits.append(open_for[1] - open_for[0])
    assert extra <= 16 * sum(soak.disturbances.values())
    cuts = statistics.quantiles(waits, n=100)
    sys.stdout.write(
        f"{extra} answers were sent twice, {disordered} people answered out of order\n"
        f"seconds until the third answer of a person:"
        f" half {cuts[49]:.1f}, 99 of 100 {cuts[98]:.1f}, longest {max(waits):.1f}\n"
    )


async def until_same(cluster: Cluster) -> None:
    """Wait until all replicas have the same files."""
    async with asyncio.timeout(150):
        while len({knowledge_of(each) for each in cluster.installations}) > 1:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)
