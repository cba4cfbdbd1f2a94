"""The shipped proxy in front of two web servers: who gets a chat, and what happens if one is gone."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.process.replicas import free_port

CONFIG = Path(__file__).parents[2] / "deploy" / "haproxy.cfg"
pytestmark = pytest.mark.skipif(
    not (shutil.which("haproxy") and shutil.which("openssl")), reason="HAProxy is not installed"
)


class Backend:
    """A web server in the place of a replica, which records the chats of its updates."""

    def __init__(self) -> None:
        self.port, self.chats, self.status = free_port(), list[int](), 200
        app = web.Application(client_max_size=1_000_000)
        app.router.add_post("/hook", self._receive)
        app.router.add_get("/healthz", self._live)
        app.router.add_get("/metrics", self._live)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        self.chats.append((await request.json())["update_id"])
        return web.Response(status=self.status)

    async def _live(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")


def certificate(folder: Path) -> Path:
    """Create a certificate; return the path of the file with it and its key."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run([*command, *files, "-days", "1", "-subj", "/CN=localhost"], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    return both


@asynccontextmanager
async def haproxy(folder: Path, *backends: Backend) -> AsyncIterator[str]:
    """Run HAProxy with the configuration of the project; yield its address."""
    both = certificate(folder)
    port = free_port()
    values = {
        "ADDRESS": f"127.0.0.1:{port}",
        "CERTIFICATE": str(both),
        "WEBHOOK_PATH": "/hook",
        "FIRST": f"127.0.0.1:{backends[0].port}",
        "SECOND": f"127.0.0.1:{backends[1].port}",
    }
    running = await asyncio.create_subprocess_exec(
        "haproxy", "-f", str(CONFIG), "-db", env=os.environ | values, stderr=subprocess.PIPE
    )
    try:
        await _listening(running, port)
        yield f"https://127.0.0.1:{port}"
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def _listening(running: asyncio.subprocess.Process, port: int) -> None:
    """Wait until the port accepts connections. Raises AssertionError with the errors of the program if it ends."""
    async with asyncio.timeout(60):
        while True:
            assert running.returncode is None, (await running.stderr.read()).decode()  # type: ignore[union-attr]
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


def updates_of(chat: int) -> list[dict[str, Any]]:
    """Return an update of each kind that a person causes; its update_id is the id of the chat."""
    person, message = {"id": chat}, {"message_id": 1, "chat": {"id": chat}, "from": {"id": 5}, "text": "x" * 5000}
    kinds: list[dict[str, Any]] = [
        {"message": message},
        {"edited_message": message},
        {"callback_query": {"id": "1", "from": {"id": 5}, "message": message}},
        {"callback_query": {"id": "1", "from": person}},
        {"inline_query": {"id": "1", "from": person, "query": ""}},
        {"my_chat_member": {"chat": {"id": chat}, "from": {"id": 5}}},
    ]
    return [{"update_id": chat} | kind for kind in kinds]


async def test_a_chat_keeps_its_replica_and_another_one_takes_it_over(tmp_path: Path) -> None:
    first, second = Backend(), Backend()
    await first.start()
    await second.start()
    chats = [*range(1001, 1021), *range(-1_000_000_000_020, -1_000_000_000_000)]
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    async with haproxy(tmp_path, first, second) as address, aiohttp.ClientSession() as session:

        async def post(value: dict[str, Any]) -> int:
            async with session.post(f"{address}/hook", data=json.dumps(value), ssl=trust) as answer:
                return answer.status

        assert {await post(update) for chat in chats for update in updates_of(chat)} == {200}
        assert len(first.chats) + len(second.chats) == 6 * len(chats)
        assert not set(first.chats) & set(second.chats)
        assert min(len(set(first.chats)), len(set(second.chats))) > len(chats) / 5
        async with session.get(f"{address}/metrics", ssl=trust) as answer:
            assert answer.status == 403

        first.status = 503  # it stops
        seen = len(second.chats)
        assert {await post(updates_of(chat)[0]) for chat in chats} == {200}
        assert set(second.chats[seen:]) == set(chats)
        await first.stop()
        assert {await post(updates_of(chat)[0]) for chat in chats} == {200}
    await second.stop()
