"""Capacity of replicas, Telegram's limits and the database: `python -m tests.bench capacity` prints docs/capacity.md.

Two things are measured: replies per second of one to three replicas, which share the processors with Telegram (the
sandbox), the proxy and PostgreSQL; and bytes of tables at two sizes. `capacity_model` simulates the rest.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from bot.sandbox import Sandbox
from tests import postgres
from tests.bench.capacity_model import Costs, duration_of, hours_of, rush
from tests.bench.machine import cpu_of, memory_of
from tests.bench.telegram import API_TIME, OURS, QUESTIONS, ROOT, TOKEN
from tests.console import bring_caches
from tests.process.bot_process import SECRET
from tests.process.replicas import Proxy, free_port
from tests.storage.broadcast_factories import insert_subscribers
from tests.storage.databases import Place, file_place, server_place

CHATS, ROUNDS = 100, 6
#: Seconds until replicas have done what follows a start.
_SETTLING = 3.0
#: Rows at which tables are measured.
SIZES = (20_000, 100_000)
#: A city of ten million: citizens who use the bot, subscribers, questions a day, unanswered ones of them, broadcasts
#: in 90 days.
USERS, SUBSCRIBERS, QUESTIONS_A_DAY, UNANSWERED, BROADCASTS = 2_000_000, 1_000_000, 100_000, 0.1, 26
_TYPICAL, _TIME = "where do I get a permit for a stall at the market", 1_772_366_400_000_000
_COSTS = ("a reply, replica", "a reply, PostgreSQL", "a reply, Telegram and the proxy", "a second, busy replica")
#: The part of a day's questions in each hour, from 0:00.
DAY = (5, 3, 2, 2, 2, 5, 15, 35, 60, 70, 70, 65, 60, 60, 65, 65, 65, 65, 70, 75, 65, 45, 22, 9)


@dataclass(frozen=True, slots=True)
class Rush:
    """Replies of replicas that share the processors with everything else."""

    replicas: int
    replies: int
    seconds: float
    replica_cpu: float
    database_cpu: float
    harness_cpu: float

    @property
    def rate(self) -> float:
        """Replies a second."""
        return self.replies / self.seconds

    @property
    def processors(self) -> float:
        """How many this run got of the machine, which others use too."""
        return (self.replica_cpu + self.database_cpu + self.harness_cpu) / self.seconds


def fitted(runs: Sequence[Rush]) -> Costs:
    """The costs with which the model is nearest to some measurements (least squares): two or more numbers of replicas.

    No cost is below zero. Runs whose processor time does not grow with their seconds give 0 for a busy replica.
    """
    replies, seconds = [run.replies for run in runs], [run.replicas * run.seconds for run in runs]
    matrix = np.array([replies, seconds]).T
    replica, per_second = nnls(matrix, np.array([run.replica_cpu for run in runs]))[0]
    database, harness = (
        sum(cpu) / sum(replies) for cpu in ([run.database_cpu for run in runs], [run.harness_cpu for run in runs])
    )
    return Costs(float(replica), database, harness, float(per_second))


def simulated(costs: Costs, measured: Rush) -> float:
    """Replies a second of as many replicas on as many processors as in a measurement."""
    return rush(costs, replicas=measured.replicas, processors=measured.processors, chats=CHATS, api_time=2 * API_TIME)


async def measure_rush(replicas: int, *, rounds: int = ROUNDS) -> Rush:
    """A hundred chats that ask again as soon as they are answered; two calls, the question and the answer."""
    with postgres.server(durable=True) as server:
        place = server_place(server)
        async with Sandbox(TOKEN, latency=API_TIME) as sandbox, _cluster(sandbox, place, replicas) as processes:
            people = [sandbox.person(f"P{number}") for number in range(CHATS)]
            await asyncio.gather(*(_ask(sandbox, person, 2) for person in people))
            await asyncio.sleep(_SETTLING)

            def cpu() -> tuple[float, float, float]:
                assert server.running is not None
                return sum(map(cpu_of, processes)), _family(server.running.pid), time.process_time()

            before, start = cpu(), time.monotonic()
            await asyncio.gather(*(_ask(sandbox, person, rounds) for person in people))
            seconds = time.monotonic() - start
            used = [after - earlier for after, earlier in zip(cpu(), before, strict=True)]
    return Rush(replicas, CHATS * rounds, seconds, *used)


async def _ask(sandbox: Sandbox, person: int, rounds: int) -> None:
    for number in range(rounds):
        last = sandbox.write(person, QUESTIONS[(person + number) % len(QUESTIONS)])
        await sandbox.wait_for_replies(person, after=last, within=60)


def _family(process: int) -> float:
    """Seconds of processor of a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return sum(map(cpu_of, [process, *map(int, children)]))


@asynccontextmanager
async def _cluster(sandbox: Sandbox, place: Place, replicas: int) -> AsyncIterator[list[int]]:
    """Replicas with the shipped knowledge behind one address; the ids of their processes."""
    ports = [free_port() for _ in range(replicas)]
    proxy = Proxy([f"http://127.0.0.1:{port}" for port in ports], free_port(), is_sticky=True)
    with tempfile.TemporaryDirectory() as folder:
        running = []
        async with proxy.running():
            for port in ports:
                data = Path(folder) / str(port)
                bring_caches(data)
                running.append(await _start_replica(sandbox, place, data, port, proxy.url))
            try:
                await _until_joined(place, replicas)
                yield [process.pid for process in running]
            finally:
                for process in running:
                    process.send_signal(signal.SIGTERM)
                    await process.wait()


async def _start_replica(sandbox: Sandbox, place: Place, data: Path, port: int, url: str) -> asyncio.subprocess.Process:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": sandbox.url,
        "DATA_DIR": str(data),
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": place.address,
        "LISTEN": f"127.0.0.1:{port}",
        "WEBHOOK_URL": url,
        "WEBHOOK_SECRET": SECRET,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", OURS, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
    )


async def _until_joined(place: Place, replicas: int) -> None:
    async with asyncio.timeout(120):
        while place.count("replicas") != replicas:  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.2)
    await asyncio.sleep(1.0)


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of one replica."""

    most_until_ready: float
    ready: float
    after_answers: float


async def measure_memory(answers: int = 1_000) -> list[Memory]:
    """A replica with an empty folder, which computes its caches, and the same one after a restart, which maps them."""
    with postgres.server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        place, port = server_place(server), free_port()
        async with Sandbox(TOKEN) as sandbox:
            return [await _memory_of_start(sandbox, place, Path(folder) / "data", port, answers) for _ in range(2)]


async def _memory_of_start(sandbox: Sandbox, place: Place, data: Path, port: int, answers: int) -> Memory:
    people = [sandbox.person(f"P{number}") for number in range(CHATS)]
    process = await _start_replica(sandbox, place, data, port, f"http://127.0.0.1:{port}/hook")
    try:
        await _until_joined(place, 1)
        await asyncio.sleep(_SETTLING)
        most, ready = memory_of(process.pid, most=True), memory_of(process.pid)
        await asyncio.gather(*(_ask(sandbox, person, answers // CHATS) for person in people))
        return Memory(most, ready, memory_of(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def _fill_chats(place: Place, first: int, number: int) -> None:
    insert_subscribers(place, number, first)


def _fill_updates(place: Place, first: int, number: int) -> None:
    place.execute(
        f"INSERT INTO handled_updates (update_id, handled_at) {_numbers(first, number)}"
        " SELECT 700000000 + i, '2026-03-01 12:00:00.000000' FROM n"
    )


def _fill_unanswered(place: Place, first: int, number: int) -> None:
    place.execute(
        "INSERT INTO unanswered_questions (id, group_id, text, language, outcome, near, at)"
        f" {_numbers(first, number)} SELECT CAST(i AS BIGINT) * 104729, i / 5, '{_TYPICAL}',"
        f" 'en', 'unknown', '[]', {_TIME} + i FROM n"
    )


def _fill_deliveries(place: Place, first: int, number: int) -> None:
    place.execute(
        "INSERT INTO deliveries (broadcast_id, chat_id, state, attempts, epoch, claimed_at, next_at, message_id,"
        f" reason) {_numbers(first, number)} SELECT 1, i, 'sent', 1, 1, {_TIME}, {_TIME}, i, '' FROM n"
    )


def _numbers(first: int, number: int) -> str:
    last = first + number - 1
    return f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"


#: What grows: its table, and what fills it past the program.
TABLES: dict[str, tuple[str, Callable[[Place, int, int], None]]] = {
    "citizen or subscriber": ("chats", _fill_chats),
    "question, for two days": ("handled_updates", _fill_updates),
    "unanswered question, for 30 days": ("unanswered_questions", _fill_unanswered),
    "message of a broadcast, for 90 days": ("deliveries", _fill_deliveries),
}


def size_of(place: Place, table: str) -> int:
    """Bytes of a table and its indexes; of SQLite the whole file, in which nothing else grows."""
    if place.is_file:
        [[pages]], [[page]] = place.execute("PRAGMA page_count"), place.execute("PRAGMA page_size")
        return int(pages) * int(page)
    return int(place.execute(f"SELECT pg_total_relation_size('{table}')")[0][0])


def bytes_per_row(place: Place, what: str, sizes: Sequence[int] = SIZES) -> float:
    """How much a table grows with each row, from the first size to the second."""
    table, fill = TABLES[what]
    small, large = sizes
    fill(place, 1, small)
    before = size_of(place, table)
    fill(place, small + 1, large - small)
    return (size_of(place, table) - before) / (large - small)


def main() -> None:
    """Measure, simulate and print."""
    _print_rush()
    _print_limits()
    _print_growth()
    _print_memory()


def _print_rush() -> None:
    runs = [asyncio.run(measure_rush(replicas)) for replicas in (1, 2, 3)]
    costs = fitted(runs)
    print("| replicas | processors they got, with all else | replies/s | simulated |\n|---|---|---|---|")
    for run in runs:
        print(f"| {run.replicas} | {run.processors:.2f} | {run.rate:.0f} | {simulated(costs, run):.0f} |")
    print("\n| processor time | |\n|---|---|")
    for what, seconds in zip(_COSTS, (costs.replica, costs.database, costs.harness, costs.per_second), strict=True):
        print(f"| {what} | {1000 * seconds:.1f} ms |")
    print("\n| replicas, each with a processor of its own | replies/s, simulated |\n|---|---|")
    alone = Costs(costs.replica, costs.database, per_second=costs.per_second)
    for replicas in (1, 2, 3):
        rate = rush(alone, replicas=replicas, processors=replicas + 1, chats=10 * CHATS, api_time=2 * API_TIME)
        print(f"| {replicas} | {rate:.0f} |")


def _print_limits() -> None:
    print("\n| hour | questions | answers | broadcast | longest wait |\n|---|---|---|---|---|")
    total = sum(DAY)
    questions = [QUESTIONS_A_DAY * part / total for part in DAY]
    storm = [*questions[:18], 150_000, *questions[19:]]  # everybody asks at once in the evening
    for hour, span in enumerate(hours_of(storm, broadcast=SUBSCRIBERS, starts=9)):
        print(f"| {hour} | {storm[hour]:,.0f} | {span.answers:,.0f} | {span.broadcast:,.0f} | {span.wait:,.0f} s |")
    print("\n| recipients | nobody asks | 4 questions/s | 15 questions/s |\n|---|---|---|---|")
    for recipients in (10_000, 100_000, SUBSCRIBERS):
        cells = [duration_of(recipients, questions_per_second=rate) / 3600 for rate in (0, 4, 15)]
        print(f"| {recipients:,} | " + " | ".join(f"{hours:.1f} h" for hours in cells) + " |")


def _print_growth() -> None:
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        for number, what in enumerate(TABLES):
            places = file_place(Path(folder) / f"{number}.db"), server_place(server)
            rows[what] = [bytes_per_row(place, what) for place in places]
    numbers = (USERS, 2 * QUESTIONS_A_DAY, 30 * UNANSWERED * QUESTIONS_A_DAY, BROADCASTS * SUBSCRIBERS)
    print("\n| a row | SQLite | PostgreSQL | rows in the city | SQLite | PostgreSQL |\n|---|---|---|---|---|---|")
    totals = [0.0, 0.0]
    for (what, sizes), count in zip(rows.items(), numbers, strict=True):
        megabytes = [size * count / 1e6 for size in sizes]
        totals = [total + each for total, each in zip(totals, megabytes, strict=True)]
        cells = f"{sizes[0]:.0f} bytes | {sizes[1]:.0f} bytes | {count:,.0f}"
        print(f"| {what} | {cells} | {megabytes[0]:,.0f} MB | {megabytes[1]:,.0f} MB |")
    print(f"| all | | | | {totals[0]:,.0f} MB | {totals[1]:,.0f} MB |")


def _print_memory() -> None:
    print("\n| MB of a replica | most until it is ready | when it is ready | after 1,000 answers |\n|---|---|---|---|")
    first, later = asyncio.run(measure_memory())
    for what, each in (("first start, in an empty folder", first), ("later starts", later)):
        print(f"| {what} | {each.most_until_ready:.0f} | {each.ready:.0f} | {each.after_answers:.0f} |")


if __name__ == "__main__":
    main()
