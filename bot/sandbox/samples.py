"""A valid sample update of every kind in the Bot API."""

import time
from collections.abc import Callable

from bot.sandbox.state import Json, SandboxState

_PRICE = {"currency": "XTR", "total_amount": 5, "invoice_payload": "sample"}
_ADDRESS = dict.fromkeys(("country_code", "state", "city", "street_line1", "street_line2", "post_code"), "x")
_POLL = {
    "id": "900",
    "question": "When?",
    "options": [{"persistent_id": "0", "text": "Now", "voter_count": 1}],
    "total_voter_count": 1,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": True,
    "members_only": False,
}
_LIKE = {"type": "emoji", "emoji": "👍"}
#: kinds whose content is an ordinary message
_MESSAGES = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
    "guest_message",
]


def sample_update(state: SandboxState, kind: str, person_id: int) -> Json:
    """The content of an update of this kind from this person; raises KeyError with the known kinds."""
    user = state.person(person_id).user
    chat = state.chat(person_id).json
    if kind in _MESSAGES:
        return _message(user, chat)
    builders: dict[str, Callable[[Json, Json], Json]] = _ASKED | _COUNTED | _BUSINESS
    if kind not in builders:
        raise KeyError(f"no update is called {kind!r}; known are {', '.join((*_MESSAGES, *builders))}")
    return builders[kind](user, chat)


def _now() -> int:
    return int(time.time())


def _message(user: Json, chat: Json) -> Json:
    return {"message_id": 1, "date": _now(), "chat": chat, "from": user, "text": "a sample"}


def _callback(user: Json, chat: Json) -> Json:
    return {
        "id": "800",
        "from": user,
        "message": _message(user, chat),
        "chat_instance": "1",
        "data": "sample",
    }


def _chat_member(user: Json, chat: Json) -> Json:
    old, new = {"user": user, "status": "left"}, {"user": user, "status": "member"}
    return {"chat": chat, "from": user, "date": _now(), "old_chat_member": old, "new_chat_member": new}


def _boost(user: Json) -> Json:
    return {"boost_id": "b", "source": {"source": "premium", "user": user}}


_ASKED: dict[str, Callable[[Json, Json], Json]] = {
    "inline_query": lambda user, _: {"id": "801", "from": user, "query": "sample", "offset": ""},
    "chosen_inline_result": lambda user, _: {"from": user, "result_id": "1", "query": "sample"},
    "callback_query": _callback,
    "shipping_query": lambda user, _: {
        "id": "802",
        "from": user,
        "invoice_payload": "sample",
        "shipping_address": _ADDRESS,
    },
    "pre_checkout_query": lambda user, _: {"id": "803", "from": user} | _PRICE,
    "my_chat_member": _chat_member,
    "chat_member": _chat_member,
    "chat_join_request": lambda user, chat: {
        "chat": chat,
        "from": user,
        "user_chat_id": user["id"],
        "date": _now(),
    },
}
_COUNTED: dict[str, Callable[[Json, Json], Json]] = {
    "poll": lambda _, __: _POLL,
    "poll_answer": lambda user, _: {
        "poll_id": "900",
        "user": user,
        "option_ids": [0],
        "option_persistent_ids": ["0"],
    },
    "message_reaction": lambda user, chat: {
        "chat": chat,
        "message_id": 1,
        "user": user,
        "date": _now(),
        "old_reaction": [],
        "new_reaction": [_LIKE],
    },
    "message_reaction_count": lambda _, chat: {
        "chat": chat,
        "message_id": 1,
        "date": _now(),
        "reactions": [{"type": _LIKE, "total_count": 2}],
    },
    "chat_boost": lambda user, chat: {
        "chat": chat,
        "boost": _boost(user) | {"add_date": _now(), "expiration_date": _now()},
    },
    "removed_chat_boost": lambda user, chat: {"chat": chat, "remove_date": _now()} | _boost(user),
}
_BUSINESS: dict[str, Callable[[Json, Json], Json]] = {
    "business_connection": lambda user, _: {
        "id": "c",
        "user": user,
        "user_chat_id": user["id"],
        "date": _now(),
        "is_enabled": True,
    },
    "deleted_business_messages": lambda _, chat: {
        "business_connection_id": "c",
        "chat": chat,
        "message_ids": [1],
    },
    "purchased_paid_media": lambda user, _: {"from": user, "paid_media_payload": "sample"},
    "managed_bot": lambda user, _: {"user": user, "bot": {"id": 2, "is_bot": True, "first_name": "Other"}},
}
