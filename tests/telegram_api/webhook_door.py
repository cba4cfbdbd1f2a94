"""The echo bot behind a webhook that listens on this machine."""

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from bot.telegram_api.web_server import WebServer
from bot.telegram_api.webhook import Webhook
from tests.telegram_api.conftest import Echo

SECRET = "the-secret-of-the-webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Door:
    """A listening webhook, and a client for it."""

    port: int
    session: aiohttp.ClientSession
    stopping: asyncio.Event

    async def knock(self, body: bytes, secret: str | None = SECRET, path: str = "/hook") -> int:
        """Send a call; return the status of the response."""
        headers = {} if secret is None else {HEADER: secret}
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.post(url, data=io.BytesIO(body), headers=headers) as response:
            await response.read()
            return response.status


@contextlib.asynccontextmanager
async def opened_door(echo: Echo) -> AsyncIterator[Door]:
    """Serve a webhook for the echo bot, whose limits a test may have changed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stopping = asyncio.Event()
    webhook = Webhook(path="/hook", secret=SECRET, update_queue=echo.update_queue, stopping=stopping)
    server = WebServer(echo.health)
    server.add(webhook.route)
    server.set_serving(lambda: None)
    recording = asyncio.create_task(echo.update_queue.run_recorder())
    async with server.listening("127.0.0.1", port), aiohttp.ClientSession() as session:
        yield Door(port, session, stopping)
    await echo.update_queue.drain(1.0)
    recording.cancel()
