"""Runs uvicorn inside the program, for the web server, the control server and the sandbox page."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn
from starlette.applications import Starlette

#: The most connections that wait to be accepted.
_BACKLOG = 2048


class HttpServer(uvicorn.Server):
    """Serves until an event is set, and leaves signals to the program. Without the option `ws` there are no WebSockets.

    When the event is set or the server is cancelled, requests in flight get `grace` seconds to complete. Further
    options are uvicorn's.
    """

    def __init__(self, app: Starlette, stopping: asyncio.Event, *, grace: int, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=grace,
            **{"ws": "none", **options},
        )
        super().__init__(config)
        self._stopping = stopping
        self._was_cancelled = False

    async def serve_on(self, listener: socket.socket) -> None:
        """Serve on a bound socket; a cancellation is raised after the requests in flight."""
        await self.serve(sockets=[listener])
        if self._was_cancelled:
            raise asyncio.CancelledError

    async def main_loop(self) -> None:
        """Wait for the end of the program."""
        try:
            await self._stopping.wait()
        except asyncio.CancelledError:
            self._was_cancelled = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the program."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError if the port is taken.

    It names its protocol, because asyncio disables Nagle's delay (40 ms) only for such sockets.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
