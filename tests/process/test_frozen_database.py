"""A PostgreSQL server that hangs: citizens notice nothing, operators are told, and the program still ends in time."""

import asyncio
import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.sandbox import Sandbox
from tests.postgres import Server
from tests.process.bot_process import Installation
from tests.quiet_time import takes_less_than

#: Seconds for fifteen answers. Each that waited for the database would take its deadline of four.
AT_ONCE = 30.0


async def is_answered(city: Sandbox, person: int, question: str) -> None:
    """Ask a question and wait for the reply."""
    before = len(city.replies(person))
    city.write(person, question)
    await city.wait_for_replies(person, before + 1, within=150)


def _health(listen: str) -> dict[str, object]:
    try:
        with urlopen(f"http://{listen}/health", timeout=5) as response:
            answer = response.read()
    except HTTPError as error:
        answer = error.read()
    found: dict[str, object] = json.loads(answer)
    return found


@pytest.mark.parametrize(
    "webhook", [pytest.param(False, id="polling"), pytest.param(True, id="webhook", marks=pytest.mark.soak)]
)
async def test_while_the_server_hangs_answers_go_on_health_says_so_and_sigterm_ends_in_time(
    tmp_path: Path, postgresql: Server, *, webhook: bool
) -> None:
    address = postgresql.address(postgresql.new_database(empty=True))
    async with Sandbox() as city:
        installation = Installation(city, tmp_path, webhook=webhook, settings={"DATABASE_URL": address})
        async with installation.serving() as process:
            people = [city.person(f"P{number}") for number in range(5)]
            for person in people:
                city.write(person, "/start")
            await asyncio.gather(*(city.wait_for_replies(person) for person in people))
            await city.wait_until_quiet()
            with postgresql.frozen():
                async with takes_less_than(AT_ONCE):
                    for person in 3 * people:
                        await is_answered(city, person, "hospital")
                await process.says("The database cannot be used at the moment")
                if webhook:
                    health = await asyncio.to_thread(_health, installation.settings["LISTEN"])
                    assert "database" in json.dumps(health)
                async with takes_less_than(12.0):
                    assert await process.leaves(within=150) == 0
    assert "unawaited_task_failed" not in process.said()
