"""Mutated updates through validation, handlers and sender: none raises, and others are answered meanwhile."""

import copy
import gc
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.typing import EventDict

from bot.sandbox import Sandbox
from bot.telegram_api.incoming import Incoming, read_update
from tests.telegram_ui.sandbox_env import SandboxEnv, open_env

#: What a field may hold instead of its value.
ODD: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    1,
    2**31,
    2**52,
    2**63,
    2**70,
    -(2**70),
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "x",
    "0",
    "-1",
    "٣",
    "x" * 5_000,
    "😀" * 4_096,
    "a" + "\u0301" * 4_000,
    "\ud800",
    "\udfff\ud800",
    "\x00",
    "\u202e<b>&lt;",
    "/start",
    "/edit 1",
    [],
    [None],
    [[]],
    [{}] * 300,
    list(range(1000)),
    {},
    {"id": []},
    {"id": 1, "type": "private"},
    [[[[[[[[[[]]]]]]]]]],
    {"a": {"a": {"a": {"a": {}}}}},
]


def bases(sandbox: Sandbox, person: int) -> list[dict[str, Any]]:
    """Well-formed updates of the kinds that the bot reads."""
    user = sandbox.state.people[person].user
    chat = sandbox.state.chats[person].json
    group = {"id": -1001234567890, "type": "supergroup", "title": "Yard", "is_forum": True}
    message = {"message_id": 9, "date": int(time.time()), "chat": chat, "from": user, "text": "when is heating ready?"}
    bot = {"id": sandbox.state.bot_id, "is_bot": True, "first_name": "Bot", "username": "sandbox_bot"}
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": user}
    reply = {**message, "from": bot, "text": "an answer", "chat": group}
    file = {"file_id": "f", "file_unique_id": "u", "file_size": 10}
    member = {"user": bot, "status": "member"}
    return [
        {"message": message},
        {"message": {**message, "entities": [entity]}},
        {"message": {**message, "chat": group, "reply_to_message": reply, "message_thread_id": 5}},
        {"message": {**message, "chat": group, "sender_chat": group, "text": "@sandbox_bot heating"}},
        {"message": {k: v for k, v in message.items() if k != "text"} | {"photo": [{**file, "width": 1, "height": 1}]}},
        {
            "message": {k: v for k, v in message.items() if k != "text"}
            | {
                "document": {**file, "file_name": "a.yaml"},
                "caption": "look",
                "caption_entities": [entity],
                "media_group_id": "5",
            }
        },
        {
            "message": {k: v for k, v in message.items() if k != "text"}
            | {"sticker": {**file, "width": 1, "height": 1, "type": "regular", "is_animated": False, "is_video": False}}
        },
        {"message": {**message, "chat": group, "migrate_to_chat_id": -1009}},
        {"edited_message": {**message, "edit_date": int(time.time())}},
        {"callback_query": {"id": "1", "from": user, "message": message, "chat_instance": "1", "data": "aaaa"}},
        {"callback_query": {"id": "1", "from": user, "inline_message_id": "1", "chat_instance": "1", "data": "a"}},
        {"inline_query": {"id": "1", "from": user, "query": "heating", "offset": ""}},
        {
            "my_chat_member": {
                "chat": group,
                "from": user,
                "date": 1,
                "old_chat_member": {**member, "status": "left"},
                "new_chat_member": member,
            }
        },
    ]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from places(inner)


def mutated(update: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A copy with one to three fields that hold something odd, are missing, or are new."""
    result = copy.deepcopy(update)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        container, key = chance.choice(list(places(result)))
        match chance.randrange(8):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                container[chance.choice(("text", "caption", "from", "chat", "forward_origin", "poll"))] = copy.deepcopy(
                    chance.choice(ODD)
                )
            case _:
                container[key] = copy.deepcopy(chance.choice(ODD))
        if not result:
            return result
    return result


async def fuzz(env: SandboxEnv, count: int, seed: int, logs: list[EventDict]) -> None:
    """Deliver mutated updates, with questions in between."""
    chance, ann = random.Random(seed), env.sandbox.person("Ann")
    env.sandbox.write(ann, "/start")
    await env.wait_until_handled()
    samples = bases(env.sandbox, ann)
    slowest = 0.0
    gc.collect()
    gc.freeze()  # collecting what earlier tests left would take longer than any update
    for number in range(count):
        value = {**mutated(chance.choice(samples), chance), "update_id": 500_000_000 + number}
        started = time.thread_time()
        updates = await env.components.update_queue.accept([value])
        slowest = max(slowest, time.thread_time() - started)
        assert await env.components.update_queue.secure(updates)
        if number % 200 == 0:
            assert (await env.asks(env.sandbox.person(), "/help"))["text"]
    await env.wait_until_handled()
    gc.unfreeze()

    assert slowest < 0.05
    assert [event for event in logs if event["event"] in ("handler_failed", "nobody_waited")] == []


async def test_a_few_hundred_mutated_updates_raise_nowhere(tmp_path: Path, logs: list[EventDict]) -> None:
    async with open_env(tmp_path) as env:
        await fuzz(env, 600, 1, logs)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
async def test_twenty_thousand_mutated_updates_raise_nowhere(tmp_path: Path, logs: list[EventDict], seed: int) -> None:
    async with open_env(tmp_path) as env:
        await fuzz(env, 5_000, seed + 10, logs)


def test_no_value_escapes_the_boundary() -> None:
    chance = random.Random(2)
    samples = [{"message": {"chat": {"id": 1}}}, {"callback_query": {}}, {"my_chat_member": []}]
    for value in ODD:
        read_update(value)
        read_update({"update_id": value, "message": {}})
    for _ in range(2_000):
        value = {"update_id": 7, **mutated({"x": chance.choice(samples)}, chance)}
        value |= value.pop("x", None) if isinstance(value.get("x"), dict) else {}
        result = read_update(value)
        if isinstance(result, Incoming):
            result.parse()
