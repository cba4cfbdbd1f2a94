"""A million subscribers: their cost for the program, and answers meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, TypeVar

import pytest

from bot.broadcasts.model import Broadcast
from bot.sandbox import Sandbox
from bot.storage import Store
from bot.storage.delivery_queue import _SHUFFLE_GROUPS
from tests.bench.machine import memory_of
from tests.broadcasts.controls import asked, paused_by_operator
from tests.broadcasts.subscribers import confirmed, opened
from tests.process.bot_process import TOKEN, Installation
from tests.quiet_time import Stopwatch
from tests.storage.broadcast_factories import insert_subscribers
from tests.storage.databases import Place

TEN_THOUSAND, MILLION = 10_000, 1_000_000
#: Recipients of the small broadcast beside that to a million, and how many of the million are sent to.
FEW, SENT = 1_000, 5_000
#: Megabytes that a million recipients may cost beside a thousand, and seconds that a citizen may wait longer.
MAX_MEMORY, MAX_DELAY = 20.0, 0.05
#: Seconds between two questions, and between two looks at what the program needs.
PAUSE, GLANCE = 0.05, 0.1
#: Seconds in which answers are measured while nothing else happens.
IDLE = 10.0
_Result = TypeVar("_Result")


@pytest.mark.soak
async def test_what_is_counted_and_cancelled_grows_no_faster_than_the_chats(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """The head count, the counts and the end of a broadcast, which are O(chats): what they cost here is told.

    A part of the end takes as long as the ones before it, however many were cancelled already.
    """
    timings = []
    for number, first in ((TEN_THOUSAND, 1), (MILLION, TEN_THOUSAND + 1)):
        async with opened(place) as store:
            insert_subscribers(place, number - first + 1, first)
            spent, parts = await _costs(store, number)
        timings.append(f"{number:9,} chats: {', '.join(f'{name} {seconds:.3f} s' for name, seconds in spent.items())}")
        timings.append(f"{'':9} a part of cancelling: {median(parts):.3f} s")
    half = len(parts) // 2
    _print(capsys, *timings)
    assert median(parts[half:]) < 2 * median(parts[:half])


async def _costs(store: Store, number: int) -> tuple[dict[str, float], list[float]]:
    """The duration of each action with that number of chats, and of the parts of the last one."""
    spent: dict[str, float] = {}
    parts: list[float] = []

    async def timed(name: str, act: Awaitable[_Result]) -> _Result:
        watch = Stopwatch()
        result = await act
        spent[name] = watch.seconds()
        return result

    async def cancelling() -> None:
        more = True
        while more:
            watch = Stopwatch()
            more = await store.cancel_rest(broadcast.id)
            parts.append(watch.seconds())

    broadcast = await confirmed(store, "alert")
    assert await timed("head count", store.count_audience("everybody", [], "en")) == number
    await timed("that of a language", store.count_audience("ru", [], "en"))
    await timed("gathering", _gather(store, broadcast))
    assert (await timed("counts", store.counts(broadcast.id))).of("pending") == number
    assert await store.move_broadcast(broadcast.id, ["sending"], "cancelled", None, is_open=False)
    await timed("cancelling", cancelling())
    assert dict((await store.counts(broadcast.id)).numbers) == {("cancelled", ""): number}
    return spent, parts


async def _gather(store: Store, broadcast: Broadcast) -> None:
    now = broadcast.created_at
    epoch = (await store.take_over(broadcast.id, now)).broadcast.epoch
    while await store.gather(broadcast.id, epoch, testers=[], default="en", now=now):
        pass


@dataclass
class Story:
    """The real program, a Telegram, and what an operator sees of both."""

    city: Sandbox
    place: Place
    data: Path
    process: int
    waits: list[float] = field(default_factory=list)  #: seconds from each question to its answer
    most: float = 0.0  #: the most megabytes that the program had since this was set to nothing

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[list[float]]:
        """Ask questions and measure memory during the body; return how long each person waited."""
        waits: list[float] = []
        others = [asyncio.create_task(self._ask(waits)), asyncio.create_task(self._look())]
        yield waits
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _ask(self, waits: list[float]) -> None:
        while True:
            citizen = self.city.person("Citizen")
            watch = Stopwatch()
            self.city.write(citizen, "how many beds")
            await self.city.wait_for_replies(citizen, within=150)
            waits.append(watch.seconds())
            await asyncio.sleep(PAUSE)

    async def _look(self) -> None:
        while True:
            self.most = max(self.most, memory_of(self.process))
            await asyncio.sleep(GLANCE)

    async def reaches(self, broadcast: Broadcast, state: str, within: float = 300.0) -> dict[str, Any]:
        """Wait until the operator sees this state; return all fields."""
        async with asyncio.timeout(within):
            while (row := await self.status(broadcast))["state"] != state:  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(GLANCE)
        return row

    async def status(self, broadcast: Broadcast) -> dict[str, Any]:
        """Return the progress of the broadcast."""
        [row] = await asked(self.data, "status", number=broadcast.number)
        return row

    async def forgets(self, person: int) -> None:
        """Erase everything that is stored about this person."""
        self.city.write(person, "/forget")
        [question] = await self.city.wait_for_replies(person)
        self.city.press(person, question["message_id"], "Yes, erase it")
        await self.city.wait_until_confirmed()

    def names(self, person: int) -> bool:
        """Whether a delivery names this person."""
        return self.place.execute(f"SELECT count(*) FROM deliveries WHERE chat_id = {person}") != [(0,)]


def _sent_first(number: int, most: int) -> list[int]:
    """The first recipients of a broadcast to `number` subscribers, in the mixed order of the delivery queue."""
    return sorted(range(1, number + 1), key=lambda chat: (chat % _SHUFFLE_GROUPS, chat))[:most]


@asynccontextmanager
async def _running_story(place: Place, folder: Path, number: int) -> AsyncIterator[Story]:
    """The program with `number` subscribers, of whom the last, and those who are sent to first, are in Telegram."""
    async with Sandbox(TOKEN) as city:
        for person in {*range(1, FEW + 1), *_sent_first(number, 4 * SENT), number}:
            city.person(number=person)
            city.state.people[person].seen = city.state.people[person].started = True
        settings = {"MESSAGES_PER_SECOND": "1000", "DATABASE_URL": place.address, "LOG_LEVEL": "INFO"}
        installation = Installation(city, folder, settings=settings, from_nothing=True)
        async with installation.serving() as process:
            yield Story(city, place, folder / "data", process.pid)
            assert await process.leaves() == 0


@pytest.mark.soak
async def test_a_million_recipients_cost_no_memory_and_delay_no_answer(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a thousand to a million the program grows by less than 20 MB, and answers come as before.

    While the million is sent to, one of them has everything erased; then it is ended. Nobody is lost from the counts.
    """
    async with opened(place):
        insert_subscribers(place, MILLION)
        place.execute(f"UPDATE chats SET spoken = 'ru' WHERE chat_id <= {FEW}")
    few, many = (
        await paused_by_operator(place, kind="alert", audience="ru"),
        await paused_by_operator(place, kind="alert"),
    )
    async with _running_story(place, tmp_path, MILLION) as story:
        async with story.watched():
            await asked(story.data, "resume", number=few.number)
            await story.reaches(few, "finished")
        async with story.watched() as idle:
            await asyncio.sleep(IDLE)
        before, story.most = story.most, 0.0

        watch = Stopwatch()
        async with story.watched() as busy:
            await asked(story.data, "resume", number=many.number)
            await story.reaches(many, "sending")
            gathered = watch.seconds()
        async with story.watched() as sending:
            async with asyncio.timeout(120):
                await _is_sent_to(story, many, SENT)
            await story.forgets(MILLION)
            forgotten = not story.names(MILLION)
        watch = Stopwatch()
        async with story.watched() as ending:
            await asked(story.data, "cancel", number=many.number)
            await _is_swept(story, many)
        ended = watch.seconds()
        end = await story.status(many)
    grown = story.most - before
    _print(
        capsys,
        f"memory {before:.1f} MB with {FEW:,} recipients, {grown:+.1f} MB with {MILLION:,}",
        f"gathering {gathered:.1f} s, ending {ended:.1f} s",
        *(_figures(*row) for row in (("idle", idle), ("gathering", busy), ("sending", sending), ("ending", ending))),
    )

    assert grown < MAX_MEMORY
    assert max(median(waits) for waits in (busy, sending, ending)) - median(idle) < MAX_DELAY
    assert forgotten
    assert end["rest"] == end["unknown"] == end["refused"] == 0
    assert (end["skipped"], end["sent"] + end["cancelled"]) == (1, MILLION - 1)
    assert end["sent"] == len({call.chat_id for call in story.city.record.sends() if many.number in call.text})


async def _is_sent_to(story: Story, broadcast: Broadcast, number: int) -> None:
    while (await story.status(broadcast))["sent"] < number:  # noqa: ASYNC110 - another process has no event
        await asyncio.sleep(GLANCE)


async def _is_swept(story: Story, broadcast: Broadcast) -> None:
    """Wait until no delivery is pending."""
    waiting = f"SELECT 1 FROM deliveries WHERE broadcast_id = {broadcast.id} AND state = 'pending' LIMIT 1"
    async with asyncio.timeout(300):
        while await asyncio.to_thread(story.place.execute, waiting):  # noqa: ASYNC110 - as above
            await asyncio.sleep(1)


def _figures(name: str, seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100)
    timings = "/".join(f"{1000 * value:.0f}" for value in (cuts[49], cuts[98], max(seconds)))
    return f"answers while {name}: {len(seconds)}, p50/p99/most {timings} ms"


def _print(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
