"""The real program with a Telegram that sends nonsense, and strangers who open more connections than it allows."""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.state import Webhook
from tests.bench.machine import cpu_of
from tests.factories import YAML_TEXT
from tests.process.bot_process import TOKEN, Installation
from tests.process.mean_server import SPOILED, MeanServer

#: Nobody waits 22 seconds here between two calls with a token that seems to be refused.
_HURRY = "import bot.telegram_api.retry_policy as policy; policy.TOKEN_INTERVAL = 0.5\n"


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        running.webhook_sender.second = 0.2
        yield running


async def test_whatever_telegram_answers_everybody_gets_an_answer(city: Sandbox, tmp_path: Path) -> None:
    """For each person, the answers to the first message and to getUpdates are broken in another way."""
    async with MeanServer(city.url).serving() as mean:
        installation = Installation(city, tmp_path, settings={"TELEGRAM_API_BASE_URL": mean.url}, prelude=_HURRY)
        async with installation.serving() as process:
            for name, spoil in SPOILED.items():
                person = city.person(name)
                mean.to_chat[person] = spoil
                mean.spoiled["getUpdates"].append(spoil)
                city.write(person, "heating")
                await city.wait_for_replies(person)
            await city.wait_until_confirmed()
            await city.wait_until_quiet()
            assert await process.leaves() == 0

    people = {chat: person.user["first_name"] for chat, person in city.state.people.items()}
    assert {name: len(city.texts(chat)) for chat, name in people.items() if name in SPOILED} == dict.fromkeys(
        SPOILED, 1
    )
    written = installation.everything_written()
    assert TOKEN.encode() not in written
    assert b"Traceback" not in written


async def test_more_connections_than_descriptors_stop_neither_answers_nor_health_nor_the_file_watch(
    city: Sandbox, tmp_path: Path
) -> None:
    """Half of them send the beginning of a request. Another program deletes the webhook, and the bot sets it again."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
    looking = "import bot.telegram_api.webhook_watch as watch; watch.CHECK_INTERVAL = 0.5\n"
    installation = Installation(city, tmp_path, webhook=True, prelude=limit + looking)
    host, port = installation.settings["LISTEN"].split(":")
    open_: list[asyncio.StreamWriter] = []

    async def connect() -> None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, int(port))
            open_.append(writer)
            if len(open_) % 2:
                writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\n")

    async with installation.serving() as process:
        cpu = cpu_of(process.pid)
        started = time.monotonic()
        for _ in range(20):
            await asyncio.gather(*(connect() for _ in range(30)))
            await asyncio.sleep(0.1)
        assert len(open_) > 256
        city.state.webhook = Webhook()
        health = await asyncio.to_thread(_get, f"http://{host}:{port}/healthz")
        person = city.person()
        city.write(person, "heating")
        await city.wait_for_replies(person)
        (tmp_path / "projects.yaml").write_text(
            YAML_TEXT.replace("Elderly care", "Care of the elderly"), encoding="utf-8"
        )
        await process.says('"published"', within=150)
        busy = (cpu_of(process.pid) - cpu) / (time.monotonic() - started)
        for writer in open_:
            writer.transport.abort()
        assert await process.leaves() == 0

    events = [json.loads(line)["event"] for line in process.said().splitlines() if line.startswith("{")]
    assert health == 200
    assert events.count("too_many_connections") == 1
    assert events.count("webhook_set_again") == 1
    assert len(events) < 200
    assert busy < 0.8
    assert "Too many open files" not in process.said()


def _get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        status: int = answer.status
        return status
