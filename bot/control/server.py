"""The control server: HTTP over a Unix socket in `DATA_DIR`, through which the command line reaches the running bot.

`POST /ACTION?lang=en` with a JSON object as its body runs an action. The response is a JSON object with `rows`, a list
of objects. If the status is not 200, it also has `error`, a sentence in that language: 400 the body is not a JSON
object, 404 unknown action, 409 the action was refused, 413 the body is too large, 422 the input is invalid, 500 the
action failed, 503 the database is unavailable.

An action that has begun is completed even if its client disconnects. At the end of the program, requests that have
begun get `SHUTDOWN_SECONDS` to complete.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.control.socket import MAX_BODY, listening
from bot.errors import FileError, StorageError
from bot.http_server import HttpServer
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.log_config import error_location

Row: TypeAlias = Mapping[str, Any]
#: An action: from the client's input to the rows of the response. Raises RejectedError if it is refused, and pydantic's
#: ValidationError, before anything is done, if the input is invalid.
Action: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Sequence[Row]]]

#: Seconds for requests in flight when the program stops.
SHUTDOWN_SECONDS = 3

log = structlog.get_logger()


class Input(BaseModel):
    """The input of an action; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RejectedError(Exception):
    """The action was refused or not completed: the reason, and the rows that are available nevertheless."""

    def __init__(self, reason: LazyMessage, *rows: Row) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.rows = rows


_Input = TypeVar("_Input", bound=Input)
_Result = TypeVar("_Result")


def validated(model: type[_Input], act: Callable[[_Input], Awaitable[Sequence[Row]]]) -> Action:
    """Turn a function that takes a model into an action."""

    async def validate_and_act(given: Mapping[str, Any]) -> Sequence[Row]:
        return await act(model.model_validate(given))

    return validate_and_act


def require(result: _Result | LazyMessage) -> _Result:
    """Return the result; raise RejectedError if it is a message that says why there is none."""
    if isinstance(result, LazyMessage):
        raise RejectedError(result)
    return result


class ControlServer:
    """Serves actions on a Unix socket; a failing action never stops the bot."""

    def __init__(self, path: Path, actions: Mapping[str, Action]) -> None:
        self._path = path
        self._actions = actions
        self._app = Starlette(routes=[Route("/{action:path}", self._handle, methods=["POST"])])

    async def serve(self, stopping: asyncio.Event) -> None:
        """Serve until the program stops. If there can be no socket, that is logged and the bot continues."""
        try:
            with listening(self._path) as bound:
                await self._serve(bound, stopping)
        except OSError as error:
            log.warning("no_control", error=error.strerror or str(error))

    async def _serve(self, bound: socket.socket, stopping: asyncio.Event) -> None:
        await HttpServer(self._app, stopping, grace=SHUTDOWN_SECONDS).serve_on(bound)

    async def _handle(self, request: Request) -> Response:
        """Run one action; an empty 503 if the program ends before it is completed."""
        language: Language = next((code for code in LANGUAGES if code == request.query_params.get("lang")), "en")
        try:
            return await self._run(request, language)
        except asyncio.CancelledError:
            return Response(status_code=503)

    async def _run(self, request: Request, language: Language) -> Response:
        name = request.path_params["action"]
        action = self._actions.get(name)
        if action is None:
            names = ", ".join(sorted(self._actions))
            return _error(404, lazy_gettext("There is no such action. There are: {actions}", actions=names), language)
        body = await _read(request)
        if body is None:
            return _error(413, lazy_gettext("The body is longer than {most} bytes.", most=MAX_BODY), language)
        given = _parse(body)
        if given is None:
            return _error(400, lazy_gettext("The body must be one JSON object."), language)
        return await _respond(name, action, given, language)


async def _respond(name: str, action: Action, given: Mapping[str, Any], language: Language) -> Response:
    try:
        return _json(200, {"rows": list(await action(given))})
    except RejectedError as rejection:
        return _error(409, rejection.reason, language, rejection.rows)
    except FileError as error:
        return _error(409, error.why, language)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        reason = lazy_gettext(
            "“{action}” cannot be done: the value of “{place}” is not valid.", action=name, place=place
        )
        return _error(422, reason, language)
    except StorageError:
        reason = lazy_gettext("The database can be neither read nor written at the moment. The bot's log says why.")
        return _error(503, reason, language)
    except Exception as error:  # noqa: BLE001 - whatever it is, the bot goes on
        log.warning("action_failed", action=name, error=type(error).__name__, place=error_location(error))
        return _error(500, lazy_gettext("The bot failed at this. Its log says where."), language)


async def _read(request: Request) -> bytes | None:
    """The body; None if it is too large. Up to the same size again is discarded, so that the client gets an answer."""
    body, size = bytearray(), 0
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            size += len(chunk)
            if size <= MAX_BODY:
                body += chunk
            elif size > 2 * MAX_BODY:
                break
    return bytes(body) if size <= MAX_BODY else None


def _parse(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object in a body, or None."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _error(status: int, reason: LazyMessage, language: Language, rows: Sequence[Row] = ()) -> Response:
    return _json(status, {"rows": list(rows), "error": reason.render(translator_in(language))})


def _json(status: int, content: Mapping[str, Any]) -> Response:
    """Encode as ASCII, since rows may contain lone surrogates, which UTF-8 cannot represent."""
    return Response(json.dumps(content), status, media_type="application/json")
