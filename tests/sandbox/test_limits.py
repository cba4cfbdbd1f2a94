"""Flood control: bursts pass, floods get 429 until retry_after is over."""

from typing import Any

import pytest

from bot.sandbox import Limits, Sandbox
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import FloodControl


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(flood: FloodControl, chat: int) -> bool:
    try:
        flood.admit(chat)
    except ApiError as refused:
        return refused.code != 429
    return True


def wait_of(flood: FloodControl, chat: int) -> int:
    with pytest.raises(ApiError) as refused:
        flood.admit(chat)
    return int(refused.value.parameters["retry_after"])


def test_thirty_chats_pass_at_once_and_the_next_must_wait() -> None:
    flood = FloodControl(Limits(), Clock())

    assert [admitted(flood, chat) for chat in range(1, 32)] == [True] * 30 + [False]


def test_thirty_a_second_always_pass() -> None:
    clock = Clock()
    flood = FloodControl(Limits(), clock)
    for number in range(3000):
        clock.now += 1 / 30
        assert admitted(flood, number + 1)


def test_a_chat_may_have_a_burst_and_then_one_a_second() -> None:
    clock = Clock()
    flood = FloodControl(Limits(), clock)

    assert [admitted(flood, 5) for _ in range(6)] == [True] * 5 + [False]
    clock.now += 1.01
    assert [admitted(flood, 5) for _ in range(2)] == [True, False]


def test_a_group_gets_twenty_a_minute() -> None:
    clock = Clock()
    flood = FloodControl(Limits(), clock)

    assert [admitted(flood, -5) for _ in range(21)] == [True] * 20 + [False]
    clock.now += 3.01
    assert admitted(flood, -5)


def test_one_flooded_chat_does_not_stop_the_others() -> None:
    flood = FloodControl(Limits(), Clock())
    while admitted(flood, 5):
        pass

    assert admitted(flood, 6)


def test_until_retry_after_everything_is_refused() -> None:
    clock = Clock()
    flood = FloodControl(Limits(penalty=10), clock)
    while admitted(flood, 5):
        pass
    clock.now += 4

    assert wait_of(flood, 5) == 6
    clock.now += 6
    assert admitted(flood, 5)


def test_without_limits_everything_passes() -> None:
    flood = FloodControl(None, Clock())

    assert all(admitted(flood, 5) for _ in range(1000))


async def test_over_http_a_flood_gets_429_and_is_not_accepted(raw: Any, ann: int) -> None:
    raw.sandbox.set_limits(Limits(chat_burst=2))
    answers = [await raw("sendMessage", chat_id=ann, text=str(number)) for number in range(4)]

    assert [status for status, _ in answers] == [200, 200, 429, 429]
    assert answers[2][1]["parameters"]["retry_after"] == 1
    assert raw.sandbox.texts(ann) == ["0", "1"]
    raw.sandbox.set_limits(None)
    assert (await raw("sendMessage", chat_id=ann, text="4"))[0] == 200


async def test_refused_calls_and_other_methods_do_not_count(raw: Any, ann: int) -> None:
    raw.sandbox.set_limits(Limits(chat_burst=1))
    for _ in range(5):
        await raw("sendMessage", chat_id=ann, text="")
        await raw("sendChatAction", chat_id=ann, action="typing")

    assert (await raw("sendMessage", chat_id=ann, text="x"))[0] == 200


async def test_limits_can_be_given_at_the_start() -> None:
    async with Sandbox(limits=Limits()) as sandbox:
        assert sandbox.state.flood.limits == Limits()
