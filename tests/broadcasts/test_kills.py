"""The real program is killed during a broadcast and restarted: it continues by itself."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.broadcasts.model import Broadcast, BroadcastClass
from bot.sandbox import Sandbox
from tests.broadcasts.checker import DeliveryRecords, check, copies_of
from tests.broadcasts.subscribers import confirmed, opened, subscribe
from tests.factories import YAML_TEXT
from tests.process.bot_process import TOKEN, Installation
from tests.storage.databases import Place, file_place

#: Runs before the program. A minute takes a second, and crashes have no limit.
_PRELUDE = """
from datetime import timedelta
import bot.broadcasts.model as model, bot.broadcasts.worker as worker
worker.RESEND_AFTER = timedelta(seconds=1)
model.MAX_CRASHES = 1000
"""


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        yield running


class Story:
    """A bot with subscribers and a broadcast that is due when it starts."""

    def __init__(self, city: Sandbox, folder: Path, people: int, kind: BroadcastClass, per_second: int = 50) -> None:
        self.city = city
        self.people = [city.person(f"P{number}") for number in range(people)]
        for person in self.people:
            city.state.people[person].seen = city.state.people[person].started = True
        settings = {"MESSAGES_PER_SECOND": str(per_second)}
        self.installation = Installation(city, folder, settings=settings, prelude=_PRELUDE)
        awake = YAML_TEXT.replace("{start: 21:00, end: 08:00}", "{start: 00:00, end: 00:00}")
        assert awake != YAML_TEXT
        (folder / "projects.yaml").write_text(awake, encoding="utf-8")
        self.place: Place = file_place(folder / "data" / "minsheng.db")
        self.kind = kind
        self.broadcast: Broadcast | None = None

    async def prepare(self) -> None:
        """Subscribe all people and confirm a broadcast."""
        async with opened(self.place) as store:
            await subscribe(store, self.people)
            self.broadcast = await confirmed(store, self.kind)

    @property
    def sends(self) -> int:
        """Count the messages of the broadcast that Telegram accepted."""
        return self.copies.total()

    @property
    def copies(self) -> Counter[int]:
        """Count the messages that each person got."""
        assert self.broadcast
        return copies_of(self.city.record, self.broadcast)

    def is_finished(self) -> bool:
        """Whether the bot says that the broadcast has ended."""
        return self.place.execute("SELECT state FROM broadcasts") == [("finished",)]

    async def sees_the_end(self, within: float = 240.0) -> None:
        """Start the program again, and wait until the broadcast has ended."""
        async with self.installation.serving() as process, asyncio.timeout(within):
            while not self.is_finished():  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)
            assert await process.leaves() == 0

    def keeps_the_promise(self, kills: int) -> DeliveryRecords:
        """Check what is stored: no recipient is lost, and none gets a third copy."""
        assert self.broadcast
        records = check(self.place, self.broadcast, self.copies, self.people, deaths=kills)
        assert len(records.of("sent")) + len(records.of("unknown")) == len(self.people)
        return records


async def _kill_at_random(story: Story, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        if story.is_finished():
            return
        async with story.installation.started() as process:
            seen = story.sends
            async with asyncio.timeout(240):
                while story.sends <= seen + 5 and not story.is_finished():  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)
                await asyncio.sleep(chance.uniform(0, 0.2))
            await process.is_killed()


@pytest.mark.parametrize(
    ("people", "kills"), [pytest.param(30, 1, id="short"), pytest.param(900, 30, id="long", marks=pytest.mark.soak)]
)
@pytest.mark.parametrize("kind", [pytest.param("notice", marks=pytest.mark.soak), "once"])
async def test_killed_again_and_again_it_loses_no_recipient(
    city: Sandbox, tmp_path: Path, kind: BroadcastClass, people: int, kills: int
) -> None:
    """SIGKILL at random moments, once in `make test`; afterwards it ends without help."""
    story = Story(city, tmp_path, people, kind)
    await story.prepare()

    await _kill_at_random(story, kills, seed=people)
    await story.sees_the_end()

    story.keeps_the_promise(kills)


@pytest.mark.soak
@pytest.mark.parametrize("number", [number for number in range(40) if number % 8 < 4])
async def test_killed_at_any_request_it_loses_no_recipient(city: Sandbox, tmp_path: Path, number: int) -> None:
    """SIGKILL when Telegram has just taken, or has not yet taken, a message: half of forty, of each kind."""
    story = Story(city, tmp_path, 40, "notice" if number % 4 < 2 else "once")
    await story.prepare()
    taken = number % 2 == 0
    city.fault("hang", "sendMessage", skip=number, times=1, accepted=taken)

    async with story.installation.started() as process, asyncio.timeout(240):
        while not any(call.fault == "hang" for call in city.record.calls):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
        await process.is_killed()
    await story.sees_the_end()

    story.keeps_the_promise(1)


@pytest.mark.parametrize("stops", [pytest.param(1, id="short"), pytest.param(20, id="long", marks=pytest.mark.soak)])
async def test_stopped_in_order_it_sends_nothing_twice(city: Sandbox, tmp_path: Path, stops: int) -> None:
    """SIGTERM, as at each update of the program: no recipient gets two, and nothing is unknown.

    Once in `make test`; that it holds over several stops is held there by `test_restarts`, without the process.
    """
    story = Story(city, tmp_path, stops * 40, "notice")
    await story.prepare()

    for _ in range(stops):
        async with story.installation.started() as process:
            seen = story.sends
            async with asyncio.timeout(240):
                while story.sends <= seen + 10 and not story.is_finished():  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)
            process.running.terminate()
            assert await process.ends() == 0
    await story.sees_the_end()

    assert story.keeps_the_promise(0).of("sent") == set(story.people)
    assert set(story.copies.values()) == {1}


@pytest.mark.soak
async def test_a_recipient_whose_message_kills_the_program_is_left_out(city: Sandbox, tmp_path: Path) -> None:
    """The program crashes at every message to them (K3): twice, then it continues without them.

    In `make test` `test_restarts` checks the same without a process.
    """
    story = Story(city, tmp_path, 40, "notice")
    await story.prepare()
    poison, deaths = story.people[20], 0

    while not story.is_finished():
        async with story.installation.started() as process, asyncio.timeout(240):
            while not story.is_finished():
                if story.copies[poison] > deaths:
                    deaths += 1
                    await process.is_killed()
                    break
                await asyncio.sleep(0.002)

    assert poison in story.keeps_the_promise(deaths).of("unknown")
    assert deaths == 2
