"""The people's side over HTTP: POST /sandbox/<act> with a JSON object of the act's arguments."""

import inspect
import json
from dataclasses import asdict, is_dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.errors import ApiError
from bot.sandbox.inspection import Inspection
from bot.sandbox.limits import Limits
from bot.sandbox.membership import Membership
from bot.sandbox.network_conditions import NetworkConditions
from bot.sandbox.user_actions import UserActions

_MISTAKES = (KeyError, TypeError, ValueError, ApiError, TimeoutError, StopIteration)
#: Every public method of user actions, inspection and network conditions, by name.
ACTS = {
    name: act
    for mixin in (UserActions, Membership, Inspection, NetworkConditions)
    for name, act in vars(mixin).items()
    if inspect.isfunction(act) and not name.startswith("_")
}


class Control:
    """Lets another process, or a page, use the sandbox like Python code."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox

    async def list_acts(self, _: Request) -> Response:
        """GET /sandbox: the acts, their arguments and descriptions."""
        return JSONResponse({name: [str(inspect.signature(act)), act.__doc__] for name, act in ACTS.items()})

    async def act(self, request: Request) -> Response:
        """POST /sandbox/<act>: 200 with the result, 400 with a sentence, 404 for an unknown act."""
        name = request.path_params["act"]
        if name not in ACTS:
            return _failed(404, f"there is no act {name!r}; GET /sandbox lists them")
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _failed(415, "send the arguments as application/json")
        try:
            result = await self._do(name, json.loads(await request.body() or b"{}"))
        except _MISTAKES as mistake:
            return _failed(400, f"{type(mistake).__name__}: {mistake}")
        return Response(json.dumps({"ok": True, "result": result}, default=_plain), media_type="application/json")

    async def _do(self, name: str, arguments: Any) -> Any:
        if name == "set_limits" and arguments.get("limits"):
            arguments = {"limits": Limits(**arguments["limits"])}
        result = ACTS[name](self.sandbox, **arguments)
        return await result if inspect.isawaitable(result) else result


def _failed(status: int, sentence: str) -> Response:
    return JSONResponse({"ok": False, "error": sentence}, status)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
