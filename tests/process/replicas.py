"""Several replicas of the program behind one address, as a reverse proxy that is not sticky presents them."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.sandbox import Sandbox
from tests.process.bot_process import SECRET, Installation, Process
from tests.storage.databases import Place

_SECRET = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Proxy:
    """Passes each call to the next replica that takes connections; one that does not answer is a 502.

    A sticky one begins with the replica of the chat, as deploy/haproxy.cfg does.
    """

    backends: list[str]
    port: int = 0
    calls: int = 0
    is_sticky: bool = False

    @property
    def url(self) -> str:
        """The URL of the webhook."""
        return f"http://127.0.0.1:{self.port}/hook"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve while the body runs."""
        app = web.Application(client_max_size=1_000_000)
        app.router.add_post("/hook", self._pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as self._session:
            try:
                yield
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        self.calls += 1
        body, headers = await request.read(), {_SECRET: request.headers.get(_SECRET, "")}
        first = _chat_of(body) if self.is_sticky else self.calls
        for number in range(len(self.backends)):
            backend = self.backends[(first + number) % len(self.backends)]
            try:
                async with self._session.post(f"{backend}/hook", data=body, headers=headers) as answer:
                    return web.Response(status=answer.status)
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError, OSError):
                break
        return web.Response(status=502)


def _chat_of(body: bytes) -> int:
    message = json.loads(body).get("message")
    return abs(int(message["chat"]["id"])) if message else 0


def free_port() -> int:
    """Return a port that nothing uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Cluster:
    """Replicas of one bot, each with its own folder, on one PostgreSQL database behind one address."""

    city: Sandbox
    folder: Path
    place: Place
    number: int = 2
    settings: dict[str, str] = field(default_factory=dict)
    prelude: str = ""
    is_sticky: bool = False
    installations: list[Installation] = field(default_factory=list)

    def __post_init__(self) -> None:
        ports = [free_port() for _ in range(self.number)]
        self.proxy = Proxy([f"http://127.0.0.1:{port}" for port in ports], free_port(), is_sticky=self.is_sticky)
        for port in ports:
            folder = self.folder / f"replica-{port}"
            folder.mkdir()
            shared = {
                "DATABASE_URL": f"{self.place.address}&application_name={folder.name}",
                "LISTEN": f"127.0.0.1:{port}",
                "WEBHOOK_URL": self.proxy.url,
                "WEBHOOK_SECRET": SECRET,
            }
            self.installations.append(
                Installation(self.city, folder, settings=self.settings | shared, prelude=self.prelude)
            )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[list[Process]]:
        """Start all replicas and wait until they serve; the first one in the list is the sender."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.proxy.running())
            processes = [await stack.enter_async_context(each.started()) for each in self.installations]
            await asyncio.gather(*(process.says('"serving"') for process in processes))
            sender = await self._sender()
            yield sorted(processes, key=lambda process: f'"replica": {sender}, "replicas"' not in process.said())

    async def _sender(self) -> int:
        """Wait until a replica is the sender, and return its id."""
        async with asyncio.timeout(150):
            while not (found := self.place.execute("SELECT replica_id FROM leases")):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
        return int(found[0][0])


def stop(process: Process) -> None:
    """Freeze a process, like a machine without memory or a paused container."""
    os.kill(process.pid, signal.SIGSTOP)


def wake(process: Process) -> None:
    """Continue a frozen process."""
    os.kill(process.pid, signal.SIGCONT)
