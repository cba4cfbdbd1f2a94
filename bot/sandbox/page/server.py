"""The web server of the page: index.html, its files, photos and documents, and the WebSocket.

Any web page in the same browser can call 127.0.0.1, so these rules keep strangers out:

- it listens only on 127.0.0.1;
- `Host` must be 127.0.0.1 or localhost with this port, so a foreign domain that resolves to this machine does not work;
- `Origin`, if sent, must be one of these too; on the WebSocket it is required;
- the address that opens the page contains a random token; later requests carry it in a cookie that scripts cannot read
  and that browsers send for no other site. Cookies are shared by all ports, so the cookie's name contains the port;
- the content security policy allows only the scripts and styles in the page's own files.
"""

import asyncio
import hmac
import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.http_server import HttpServer, bind
from bot.sandbox.page.actions import act
from bot.sandbox.page.chat_actions import image_type
from bot.sandbox.page.inputs import MAX_FRAME
from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Json, Refusal

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
#: Seconds for requests in flight when the page ends.
_GRACE = 1
#: The most concurrent actions of one page.
_MAX_ACTIONS = 32

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_NO_TOKEN = "This page opens with the address that `minsheng sandbox` printed, which holds a token.\n"  # noqa: S105
_WRONG_HOST = "The sandbox answers only to the address that `minsheng sandbox` printed.\n"
_NOT_BUILT = "The page is not built. Run `make page`.\n"


class PageServer:
    """Serves one page; its token and port are fixed."""

    def __init__(self, page: Page, listener: socket.socket, token: str) -> None:
        self._page, self._listener, self._token = page, listener, token
        self.port: int = listener.getsockname()[1]
        app = Starlette(
            routes=[
                Route("/", self._index),
                Route("/file/{file_id}", self._file),
                WebSocketRoute("/socket", self._socket),
                Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
            ]
        )
        app.add_middleware(_Guard, port=self.port, token=token)
        self._app = app

    async def serve(self, stopping: asyncio.Event) -> None:
        """Serve until the event is set."""
        options = {"ws": "wsproto", "ws_max_size": MAX_FRAME, "http": "h11", "limit_concurrency": 100}
        await HttpServer(self._app, stopping, grace=_GRACE, **options).serve_on(self._listener)

    async def _index(self, _: Request) -> Response:
        index = STATIC / "index.html"
        response = FileResponse(index) if index.is_file() else PlainTextResponse(_NOT_BUILT, 503)
        cookie = f"{_cookie(self.port)}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        response.headers.append("Set-Cookie", cookie)
        return response

    async def _file(self, request: Request) -> Response:
        """A photo to display, or a document to save."""
        file = self._page.sandbox.state.files.get(request.path_params["file_id"])
        if file is None:
            return PlainTextResponse("There is no such file.\n", 404)
        kind = image_type(file.content)
        if kind and file.path.startswith("photos/"):
            return Response(file.content, media_type=kind)
        disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = {"Content-Disposition": disposition}
        return Response(file.content, headers=headers, media_type="application/octet-stream")

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        await _Connection(self._page, socket).run()


class _Connection:
    """One open page."""

    def __init__(self, page: Page, socket: WebSocket) -> None:
        self._page, self._socket = page, socket
        self._acting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send events and replies, and run actions, until either side disconnects."""
        with self._page.feed.subscription() as queue:
            queue.put_nowait({"event": "snapshot", **self._page.snapshot()})
            sending = asyncio.create_task(self._send(queue))
            receiving = asyncio.create_task(self._receive(queue))
            try:
                await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sending, receiving, *self._acting):
                    task.cancel()
                await asyncio.gather(sending, receiving, return_exceptions=True)

    async def _send(self, queue: "asyncio.Queue[Json | None]") -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # the page has disconnected
            while (event := await queue.get()) is not None:
                await self._socket.send_text(json.dumps(event))
            await self._socket.close(1013)

    async def _receive(self, queue: "asyncio.Queue[Json | None]") -> None:
        with suppress(WebSocketDisconnect):
            while True:
                frame = _read(await self._socket.receive_text())
                if len(self._acting) >= _MAX_ACTIONS:
                    await asyncio.wait(self._acting, return_when=asyncio.FIRST_COMPLETED)
                task = asyncio.create_task(self._act(frame, queue))
                self._acting.add(task)
                task.add_done_callback(self._acting.discard)

    async def _act(self, frame: Json, queue: "asyncio.Queue[Json | None]") -> None:
        number, name = frame.pop("id", None), str(frame.pop("do", ""))
        try:
            result = await act(self._page, name, frame)
        except Refusal as refusal:
            queue.put_nowait(
                {"re": number, "ok": False, "error": str(refusal), "code": refusal.code, "values": refusal.values}
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the page waits for a reply
            queue.put_nowait({"re": number, "ok": False, "error": f"This failed ({type(error).__name__}: {error})."})
        else:
            queue.put_nowait({"re": number, "ok": True, "result": result})


def _read(text: str) -> Json:
    """The object in a frame; for anything else an empty one, which is not an action."""
    try:
        frame: Any = json.loads(text)
    except (ValueError, RecursionError):
        frame = None
    return frame if isinstance(frame, dict) else {}


class _Guard:
    """Refuses requests with another host or origin, or without the token; adds security headers."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app, self._token, self._cookie = app, token, _cookie(port)
        self._hosts = {f"{HOST}:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts))
        self._headers = _HEADERS | {
            "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
            f"connect-src 'self' {sockets}; form-action 'none'; frame-ancestors 'none'"
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        why = self._refusal(scope)
        if why:
            await PlainTextResponse(why, 403)(scope, receive, self._adding_headers(send))
        else:
            await self._app(scope, receive, self._adding_headers(send))

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "" if scope["type"] == "websocket" else "http://" + headers.get("host", ""))
        if headers.get("host") not in self._hosts or origin not in self._origins:
            return _WRONG_HOST
        given = [HTTPConnection(scope).cookies.get(self._cookie, "")]
        if scope["path"] == "/":
            given.append(QueryParams(scope["query_string"]).get("token", ""))
        return "" if any(self._is_token(each) for each in given) else _NO_TOKEN

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._token.encode())

    def _adding_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                added = [(name.lower().encode(), value.encode()) for name, value in self._headers.items()]
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in names)]
            await send(message)

        return send_with_headers


def _cookie(port: int) -> str:
    return f"minsheng_sandbox_{port}"


def page_address(port: int, token: str) -> str:
    """The address that opens the page."""
    return f"http://{HOST}:{port}/?token={token}"


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; raises OSError if the port is taken."""
    return bind(HOST, port)
