"""Handle one Bot API request, applying latency and faults."""

import asyncio
import inspect
import json
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox import connections
from bot.sandbox.call_log import Call
from bot.sandbox.errors import ApiError, too_many
from bot.sandbox.faults import Fault, Kind
from bot.sandbox.methods.delivery import Described
from bot.sandbox.methods.table import Method, find_method
from bot.sandbox.network_conditions import NetworkConditions
from bot.sandbox.parameters import Parameters, read_parameters

_PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class _Visit:
    """A parsed request."""

    request: Request
    name: str
    method: Method
    parameters: Parameters
    chat_id: int | None
    at: float  #: time.perf_counter() when it was parsed


class Api:
    """The HTTP side of the Bot API; it acts on `conditions.state`."""

    def __init__(self, conditions: NetworkConditions, transports: connections.Transports) -> None:
        self.conditions = conditions
        self.state = conditions.state
        self.transports = transports

    async def call(self, request: Request) -> Response:
        """Answer /bot<token>/<method>."""
        try:
            visit = await self._understand(request)
        except ApiError as refused:
            name = str(request.path_params["method"])
            self.state.record.add(Call(time.monotonic(), name, None, {}, refused.code, refused.description))
            return _response(refused.body(), refused.code, refused.parameters)
        await _pause(self.conditions.half_latency())
        fault = self.state.faults.draw(visit.name.lower(), visit.chat_id)
        if fault and not fault.accepted:
            if fault.kind != Kind.DELAY:
                return await self._spoil_unheard(visit, fault)
            await asyncio.sleep(fault.seconds)
        body, status = await self._act(visit, fault)
        await _pause(self.conditions.half_latency())
        if fault and fault.accepted:
            return await self._spoil(request, fault, json.dumps(body).encode())
        return _response(body, status, body.get("parameters", {}))

    async def download(self, request: Request) -> Response:
        """Answer /file/bot<token>/<path>."""
        path = request.path_params["path"]
        file = next((file for file in self.state.files.values() if file.path == path), None)
        if request.path_params["token"] != self.state.token or file is None:
            return _response(ApiError(404, "Not Found").body(), 404, {})
        return Response(file.content, media_type="application/octet-stream")

    async def _understand(self, request: Request) -> _Visit:
        _check_token(str(request.path_params["token"]), self.state.token)
        if self.state.logged_out:
            raise ApiError(400, "Logged out")
        name, method = find_method(str(request.path_params["method"]))
        content_type = request.headers.get("content-type", "")
        parameters = read_parameters(request.url.query, content_type, await request.body())
        return _Visit(request, name, method, parameters, parameters.chat_id(), time.perf_counter())

    async def _act(self, visit: _Visit, fault: Fault | None) -> tuple[dict[str, Any], int]:
        """Execute the call and log it; return the body and status of the answer."""
        struck = fault.kind.value if fault else ""
        try:
            result = visit.method(self.state, visit.parameters)
            if inspect.isawaitable(result):
                result = await _unless_disconnected(visit.request, result)
        except ApiError as refused:
            self._note(visit, refused=refused, fault=struck)
            return refused.body(), refused.code
        self._note(visit, fault=struck, result=result)
        if isinstance(result, Described):
            return {"ok": True, "result": result.result, "description": result.description}, 200
        return {"ok": True, "result": result}, 200

    def _note(self, visit: _Visit, *, refused: ApiError | None = None, fault: str = "", result: Any = None) -> None:
        status, description = (refused.code, refused.description) if refused else (200, "")
        self.state.record.add(
            Call(
                time.monotonic(),
                visit.name,
                visit.chat_id,
                visit.parameters.values,
                status,
                description,
                _message_id(result),
                fault,
                1000 * (time.perf_counter() - visit.at),
                _update_kinds(result),
            )
        )

    async def _spoil_unheard(self, visit: _Visit, fault: Fault) -> Response:
        """Apply a fault that strikes before Telegram executes the call."""
        unheard = ApiError(0, "lost on the way")
        self._note(visit, refused=unheard, fault=fault.kind.value)
        return await self._spoil(visit.request, fault, b'{"ok":true,"result":{"message_id":1,"date":1}}')

    async def _spoil(self, request: Request, fault: Fault, body: bytes) -> Response:
        """Send the answer as the fault changes it."""
        match fault.kind:
            case Kind.RESET:
                return await connections.reset(self.transports, request)
            case Kind.CUT:
                return await connections.cut(self.transports, request, body)
            case Kind.HANG:
                return await connections.silence(request)
            case Kind.FLOOD:
                refused = too_many(max(1, round(fault.seconds)))
                return _response(refused.body(), 429, refused.parameters)
            case Kind.DELAY:
                await asyncio.sleep(fault.seconds)
                return Response(body, media_type="application/json")
            case _:
                return _spoiled(fault, body)


def _spoiled(fault: Fault, body: bytes) -> Response:
    match fault.kind:
        case Kind.ERROR:
            return _response(ApiError(fault.status, "Internal Server Error").body(), fault.status, {})
        case Kind.HTML:
            return Response(_PAGE, fault.status, media_type="text/html")
        case Kind.GARBAGE:
            return Response(b"\x00\xff<<garbage>>", media_type="application/json")
        case Kind.TRUNCATED:
            return Response(body[: len(body) // 2], media_type="application/json")
        case _:
            return Response(b"", media_type="application/json")


def _response(body: dict[str, Any], status: int, parameters: dict[str, Any]) -> Response:
    wait = parameters.get("retry_after")
    headers = {"Retry-After": str(wait)} if wait else None
    return Response(json.dumps(body).encode(), status, headers, media_type="application/json")


def _check_token(given: str, valid: str) -> None:
    if ":" not in given or not given.partition(":")[0].isdigit() or given.startswith("0") or len(given) > 80:
        raise ApiError(401, "Unauthorized: invalid token specified")
    if given != valid:
        raise ApiError(401, "Unauthorized")


def _message_id(result: Any) -> int | None:
    return result.get("message_id") if isinstance(result, dict) else None


def _update_kinds(result: Any) -> tuple[str, ...]:
    """The kinds of the updates in an answer to getUpdates."""
    if not isinstance(result, list):
        return ()
    updates = [update for update in result if isinstance(update, dict) and "update_id" in update]
    return tuple(kind for update in updates for kind in update if kind != "update_id")


async def _pause(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


async def _unless_disconnected(request: Request, work: Any) -> Any:
    """Return the result of `work`, or cancel it as soon as the client disconnects."""
    task = asyncio.ensure_future(work)
    disconnected = asyncio.ensure_future(connections.silence(request))
    try:
        await asyncio.wait((task, disconnected), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else []
    finally:
        task.cancel()
        disconnected.cancel()
