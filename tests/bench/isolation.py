"""How long others wait while a chat is stuck or floods the bot: `python -m tests.bench.isolation [polling|webhook]`.

A sandbox in this process serves as Telegram, with 50 ms for every call and with its limits (30 messages a second, one a
second in a chat, 20 a minute in a group); the bot is the real process. Ten citizens a second ask, each in a separate
chat. Their p50 and p99 are milliseconds from the question's arrival at Telegram to the answer's.

No bot can answer sooner than `least_possible`: getUpdates returns at most 100 updates per call, in order, and deletes
them when the next call has a higher offset. So calls cannot overlap: the next offset is unknown before the previous
answer, and a second call meanwhile ends the waiting one with a 409 (`Client::abort_long_poll`). `beyond` is the p99 of
the additional wait.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.sandbox import Limits, Sandbox
from tests import postgres
from tests.bench.telegram import API_TIME, KNOWLEDGE, OURS, bot_process

RATE = 10  #: citizens per second
SECONDS = 20
STUCK_SECONDS = 10.0
CLERK = 77
BATCH = 100  #: updates with each getUpdates

#: Prepares, sets the event, and disturbs for that number of seconds.
Disturbance = Callable[[Sandbox, asyncio.Event, float], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that others waited."""

    p50: float
    p99: float
    worst: float
    unanswered: int
    least: float  #: p99 of what was possible
    beyond: float  #: p99 of what each one waited longer than that


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one chat, or many, do meanwhile."""

    name: str
    disturb: Disturbance
    limits: Limits | None = None
    is_staff: bool = False  #: the person with the number CLERK is staff
    server: postgres.Server | None = None  #: where the bot keeps its data; None: SQLite


async def nothing(_: Sandbox, ready: asyncio.Event, seconds: float) -> None:
    """No one disturbs."""
    ready.set()
    await asyncio.sleep(seconds)


def stuck(kind: str, chats: int, status: int = 500) -> Disturbance:
    """Groups that ask every three seconds, and to which no message can be sent."""

    async def disturb(sandbox: Sandbox, ready: asyncio.Event, seconds: float) -> None:
        groups = [(person := sandbox.person("S"), sandbox.group(f"Stuck {person}", [person])) for _ in range(chats)]
        await sandbox.wait_until_quiet(1.0)
        for _, group in groups:
            sandbox.fault(kind, "sendMessage", chat_id=group, seconds=STUCK_SECONDS, status=status)
        ready.set()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for person, group in groups:
                sandbox.write(person, "heating", chat=group)
            await asyncio.sleep(min(3.0, max(0.0, end - time.monotonic())))

    return disturb


def flood(per_second: float) -> Disturbance:
    """One private chat that sends `per_second` messages a second."""

    async def disturb(sandbox: Sandbox, ready: asyncio.Event, seconds: float) -> None:
        ready.set()
        person, start = sandbox.person("F"), time.monotonic()
        for number in range(int(seconds * per_second)):
            await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
            sandbox.write(person, f"heating {number}")

    return disturb


async def clerk_sends_files(sandbox: Sandbox, ready: asyncio.Event, seconds: float) -> None:
    """A member of staff sends the whole file with another phrasing again and again; each one is checked."""
    sandbox.person("Clerk", number=CLERK)
    sandbox.start(CLERK)
    await sandbox.wait_until_quiet(1.0)
    ready.set()
    content = KNOWLEDGE.read_text(encoding="utf-8")
    for number in range(int(seconds / 4)):
        changed = content.replace("Sixth", f"Sixth ({number})", 1)
        sandbox.attach(CLERK, "document", content=changed, name="projects.yaml")
        await asyncio.sleep(4.0)


def hangs(server: postgres.Server) -> Disturbance:
    """A PostgreSQL that takes connections and does nothing, after the bot has worked with it for a moment."""

    async def disturb(sandbox: Sandbox, ready: asyncio.Event, seconds: float) -> None:
        for person in [sandbox.person("B") for _ in range(20)]:
            sandbox.write(person, "heating")
            await sandbox.wait_for_replies(person, within=60)
        ready.set()
        with server.frozen():
            await asyncio.sleep(seconds)

    return disturb


async def many_groups(sandbox: Sandbox, ready: asyncio.Event, seconds: float) -> None:
    """A hundred groups with 23 messages each, at once.

    While polling, no question that comes after them can be answered before those 2,300 updates were fetched, for
    getUpdates gives 100 at a time and in order: 23 calls of 50 ms, so about 1.2 s for the first questions.
    """
    people = [[sandbox.person("M") for _ in range(23)] for _ in range(100)]
    groups = [sandbox.group(f"Group {members[0]}", members) for members in people]
    await sandbox.wait_until_quiet(1.0)
    ready.set()
    for number in range(23):
        for group, members in zip(groups, people, strict=True):
            sandbox.write(members[number], "heating", chat=group)
    await asyncio.sleep(seconds)


SCENARIOS = (
    Scenario("nothing else", nothing, Limits()),
    Scenario("one group, sends take 10 s", stuck("delay", 1)),
    Scenario("one group, 429", stuck("flood", 1)),
    Scenario("one group, 500", stuck("error", 1)),
    Scenario("300 groups, sends take 10 s", stuck("delay", 300)),
    Scenario("one person, 2 messages/s", flood(2), Limits()),
    Scenario("one person, 100 messages/s", flood(100), Limits()),
    Scenario("one person, 100/s, retry_after 30", flood(100), Limits(penalty=30)),
    Scenario("100 groups, 23 messages each", many_groups, Limits()),
)


def _scenarios(server: postgres.Server) -> tuple[Scenario, ...]:
    return (
        *SCENARIOS,
        Scenario("staff's file is checked", clerk_sends_files, is_staff=True),
        Scenario("PostgreSQL answers", nothing, server=server),
        Scenario("PostgreSQL hangs", hangs(server), server=server),
    )


async def measure(scenario: Scenario, *, webhook: bool, seconds: float = SECONDS) -> Latency:
    """Others' latency in a scenario."""
    async with _running(scenario, webhook=webhook) as sandbox:
        ready = asyncio.Event()
        disturbing = asyncio.create_task(scenario.disturb(sandbox, ready, seconds))
        await ready.wait()
        sandbox.set_limits(scenario.limits)
        asked: dict[int, float] = {}
        least: dict[int, float] = {}
        start = time.monotonic() + 0.2
        for number in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, start + number / RATE - time.monotonic()))
            person = sandbox.person(f"P{number}")
            asked[person] = time.monotonic()
            sandbox.write(person, "When will the Sixth Hospital be ready?")
            least[person] = 1000 * least_possible(_updates_before_last(sandbox), webhook=webhook)
        await disturbing
        await asyncio.sleep(3.0)
        answered: dict[int, float] = {}
        for call in sandbox.calls(method="sendMessage"):
            if call.chat_id in asked and call.status == 200:
                answered.setdefault(call.chat_id, (call.at - asked[call.chat_id]) * 1000)
    unanswered = [float("inf")] * (len(asked) - len(answered))
    times = list(answered.values()) + unanswered
    beyond = [wait - least[person] for person, wait in answered.items()] + unanswered
    return Latency(_p(50, times), _p(99, times), max(times), len(unanswered), _p(99, least.values()), _p(99, beyond))


def least_possible(updates_before: int, *, webhook: bool) -> float:
    """Seconds to an answer if a bot takes no time: calls of getUpdates one after the other, then the answer."""
    if webhook:
        return API_TIME / 2  # the answer's way to Telegram
    return updates_before // BATCH * API_TIME + API_TIME


def _updates_before_last(sandbox: Sandbox) -> int:
    """How many updates Telegram has to hand out before the newest one."""
    return sum(not update.handed_out for update in sandbox.state.updates.waiting.values()) - 1


def _p(percent: int, values: Iterable[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@asynccontextmanager
async def _running(scenario: Scenario, *, webhook: bool) -> AsyncIterator[Sandbox]:
    settings = {"STAFF_IDS": str(CLERK)} if scenario.is_staff else {}
    if scenario.server is not None:
        settings["DATABASE_URL"] = scenario.server.address(scenario.server.new_database(empty=True))
    async with bot_process(OURS, webhook=webhook, settings=settings) as (sandbox, _):
        yield sandbox


def main(ways: tuple[str, ...] = ("polling", "webhook"), names: str = "") -> None:
    """Measure and print the table."""
    with postgres.server(durable=True) as server:
        for way in ways:
            alone: Latency | None = None
            for scenario in _scenarios(server):
                if alone is None or names in scenario.name:
                    latency = asyncio.run(measure(scenario, webhook=way == "webhook"))
                    alone = alone or latency
                    print(
                        f"others, {way:8} {scenario.name:36} p50 {latency.p50:8.0f} ms   p99 {latency.p99:8.0f} ms"
                        f"   least possible {latency.least:6.0f} ms   beyond {latency.beyond:6.0f} ms"
                        f"   worst {latency.worst:6.0f} ms   unanswered {latency.unanswered}"
                        f"   p99 / p99 of nothing else {latency.p99 / alone.p99:5.1f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main(tuple(sys.argv[1:2]) or ("polling", "webhook"), " ".join(sys.argv[2:]))
