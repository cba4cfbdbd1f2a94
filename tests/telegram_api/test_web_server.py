"""Health and metrics on `LISTEN`."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox import Sandbox
from bot.telegram_api.health import Health
from bot.telegram_api.web_server import WebServer
from tests.telegram_api.conftest import Echo


@dataclass
class Monitor:
    """An operator's monitoring, and the server that it asks."""

    server: WebServer
    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.url + path) as response:
            return response.status, await response.text()

    async def metrics(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """Name and label values -> value."""
        _, text = await self.get("/metrics")
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture
async def monitor(echo: Echo) -> AsyncIterator[Monitor]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = WebServer(echo.health)
    async with server.listening("127.0.0.1", port), aiohttp.ClientSession() as session:
        yield Monitor(server, f"http://127.0.0.1:{port}", session)


async def test_before_the_start_is_complete_the_bot_is_alive_and_not_ready(monitor: Monitor) -> None:
    assert (await monitor.get("/healthz"))[0] == 200
    status, state = await monitor.get("/readyz")
    assert (status, '"starting"' in state) == (503, True)

    monitor.server.set_serving(lambda: None)
    assert (await monitor.get("/readyz"))[0] == 200


@pytest.mark.parametrize("path", ["/readyz", "/health"])
async def test_a_problem_makes_the_bot_unready_and_is_named(monitor: Monitor, echo: Echo, path: str) -> None:
    monitor.server.set_serving(lambda: None)
    echo.health.report("unreachable", "Telegram cannot be reached")
    status, state = await monitor.get(path)
    assert (status, "Telegram cannot be reached" in state) == (503, True)
    assert (await monitor.metrics())["minsheng_problem", ("unreachable",)] == 1

    echo.health.resolve("unreachable")
    assert (await monitor.get(path))[0] == 200
    assert (await monitor.metrics())["minsheng_problem", ("unreachable",)] == 0


async def test_a_handled_update_and_its_calls_are_counted(monitor: Monitor, echo: Echo, sandbox: Sandbox) -> None:
    before = await monitor.metrics()
    ann = sandbox.person()
    sandbox.write(ann, "a secret question")
    [update] = await echo.client.fetch(0, wait=1)
    await echo.update_queue.accept([update])
    await sandbox.wait_for_replies(ann)
    await echo.update_queue.drain(1.0)
    after = await monitor.metrics()

    def grown(name: str, *labels: str) -> float:
        return after[name, labels] - before.get((name, labels), 0.0)

    assert grown("minsheng_updates_total", "handled") == 1
    assert grown("minsheng_update_seconds_count") == 1
    assert grown("minsheng_telegram_calls_total", "ok") == 2
    shown = (await monitor.get("/metrics"))[1]
    assert "secret" not in shown
    assert str(ann) not in shown


async def test_gauges_are_set_at_each_scrape(monitor: Monitor) -> None:
    scrapes: list[None] = []
    monitor.server.set_serving(lambda: scrapes.append(None))
    await monitor.metrics()
    await monitor.metrics()
    assert len(scrapes) == 2


async def test_what_is_not_served_is_not_found(monitor: Monitor) -> None:
    assert (await monitor.get("/"))[0] == 404


def test_health_counts_a_problem_once() -> None:
    health = Health()
    health.report("database", "one")
    health.report("database", "another")
    assert health.problems == ("another",)
