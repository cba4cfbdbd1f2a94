"""Versions published in quick succession: each is announced, and one at a time is linted."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from bot.publishing.announcer import Announcer
from bot.publishing.live import LiveVersion
from bot.publishing.ports import KnowledgeTasks, Version
from bot.publishing.results import Notice, Published
from tests.publishing.publisher_env import NOON
from tests.telegram_ui.bot_env import small_city


class SlowTasks:
    """Tasks whose lint runs until it is stopped; counts the lints."""

    def __init__(self) -> None:
        self.linted: list[str] = []
        self.at_once = self.most_at_once = 0
        self.end = asyncio.Event()
        self.is_wanted: Callable[[], bool] = lambda: True

    async def lint(self, content: bytes, snapshot: Any, is_wanted: Callable[[], bool]) -> tuple[()]:
        self.is_wanted = is_wanted
        self.linted.append(snapshot.version)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.end.wait()
        self.at_once -= 1
        return ()


async def test_of_versions_that_are_published_during_a_lint_only_the_newest_is_linted() -> None:
    """A lint takes seconds and holds a snapshot: in parallel they would take gigabytes."""
    tasks, told = SlowTasks(), []

    async def announce(notice: Notice) -> None:
        told.append(notice)

    announcer, live = Announcer(announce, cast("KnowledgeTasks", tasks)), small_city()
    for number in range(8):
        version = replace(live.snapshot, version=f"v{number}")
        announcer.tell(Published(Version(f"v{number}", None, "saved", NOON), ()), LiveVersion(version, b""))
        await asyncio.sleep(0)
    tasks.end.set()
    async with asyncio.timeout(150):
        while len(told) < 8:  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.01)

    assert tasks.most_at_once == 1
    assert tasks.linted == ["v0", "v7"]
    assert [notice.version.digest for notice in told if isinstance(notice, Published)] == [f"v{n}" for n in range(8)]


async def test_a_lint_is_no_longer_wanted_once_a_newer_version_is_published() -> None:
    tasks = SlowTasks()

    async def announce(notice: Notice) -> None:
        pass

    announcer, live = Announcer(announce, cast("KnowledgeTasks", tasks)), small_city()
    wanted = []
    for name in ("first", "second"):
        version = replace(live.snapshot, version=name)
        announcer.tell(Published(Version(name, None, "saved", NOON), ()), LiveVersion(version, b""))
        await asyncio.sleep(0.01)
        wanted.append(tasks.is_wanted())
    tasks.end.set()
    assert wanted == [True, False]
