"""Answers to pressed buttons and inline queries, and the typing indicator."""

import time

from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import check_keyboard
from bot.sandbox.lookups import find_chat
from bot.sandbox.methods.content import text_content
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json, Query, SandboxState

#: The most results of an inline query, and the most characters of the notice after a pressed button.
_MAX_RESULTS = 50
_MAX_NOTICE = 200
_ACTIONS = frozenset(
    [
        "cancel",
        "typing",
        "record_video",
        "upload_video",
        "record_audio",
        "record_voice",
        "upload_audio",
        "upload_voice",
        "upload_photo",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def answer_callback_query(state: SandboxState, parameters: Parameters) -> bool:
    """Store the bot's answer. Raises ApiError if the query is unknown, expired or already answered."""
    query = _open_query(state, parameters.text("callback_query_id"), "callback")
    text = parameters.text("text")
    if len(text) > _MAX_NOTICE:
        raise bad_request("MESSAGE_TOO_LONG")
    url = parameters.text("url")
    return _answer(query, {"text": text, "show_alert": parameters.flag("show_alert"), "url": url})


def answer_inline_query(state: SandboxState, parameters: Parameters) -> bool:
    """Store the bot's answer, at most 50 results. Raises ApiError like `answer_callback_query`."""
    message = "Can't parse JSON encoded inline query results"
    results = parameters.tree("results", message) or []
    if not isinstance(results, list):
        raise bad_request("Expected an Array of inline query results")
    if len(results) > _MAX_RESULTS:
        raise bad_request("Too many inline query results specified")
    checked = [_checked_result(result) for result in results]
    if len({result["id"] for result in checked}) < len(checked):
        raise bad_request("RESULT_ID_DUPLICATE")
    query = _open_query(state, parameters.text("inline_query_id"), "inline")
    button = parameters.tree("button", "Can't parse inline query results button JSON object")
    return _answer(query, {"results": checked, "button": button, "next_offset": parameters.text("next_offset")})


def send_chat_action(state: SandboxState, parameters: Parameters) -> bool:
    """Check the action and the chat; the call is recorded, and the page shows nothing."""
    if parameters.text("action").lower() not in _ACTIONS:
        raise bad_request("Wrong parameter action in request")
    find_chat(state, parameters.text("chat_id"))
    return True


def _open_query(state: SandboxState, query_id: str, kind: str) -> Query:
    query = state.queries.get(query_id)
    late = query is not None and time.monotonic() - query.at > state.answer_within
    if query is None or late or query.kind != kind or query.answer is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    return query


def _answer(query: Query, answer: Json) -> bool:
    query.answer = answer
    query.answered.notify()
    return True


def _checked_result(result: object) -> Json:
    if not isinstance(result, dict):
        raise bad_request("Can't parse inline query result: Inline query result must be an object")
    for name in ("type", "id"):
        if not result.get(name):
            raise bad_request(f"Can't parse inline query result: Can't find field \"{name}\"")
    if len(str(result["id"]).encode()) > 64:
        raise bad_request("RESULT_ID_INVALID")
    if result["type"] == "article":
        _check_article(result)
    keyboard = check_keyboard(result.get("reply_markup") or {}, inline_only=True)
    return result | {"reply_markup": keyboard}


def _check_article(result: Json) -> None:
    if not result.get("title"):
        raise bad_request("Can't parse inline query result: Can't find field \"title\"")
    message = result.get("input_message_content")
    if not isinstance(message, dict):
        raise bad_request("Can't parse inline query result: Input message content is not specified")
    if "message_text" in message:
        text_content(str(message["message_text"]), str(message.get("parse_mode", "")), message.get("entities"))
