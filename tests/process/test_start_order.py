"""Programs start in any order: the bot waits for its database and for Telegram, and its web server says what for."""

import asyncio
import json
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from bot.sandbox import Sandbox
from tests.postgres import PASSWORD, Server
from tests.process.bot_process import Installation


def free_address() -> str:
    """Return a host and port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


async def ready(listen: str) -> tuple[int, dict[str, object]]:
    status, body = await asyncio.to_thread(get, f"http://{listen}/readyz")
    found: dict[str, object] = json.loads(body)
    return status, found


async def metrics_with(listen: str, line: str) -> str:
    """Wait until the metrics have this line, and return them."""
    async with asyncio.timeout(150):
        while line not in (metrics := (await asyncio.to_thread(get, f"http://{listen}/metrics"))[1]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return metrics


async def test_a_database_and_a_telegram_that_start_later_are_waited_for(tmp_path: Path, postgresql: Server) -> None:
    listen, address = free_address(), postgresql.address(postgresql.new_database())
    async with Sandbox() as city:
        installation = Installation(city, tmp_path, settings={"DATABASE_URL": address, "LISTEN": listen})
        postgresql.stop()
        await city.close()
        try:
            async with installation.started() as process:
                await process.says("it is tried again")
                await asyncio.sleep(2)
                assert process.said().count("it is tried again") == 1
                status, state = await ready(listen)
                assert (status, "PostgreSQL" in str(state["troubles"])) == (503, True)
                assert await asyncio.to_thread(get, f"http://{listen}/healthz") == (200, "ok\n")
                postgresql.start()
                await process.says("Telegram cannot be reached")
                await city.listen()
                ann = city.person("Ann")
                city.write(ann, "hospital")
                city.write(city.person("Ben"), "what colour is my bicycle")
                await city.wait_for_replies(ann, within=30)
                assert (await ready(listen))[0] == 200
                metrics = await metrics_with(listen, "minsheng_inbox_open_groups 1.0")
                assert 'minsheng_answers_total{language="en",outcome="' in metrics
                assert "minsheng_knowledge_projects 0.0" not in metrics
                assert await process.leaves() == 0
        finally:
            if postgresql.running is None:
                postgresql.start()
    assert PASSWORD not in process.said()


async def test_a_bot_that_waits_for_its_database_stops_when_it_is_told_to(tmp_path: Path) -> None:
    async with Sandbox() as city:
        address = "postgresql://minsheng@127.0.0.1:1/minsheng"
        installation = Installation(city, tmp_path, settings={"DATABASE_URL": address})
        async with installation.started() as process:
            await process.says("it is tried again")
            assert await process.leaves() == 0
