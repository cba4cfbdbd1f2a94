"""Limits what strangers can occupy of the HTTP server, which may be open to the internet.

- At most `limit` connections. For one more, the oldest connection without a request is closed; if there is none, the
  new one is. So idle connections do not keep Telegram out, however many there are.
- A connection whose request does not arrive within `REQUEST_TIMEOUT` is closed, however slowly its bytes come.
- While connections are closed because there are too many, one log line a minute says so.
"""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

#: Seconds within which the head of a request must arrive.
REQUEST_TIMEOUT = 10.0
#: Seconds between two searches for late requests, and between two log lines.
_SWEEP_INTERVAL = 1.0
_LOG_INTERVAL = 60.0

log = structlog.get_logger()


class Connections:
    """The open connections of one server."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: in the order in which they were opened
        self._open: dict[_Connection, None] = {}
        self._closed = 0
        self._logged_at = float("-inf")
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def protocol(self, *args: Any, **kwargs: Any) -> asyncio.Protocol:
        """Create a protocol for a new connection, for uvicorn."""
        return _Connection(self, *args, **kwargs)

    def add(self, connection: "_Connection") -> None:
        """Add a connection; close one if there are too many."""
        self._open[connection] = None
        if len(self._open) > self._limit:
            idle = next((other for other in self._open if not other.has_request), connection)
            self.close(idle)
            self._log()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_SWEEP_INTERVAL, self._close_late)

    def discard(self, connection: "_Connection") -> None:
        """Remove a connection that was closed."""
        self._open.pop(connection, None)

    def close(self, connection: "_Connection") -> None:
        """Close a connection immediately."""
        self.discard(connection)
        connection.transport.abort()

    def _close_late(self) -> None:
        loop = asyncio.get_running_loop()
        for connection in [other for other in self._open if other.is_late(loop.time())]:
            self.close(connection)
        self._sweep = loop.call_later(_SWEEP_INTERVAL, self._close_late) if self._open else None

    def _log(self) -> None:
        self._closed += 1
        now = asyncio.get_running_loop().time()
        if now - self._logged_at >= _LOG_INTERVAL:
            self._logged_at = now
            log.warning("too_many_connections", limit=self._limit, closed=self._closed)


class _Connection(H11Protocol):
    """One connection, with the time since when its next request is awaited."""

    def __init__(self, connections: Connections, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._all = connections
        #: when the first byte of an incomplete request arrived, or the connection was opened
        self._awaited_since: float | None = asyncio.get_running_loop().time()

    @property
    def has_request(self) -> bool:
        """Whether a request is being handled."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def is_late(self, now: float) -> bool:
        """Whether a request has been awaited too long; between two requests uvicorn's own timeout applies."""
        return self._awaited_since is not None and now - self._awaited_since > REQUEST_TIMEOUT

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._all.add(self)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if not self.has_request and self._awaited_since is None:
            self._awaited_since = asyncio.get_running_loop().time()
        super().data_received(data)
        if self.cycle is not before:
            self._awaited_since = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(exc)
