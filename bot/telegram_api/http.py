"""Requests to Telegram over aiohttp, with errors that say whether the request may have arrived.

The Bot API has no idempotency key, so whether a message may be sent again depends on how far the request got.
python-telegram-bot's own requests do not report that: a refused connection, a broken connection and a missing answer
are all `NetworkError`. This module raises a different error for each case:

| what happened | error | may have arrived |
|---|---|---|
| no connection: DNS, TLS, proxy, refused, no free place in the pool | `NeverSentError` | no |
| 429, or a migrated group: Telegram did not execute the call | `FloodError`, `ChatMigrated` | no |
| 4xx with Telegram's JSON: Telegram refused the call | `BadRequest`, `Forbidden`, `InvalidToken`, `Conflict` | no |
| the connection was opened or reused, then broke, or no answer came in time | `MaybeSentError` | yes |
| 5xx, or an answer that is not Telegram's (a proxy's HTML, incomplete JSON) | `MaybeSentError` | yes |

`errors.classify` turns these into an `Outcome`, and `retry_policy` decides on the next attempt.

aiohttp calls a trace hook (`_began`) when a connection was created or taken from the pool. An error before that hook
means that no byte was sent.

- **Connections.** There are two pools (`Client`), so that the long poll for updates never waits behind many short
  calls. Idle connections are closed after `_KEEPALIVE_SECONDS`, before Telegram closes them: the outcome of a request
  on a connection that is being closed would be unknown.
- **Secrets.** The URL contains the token, and the body may contain a citizen's text. So no error carries a URL, a body
  or a cause. Errors are raised outside `except`, where Python would chain the original one.
- **Answers are not trusted.** At most `MAX_ANSWER` bytes are read. A body must arrive within `_BODY_PATIENCE`, or
  after that at `_SLOWEST_LINE` or faster; otherwise a slow trickle would block the long poll, and with it all citizens,
  until the poll times out. This module checks statuses and error parameters; callers check results. Redirects are not
  followed.

Tests: tests/telegram_api/test_http.py breaks a connection at each step; tests/process/test_hostile_network.py runs the
real program against a server that sends nonsense.
"""

import asyncio
import errno
import importlib
import io
import json
import os
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from telegram._utils.types import JSONDict, ODVInput
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import BaseRequest, RequestData

from bot.errors import OperatorError
from bot.telegram_api.descriptors import max_calls
from bot.telegram_api.request_errors import FloodError, MaybeSentError, NeverSentError
from bot.telegram_api.retry_policy import flood_wait
from bot.telegram_api.update_json import read_batch

#: Idle connections are closed before Telegram closes them; see the top of this module.
_KEEPALIVE_SECONDS = 30.0
#: Seconds to connect.
_CONNECT = 5.0
#: Seconds to wait for the next bytes of an answer.
_READ = 15.0
#: Seconds to send a request.
_WRITE = 10.0
#: Seconds to wait for a connection of the pool.
_POOL = 30.0
#: The most bytes of an answer; a hundred updates have at most ten million, a file five.
MAX_ANSWER = 32_000_000
#: Seconds that a body may take after its headers, and the bytes per second that extend this time: 4 MB of updates, the
#: most that Telegram sends, may take 85 seconds on a bad connection.
_BODY_PATIENCE, _SLOWEST_LINE = 5.0, 50_000
#: Longer waits, in seconds, are taken for an error of Telegram's answer.
_MAX_WAIT = 1e9
#: Ids of chats are numbers of up to 52 bits.
_MAX_CHAT = 2**52
_ERRORS: dict[int, type[TelegramError]] = {
    HTTPStatus.BAD_REQUEST: BadRequest,
    HTTPStatus.UNAUTHORIZED: InvalidToken,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: InvalidToken,  # for a malformed token
    HTTPStatus.CONFLICT: Conflict,
}
_JSON = {"Content-Type": "application/json"}


class AiohttpRequest(BaseRequest):
    """One pool of connections to Telegram, or to the proxy in between."""

    __slots__ = ("_proxy", "_session")

    def __init__(self, proxy: str | None = None) -> None:
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        if proxy and urlsplit(proxy).scheme == "socks5":
            _socks()

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer, unless a call sets its own timeout."""
        return _READ

    async def initialize(self) -> None:
        """Open the pool; further calls do nothing."""
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(_began)
            trace.on_connection_reuseconn.append(_began)
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "minsheng"},
                trace_configs=[trace],
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(  # noqa: PLR0917 - the signature is python-telegram-bot's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Return status and body of a successful answer; raise an error of the table above for every failure."""
        if self._session is None:
            raise NeverSentError("The connection to Telegram is closed")
        timeout = _timeout(read_timeout, write_timeout, connect_timeout, pool_timeout)
        context = SimpleNamespace(began=False)
        body, headers = _body(request_data)
        error_found: TelegramError | None
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=timeout,
                trace_request_ctx=context,
                proxy=None if self._is_socks else self._proxy,
                allow_redirects=False,
            ) as response:
                status, payload = response.status, await _read(response)
        except Exception as error:  # noqa: BLE001 - whatever it is, only whether the request had begun counts
            error_found = _network_error(error, began=context.began)
        else:
            error_found = _error(status, payload)
        # Raised outside `except`: a chained error would expose the URL with the token.
        if error_found is not None:
            raise error_found
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> JSONDict:
        """Return the object in an answer; raise MaybeSentError, without the text, if there is none."""
        answer = _json(payload)
        if answer is None or not {"result", "description"} & answer.keys():
            raise MaybeSentError("Telegram's answer made no sense", "garbage")
        return answer

    @property
    def _is_socks(self) -> bool:
        return self._proxy is not None and urlsplit(self._proxy).scheme == "socks5"

    def _connector(self) -> aiohttp.BaseConnector:
        if self._proxy and self._is_socks:
            through: aiohttp.BaseConnector = _socks().ProxyConnector.from_url(self._proxy)
            return through
        return aiohttp.TCPConnector(limit=max_calls(), keepalive_timeout=_KEEPALIVE_SECONDS, ttl_dns_cache=60)


class UpdatesRequest(AiohttpRequest):
    """The pool for getUpdates. An update that cannot be read does not hide the others in the same answer."""

    __slots__ = ()

    @staticmethod
    def parse_json_payload(payload: bytes) -> JSONDict:
        """As in the base class; if the answer cannot be parsed as a whole, parse each update separately."""
        try:
            return AiohttpRequest.parse_json_payload(payload)
        except MaybeSentError:
            updates = read_batch(payload)
            if not updates:
                raise
            return {"ok": True, "result": updates}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the unpacked body, read in pieces and never more than `MAX_ANSWER` bytes.

    Raises TimeoutError when it arrives too slowly.
    """
    body = bytearray()
    async with asyncio.timeout(_BODY_PATIENCE) as patience:
        latest = patience.when() or 0.0
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > MAX_ANSWER:
                raise aiohttp.ClientPayloadError
            patience.reschedule(latest + len(body) / _SLOWEST_LINE)
    return bytes(body)


def _socks() -> Any:
    """The optional package for SOCKS; OperatorError when it is not installed."""
    with suppress(ImportError):
        return importlib.import_module("aiohttp_socks")
    raise OperatorError(
        "TELEGRAM_PROXY begins with socks5://, for which a part is missing: pip install aiohttp-socks,"
        " or name an http:// proxy."
    )


async def _began(_session: object, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.began = True


def _timeout(read: Any, write: Any, connect: Any, pool: Any) -> aiohttp.ClientTimeout:
    """Convert python-telegram-bot's timeouts to aiohttp's; a default means ours, None means no limit."""
    default = BaseRequest.DEFAULT_NONE
    read, write = (_READ if read is default else read), (_WRITE if write is default else write)
    connect, pool = (_CONNECT if connect is default else connect), (_POOL if pool is default else pool)
    parts = (pool, connect, write, read)
    return aiohttp.ClientTimeout(
        total=None if None in parts else sum(parts),
        connect=None if None in (pool, connect) else pool + connect,
        sock_connect=connect,
        sock_read=read,
    )


def _body(request_data: RequestData | None) -> tuple[Any, dict[str, str]]:
    if request_data is None:
        return None, {}
    if not request_data.contains_files:
        return json.dumps(request_data.parameters).encode("ascii"), _JSON
    form = aiohttp.FormData(request_data.json_parameters)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        # As a file object: aiohttp sends it in pieces; it warns about large bytes objects.
        body = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, body, filename=filename, content_type=kind)
    return form, {}


def _network_error(error: Exception, *, began: bool) -> NetworkError:
    if not began:
        return NeverSentError(f"Telegram cannot be reached ({_cause(error)})")
    if isinstance(error, TimeoutError):
        return MaybeSentError("Telegram did not answer in time", "silence")
    return MaybeSentError("The connection to Telegram broke", "broken")


def _cause(error: Exception) -> str:
    """Why there is no connection, in a few words and without an address."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not found"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "no trustworthy encryption"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answers {error.status}"
    prefix = "the proxy: " if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
    if isinstance(error, TimeoutError):
        return f"{prefix}no answer in time"
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return prefix + os.strerror(error.errno or 0).lower()
    return prefix + type(error).__name__


def _error(status: int, payload: bytes) -> TelegramError | None:
    """The error that an answer stands for; None for a success."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = _json(payload)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer is None:
        return MaybeSentError(f"Telegram answers {status}", "server")
    parameters, description = answer.get("parameters"), answer.get("description")
    parameters = parameters if isinstance(parameters, dict) else {}
    message = description if isinstance(description, str) else f"Telegram answers {status}"
    new_chat, seconds = parameters.get("migrate_to_chat_id"), _seconds(parameters.get("retry_after"))
    if isinstance(new_chat, int) and -_MAX_CHAT <= new_chat < 0:
        return ChatMigrated(new_chat)
    if seconds is not None or status == HTTPStatus.TOO_MANY_REQUESTS:
        return FloodError(flood_wait(seconds))
    return _ERRORS.get(status, NetworkError)(message)


def _seconds(value: Any) -> float | None:
    """A number of seconds, also from a string; None for anything else."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < _MAX_WAIT else None


def _json(payload: bytes) -> JSONDict | None:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
