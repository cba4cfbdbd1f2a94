"""The sandbox as a server on this machine."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http_server import bind
from bot.sandbox.api import Api
from bot.sandbox.connections import Transports, break_off, protocol_into
from bot.sandbox.control import Control
from bot.sandbox.inspection import Inspection
from bot.sandbox.limits import Limits
from bot.sandbox.membership import Membership
from bot.sandbox.network_conditions import NetworkConditions
from bot.sandbox.state import SandboxState
from bot.sandbox.user_actions import UserActions
from bot.sandbox.webhook_sender import WebhookSender

TOKEN = "1000000001:sandbox-token-that-is-no-secret"  # noqa: S105  (it opens nothing but the sandbox)


class Sandbox(UserActions, Membership, Inspection, NetworkConditions):
    """A Telegram with one bot: `async with Sandbox() as sandbox`. It may be closed and listen again."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        latency: float | tuple[float, float] = 0.0,
        seed: int = 0,
        control: bool = True,
    ) -> None:
        self.state = SandboxState(token, limits, seed)
        self.record = self.state.record
        self.latency = latency
        self.host = host
        #: 0 until it listens, if any free port was requested
        self.port = port
        self.webhook_sender = WebhookSender(self.state)
        self._transports: Transports = {}
        self._server: _Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.app = self._application(control=control)

    @property
    def url(self) -> str:
        """The root URL, for the bot's TELEGRAM_API_BASE_URL."""
        return f"http://{self.host}:{self.port}"

    @property
    def token(self) -> str:
        """The bot's valid token."""
        return self.state.token

    async def listen(self) -> None:
        """Listen; returns when connections are accepted. Raises OSError if the port is taken."""
        listening = bind(self.host, self.port)
        self.port = listening.getsockname()[1]
        self._server = _Server(self.app, self._transports)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listening])),
            asyncio.create_task(self.webhook_sender.run()),
        ]

    async def close(self) -> None:
        """Refuse connections and break the open ones; people, chats and updates stay."""
        if self._server is None:
            return
        self.drop_connections()
        self._server.leave()
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None

    def drop_connections(self) -> None:
        """Reset the bot's open connections, including that of a waiting getUpdates call."""
        for transport in list(self._transports.values()):
            break_off(transport)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _application(self, *, control: bool) -> Starlette:
        """The Bot API, and with `control` the acts of people under /sandbox, which need no token."""
        api, acts = Api(self, self._transports), Control(self)
        routes = [
            Route("/bot{token}/{method}", api.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", api.download),
        ]
        if control:
            routes.append(Route("/sandbox", acts.list_acts))
            routes.append(Route("/sandbox/{act}", acts.act, methods=["POST"]))
        return Starlette(routes=routes, exception_handlers={404: _not_found})


async def serve(
    host: str,
    port: int,
    token: str,
    *,
    ready: Callable[[Sandbox], None] = lambda _: None,
) -> None:
    """Serve a Telegram for other processes until SIGTERM or SIGINT; `ready` is called once it listens."""
    async with Sandbox(token, host=host, port=port) as sandbox:
        leaving = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, leaving.set)
        ready(sandbox)
        await leaving.wait()


class _Server(uvicorn.Server):
    """uvicorn without signal handling, which stops at once."""

    def __init__(self, app: Starlette, transports: Transports) -> None:
        config = uvicorn.Config(
            app,
            http=protocol_into(transports),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            timeout_keep_alive=75,
        )
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Make `serve` return soon."""
        self._leaving.set()

    async def main_loop(self) -> None:
        await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait only for the handlers, because the connections are already broken."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        if tasks := list(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=2)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def _not_found(_: Request, _error: Exception) -> Response:
    return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
