"""Requests to Telegram over aiohttp, with errors that tell whether a request may have arrived.

The Bot API has no key by which it would recognise a repeated request. Whether a message may be sent again depends
therefore on how far the request came, and python-telegram-bot's own requests do not tell: a refused connection, a
broken one and a missing answer are all `NetworkError`. Here each failure has one of these meanings:

| what happened | error | may have arrived |
|---|---|---|
| no connection: DNS, TLS, proxy, refused, no place in the pool | `NeverSentError` | no |
| 429, or a migrated group: Telegram did not do it | `FloodError`, `ChatMigrated` | no |
| 4xx with Telegram's JSON: Telegram refused it | `BadRequest`, `Forbidden`, `InvalidToken`, `Conflict` | no |
| the connection was opened or reused, then it broke or no answer came in time | `MaybeSentError` | yes |
| 5xx, or an answer that is not Telegram's (HTML of a proxy, half a JSON) | `MaybeSentError` | yes |

`errors.classify` makes an `Outcome` of them, `retry_policy` decides on the next attempt.

How the line is drawn: aiohttp calls a trace hook when a connection was created or taken from the pool (`_began`). An
error before that hook means that no byte was sent.

- **Connections.** Two pools (`Client`), so that the long call for updates never waits behind a hundred short ones.
  An idle connection is closed after `_KEEPALIVE_SECONDS`, before Telegram does it: a request on a connection that is
  just being closed would have an unknown fate.
- **Secrets.** The URL has the token and the body a citizen's text. So no error has a URL, a body or a cause:
  errors are raised outside `except`, where Python would chain the original one.
- **Answers are not trusted.** At most `LONGEST_ANSWER` bytes are read, for a limited time in all. A body that has begun
  must come at `_SLOWEST_LINE` or faster after `_BODY_PATIENCE`: one that drips would else hold a long call for updates,
  and with it all citizens, until the end of that call. Statuses and the parameters of errors are checked here, results
  where they are used. No redirect is followed.

Tests: tests/telegram_api/test_http.py breaks a connection at each step; tests/process/test_hostile_network.py has the
real program between it and a server that answers nonsense.
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

#: An idle connection is closed before Telegram's side does it, which would cost a request its certainty.
_KEEPALIVE_SECONDS = 30.0
_CONNECT, _READ, _WRITE, _POOL = 5.0, 15.0, 10.0, 30.0
#: Bytes of an answer: a hundred updates have ten million at most, a file five.
LONGEST_ANSWER = 32_000_000
#: Seconds that any body may take once its headers are there, and the bytes per second that prolong this: 4 MB of
#: updates, the most that Telegram sends, may take 85 seconds on a bad line.
_BODY_PATIENCE, _SLOWEST_LINE = 5.0, 50_000
#: The longest wait that is believed, in seconds.
_LONGEST_WAIT = 1e9
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
    """One pool of connections to Telegram, or to the proxy before it."""

    __slots__ = ("_proxy", "_session")

    def __init__(self, proxy: str | None = None) -> None:
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        if proxy and urlsplit(proxy).scheme == "socks5":
            _socks()

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer, unless a call sets its own."""
        return _READ

    async def initialize(self) -> None:
        """Open the pool, once."""
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
        """Close all connections."""
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
        """Status and body of a successful answer; every failure is an error of the table at the top."""
        if self._session is None:
            raise NeverSentError("The connection to Telegram is closed")
        timeout = _timeout(read_timeout, write_timeout, connect_timeout, pool_timeout)
        context = SimpleNamespace(began=False)
        body, headers = _body(request_data)
        trouble: TelegramError | None
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
            trouble = _trouble(error, began=context.began)
        else:
            trouble = _error(status, payload)
        # Raised outside the "except": a chained error would lead to the URL with the token.
        if trouble is not None:
            raise trouble
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> JSONDict:
        """The object in an answer; MaybeSentError, without the text, when there is none."""
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
    """The pool for getUpdates, in whose answers one update that cannot be read does not hide the others."""

    __slots__ = ()

    @staticmethod
    def parse_json_payload(payload: bytes) -> JSONDict:
        """As above; of an answer that cannot be read as a whole, each update by itself."""
        try:
            return AiohttpRequest.parse_json_payload(payload)
        except MaybeSentError:
            updates = read_batch(payload)
            if not updates:
                raise
            return {"ok": True, "result": updates}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The unpacked body, piece by piece: one that does not end, or that grows when unpacked, is not kept in memory.

    TimeoutError when it drips.
    """
    body = bytearray()
    async with asyncio.timeout(_BODY_PATIENCE) as patience:
        latest = patience.when() or 0.0
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > LONGEST_ANSWER:
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
    """aiohttp's timeouts for python-telegram-bot's; one that a call does not set is ours, None means no limit."""
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
        # As a file: aiohttp sends that piece by piece, and warns of large bytes that it must send in one go.
        body = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, body, filename=filename, content_type=kind)
    return form, {}


def _trouble(error: Exception, *, began: bool) -> NetworkError:
    if not began:
        return NeverSentError(f"Telegram cannot be reached ({_cause(error)})")
    if isinstance(error, TimeoutError):
        return MaybeSentError("Telegram did not answer in time", "silence")
    return MaybeSentError("The connection to Telegram broke", "broken")


def _cause(error: Exception) -> str:
    """Why there is no connection, in a few words without an address."""
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
    """The error that an answer means; None for a success."""
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
    """A number of seconds, also if it is written as text; None for everything else."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < _LONGEST_WAIT else None


def _json(payload: bytes) -> JSONDict | None:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
