"""How a call reaches the sandbox: token, method, and the four ways to send parameters."""

from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import InvalidToken

from bot.sandbox import Sandbox


async def test_python_telegram_bot_starts_against_it(ptb: Bot, sandbox: Sandbox) -> None:
    me = await ptb.get_me()

    assert (me.id, me.username, me.supports_inline_queries) == (1000000001, "sandbox_bot", True)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("1000000001:another", "Unauthorized"),
        ("2:unknown", "Unauthorized"),
        ("nonsense", "Unauthorized: invalid token specified"),
        ("0:x", "Unauthorized: invalid token specified"),
    ],
)
async def test_a_wrong_token_is_unauthorized(raw: Any, token: str, sentence: str) -> None:
    async with raw.session.get(f"{raw.sandbox.url}/bot{token}/getMe") as response:
        body = await response.json()

    assert (response.status, body["description"]) == (401, sentence)


async def test_python_telegram_bot_calls_a_revoked_token_invalid(ptb: Bot, sandbox: Sandbox) -> None:
    sandbox.set_token("1000000001:new")

    with pytest.raises(InvalidToken):
        await ptb.get_me()


@pytest.mark.parametrize("path", ["", "/", "/bot", "/bot1:x", "/anything/else"])
async def test_every_other_address_is_not_found(raw: Any, path: str) -> None:
    async with raw.session.get(raw.sandbox.url + path) as response:
        body = await response.json()

    assert body == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert response.status == 404


async def test_method_names_are_read_without_regard_to_case(raw: Any) -> None:
    for name in ("getme", "GETME", "GetMe"):
        assert (await raw(name))[0] == 200
    assert [call.method for call in raw.sandbox.record.calls] == ["getMe"] * 3


@pytest.mark.parametrize("method", ["getRich", "sendDice"])
async def test_a_method_that_the_sandbox_lacks_is_refused_with_a_sentence(raw: Any, method: str) -> None:
    assert await raw.refused(method) == f"Not Found: the sandbox serves no method {method}"


@pytest.mark.parametrize("how", ["query", "form", "json", "multipart"])
async def test_parameters_may_come_in_four_ways(raw: Any, ann: int, how: str) -> None:
    values = {"chat_id": str(ann), "text": "città & 市民 +1%"}
    multipart = aiohttp.FormData(values, default_to_multipart=True)
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": values},
        "form": {"data": values},
        "json": {"json": values},
        "multipart": {"data": multipart},
    }
    send = raw.session.get if how == "query" else raw.session.post
    async with send(raw.address("sendMessage"), **ways[how]) as response:
        body = await response.json()

    assert body["ok"], body
    assert raw.sandbox.texts(ann) == ["città & 市民 +1%"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
async def test_a_body_that_is_not_a_json_object_is_refused(raw: Any, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    async with raw.session.post(raw.address("getMe"), data=body, headers=headers) as response:
        answer = await response.json()

    assert answer["description"] == "Bad Request: can't parse request body as JSON object"


async def test_log_out_ends_everything(raw: Any) -> None:
    assert await raw("logOut") == (200, {"ok": True, "result": True})

    assert await raw.refused("getMe") == "Logged out"


async def test_close_is_accepted(raw: Any) -> None:
    assert (await raw("close"))[1]["result"] is True
