"""Whatever a bot sends, it gets an answer in Telegram's form; nothing breaks the sandbox."""

import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox import TOKEN
from bot.sandbox.entities.formatted import read_text
from bot.sandbox.errors import ApiError
from bot.sandbox.keyboards import check_keyboard
from bot.sandbox.methods.delivery import Described
from bot.sandbox.methods.table import SERVED
from bot.sandbox.parameters import Parameters, read_parameters
from bot.sandbox.state import SandboxState

NAMES = (
    "action allowed_updates button callback_query_id caption caption_entities chat_id commands "
    "description document entities file_id from_chat_id inline_message_id inline_query_id language_code "
    "limit link_preview_options max_connections message_id name offset parse_mode photo reply_markup "
    "reply_parameters results scope secret_token text url user_id"
).split()
WORDS = (
    "type id text offset length url user language inline_keyboard keyboard callback_data message_id "
    "title chat_id input_message_content message_text command HTML MarkdownV2 default chat bold "
    "text_link article 1 -1 5 cancel"
).split()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=10,
)


def a_world() -> SandboxState:
    world = SandboxState(TOKEN, None, 0)
    world.add_person({"id": 5, "is_bot": False, "first_name": "Ann"})
    world.people[5].seen = world.people[5].started = True
    world.put(world.chat(5), {"from": world.sender, "text": "hello"})
    return world


ANY_CALL = given(st.sampled_from(sorted(SERVED)), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))


@settings(max_examples=200)
@ANY_CALL
def test_every_method_accepts_or_refuses_any_values(method: str, values: dict[str, Any]) -> None:
    """Some values of each here, many in `make soak`."""
    accepts_or_refuses(method, values)


@pytest.mark.soak
@settings(max_examples=5_000)
@ANY_CALL
def test_every_method_accepts_or_refuses_many_values(method: str, values: dict[str, Any]) -> None:
    accepts_or_refuses(method, values)


def accepts_or_refuses(method: str, values: dict[str, Any]) -> None:
    try:
        result = SERVED[method](a_world(), Parameters(values | {"chat_id": 5, "message_id": 1}))
    except ApiError as refused:
        json.dumps(refused.body())
        return
    if inspect.iscoroutine(result):
        result.close()
    else:
        answer = result.result if isinstance(result, Described) else result
        assert json.loads(json.dumps(answer)) is not None, "Telegram always answers something"


@settings(max_examples=300)
@given(VALUES)
def test_any_keyboard_is_kept_or_refused(markup: Any) -> None:
    try:
        json.dumps(check_keyboard(markup))
    except ApiError:
        return


@settings(max_examples=300)
@given(st.text(max_size=20), VALUES)
def test_any_entities_are_kept_or_refused(text: str, entities: Any) -> None:
    try:
        plain, spans = read_text(text, "", entities)
    except ApiError:
        return
    assert len(plain) <= len(text)
    assert all(
        0 <= span["offset"] < span["offset"] + span["length"] <= len(plain.encode("utf-16-le", "surrogatepass")) // 2
        for span in spans
    )


@given(
    st.sampled_from(
        [
            "application/json",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/x",
            "application/x-www-form-urlencoded",
        ]
    ),
    st.binary(max_size=60),
)
def test_any_body_is_read_or_refused(content_type: str, body: bytes) -> None:
    try:
        read_parameters("a=%ff&b", content_type, body)
    except ApiError:
        return
