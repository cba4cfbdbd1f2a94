"""The bot's HTTP server on `LISTEN`: health, metrics, and in webhook mode the updates from Telegram.

It starts before the database and Telegram are reachable, so that an operator sees why a start takes long:

- `/healthz`: 200 while the event loop responds. If it fails, a supervisor restarts the program.
- `/readyz`: 200 when the bot serves citizens; 503 with the reasons until the start is complete and while there is a
  problem. `/health` is its older name and stays.
- `/metrics`: `bot.metrics` in Prometheus' text format.

The port may be open to the internet: `connections` limits what strangers can occupy. None of these pages shows a token,
a text, or a chat. The reverse proxy should forward only the path of the webhook.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import cast

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import OperatorError
from bot.http_server import HttpServer
from bot.metrics import REGISTRY
from bot.telegram_api.connections import Connections
from bot.telegram_api.descriptors import max_visitors
from bot.telegram_api.health import Health

#: Seconds for calls in flight when the program stops.
SHUTDOWN_SECONDS = 6


class WebServer:
    """Serves health and metrics at once; other routes can be added while it runs."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._set_gauges: Callable[[], None] | None = None
        self._app = Starlette(
            routes=[
                Route("/healthz", self._show_liveness),
                Route("/readyz", self._show_readiness),
                Route("/health", self._show_readiness),
                Route("/metrics", self._show_metrics),
            ]
        )

    def add(self, route: Route) -> None:
        """Serve another route."""
        self._app.router.routes.append(route)

    def set_serving(self, set_gauges: Callable[[], None]) -> None:
        """Report from now on that the bot serves citizens; `set_gauges` is called before each scrape of the metrics."""
        self._set_gauges = set_gauges

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[None]:
        """Listen inside the context; then calls in flight may finish. OperatorError if the address is unusable."""
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host, port), family=family)
        except OSError as error:
            raise OperatorError(f"LISTEN cannot be used: {host}:{port}: {error.strerror}.") from None
        stopping = asyncio.Event()
        with listener:
            server = asyncio.create_task(self._server(stopping, max_visitors()).serve_on(listener))
            try:
                yield
            finally:
                stopping.set()
                await server

    def _server(self, stopping: asyncio.Event, limit: int) -> HttpServer:
        return HttpServer(
            self._app,
            stopping,
            grace=SHUTDOWN_SECONDS,
            http=cast("type[asyncio.Protocol]", Connections(limit).protocol),  # uvicorn only calls it
            backlog=min(
                128, max(16, limit // 2)
            ),  # as many connections may be accepted at once before one can be closed
            log_level="error",  # a malformed request is not worth a log line
            timeout_keep_alive=75,
        )

    async def _show_liveness(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _show_readiness(self, _: Request) -> Response:
        problems = self._health.problems
        is_ready = self._set_gauges is not None and not problems
        state = "ok" if is_ready else "trouble" if problems else "starting"
        return JSONResponse({"status": state, "troubles": problems}, status_code=200 if is_ready else 503)

    async def _show_metrics(self, _: Request) -> Response:
        if self._set_gauges is not None:
            self._set_gauges()
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
