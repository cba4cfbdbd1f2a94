"""Every kind of update that Telegram has, and an unknown one: no error, and at most one reply."""

from typing import Any

import pytest
from telegram import Update

from tests.telegram_ui.bot_env import ANN, POLL, BotEnv, Json, chat_json, person_json
from tests.telegram_ui.recording_sender import BotAction

_PERSON = person_json(ANN)
_CHAT = chat_json(ANN)
_CHANNEL = {"id": -1007, "type": "channel", "title": "News"}
_WORDS = {"message_id": 1, "date": 1772366400, "text": "sixth hospital"}
_MEMBER = {
    "chat": _CHAT,
    "from": _PERSON,
    "date": 1,
    "old_chat_member": {"user": _PERSON, "status": "left"},
    "new_chat_member": {"user": _PERSON, "status": "member"},
}
_PAYING = {"source": "premium", "user": _PERSON}
_BOOST = {"boost_id": "b", "add_date": 1, "expiration_date": 2, "source": _PAYING}
_CONNECTION = {
    "id": "b",
    "user": _PERSON,
    "user_chat_id": ANN,
    "date": 1,
    "can_reply": True,
    "is_enabled": True,
}
_REACTION = {
    "chat": _CHAT,
    "message_id": 1,
    "date": 1,
    "user": _PERSON,
    "old_reaction": [],
    "new_reaction": [],
}
#: Kind of update -> an update of it, and how many things the bot does about it.
KINDS: dict[str, tuple[Json, int]] = {
    "message": (_WORDS | {"chat": _CHAT, "from": _PERSON}, 1),
    "edited_message": (_WORDS | {"chat": _CHAT, "from": _PERSON, "edit_date": 1772366401}, 1),
    "channel_post": (_WORDS | {"chat": _CHANNEL, "sender_chat": _CHANNEL}, 0),
    "edited_channel_post": (_WORDS | {"chat": _CHANNEL, "sender_chat": _CHANNEL, "edit_date": 2}, 0),
    "business_connection": (_CONNECTION, 0),
    "business_message": (_WORDS | {"chat": _CHAT, "from": _PERSON, "business_connection_id": "b"}, 0),
    "edited_business_message": (_WORDS | {"chat": _CHAT, "from": _PERSON, "business_connection_id": "b"}, 0),
    "deleted_business_messages": ({"business_connection_id": "b", "chat": _CHAT, "message_ids": [1]}, 0),
    "guest_message": (_WORDS | {"chat": _CHAT, "from": _PERSON}, 0),
    "message_reaction": (_REACTION, 0),
    "message_reaction_count": ({"chat": _CHAT, "message_id": 1, "date": 1, "reactions": []}, 0),
    "inline_query": ({"id": "1", "from": _PERSON, "query": "childcare", "offset": ""}, 0),
    "chosen_inline_result": ({"result_id": "1", "from": _PERSON, "query": "childcare"}, 0),
    "callback_query": ({"id": "1", "from": _PERSON, "chat_instance": "1", "data": "x"}, 1),
    "shipping_query": (
        {
            "id": "1",
            "from": _PERSON,
            "invoice_payload": "x",
            "shipping_address": dict.fromkeys(
                "country_code state city street_line1 street_line2 post_code".split(), "x"
            ),
        },
        0,
    ),
    "pre_checkout_query": (
        {"id": "1", "from": _PERSON, "currency": "XTR", "total_amount": 1, "invoice_payload": "x"},
        0,
    ),
    "purchased_paid_media": ({"from": _PERSON, "paid_media_payload": "x"}, 0),
    "poll": (POLL, 0),
    "poll_answer": ({"poll_id": "1", "option_ids": [], "option_persistent_ids": [], "user": _PERSON}, 0),
    "my_chat_member": (_MEMBER, 0),
    "chat_member": (_MEMBER, 0),
    "chat_join_request": ({"chat": _CHAT, "from": _PERSON, "date": 1, "user_chat_id": ANN}, 0),
    "chat_boost": ({"chat": _CHAT, "boost": _BOOST}, 0),
    "removed_chat_boost": ({"chat": _CHAT, "boost_id": "b", "remove_date": 1, "source": _PAYING}, 0),
    "managed_bot": ({"user": _PERSON, "bot": {"id": 9, "is_bot": True, "first_name": "b"}}, 0),
    "an_invented_kind": ({"of": "update", "chat": _CHAT}, 0),
}
#: Service messages: something happened, and nobody said anything.
SERVICE: list[Json] = [
    {"new_chat_members": [_PERSON]},
    {"left_chat_member": _PERSON},
    {"new_chat_title": "x"},
    {"delete_chat_photo": True},
    {"group_chat_created": True},
    {"message_auto_delete_timer_changed": {"message_auto_delete_time": 1}},
    {"pinned_message": {"message_id": 1, "date": 0, "chat": _CHAT}},
    {"forum_topic_created": {"name": "t", "icon_color": 1}},
    {"video_chat_started": {}},
    {"write_access_allowed": {}},
    {"an_invented_content": {"of": "message"}},
]


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


def test_no_kind_of_update_is_forgotten() -> None:
    """A new one in python-telegram-bot must be added here."""
    assert set(KINDS) - {"an_invented_kind"} == {str(kind) for kind in Update.ALL_TYPES}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_update_is_taken_without_an_error(env: BotEnv, kind: str) -> None:
    """All updates are parsed; only a message to the bot gets a reply."""
    update, acts = KINDS[kind]
    said = await env.receives({kind: update})

    assert len([one for one in said if one.act != "typing"]) == acts
    assert kind == "an_invented_kind" or getattr(Update.de_json({"update_id": 1, kind: update}), kind)
    assert env.chats.records == {}


@pytest.mark.parametrize("content", SERVICE, ids=lambda content: next(iter(content)))
async def test_service_messages_are_left_alone(
    env: BotEnv, content: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a private chat, the bot does not reply to them."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else the library warns of its own future
    assert await env.receives({"message": env.message(**content)}) == []


HOSTILE = [
    "x" * 4096,
    "\ufdfa" * 4096,
    "a" + "\u0301" * 4095,
    "\u202e\u200b\u2066" * 100,
    "<a href='tg://user?id=1'>admin</a></b>&lt;",
    '=HYPERLINK("http://x")',
    "\x00\x01\x02",
    "((((((((((" * 400,
    "/" + "a" * 4000,
    "/start " + "p_" * 2000,
    "@harbin_bot " * 300,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_text_gets_an_ordinary_short_answer_that_does_not_quote_it(env: BotEnv, text: str) -> None:
    [answer] = await env.writes(text)

    assert _is_ordinary(answer)
    assert "<" not in (answer.text or "")


async def test_a_question_is_found_through_invisible_characters(env: BotEnv) -> None:
    for text in (
        "six\u200bth hos\u200bpital",
        "\u202esixth hospital",
        "siхth hоspital",
        "S I X T H hospital sixth",
    ):
        [answer] = await env.writes(text)

        assert "Sixth Municipal Hospital" in (answer.text or ""), text


def _is_ordinary(answer: BotAction) -> bool:
    return answer.act == "send" and 0 < len(answer.text or "") <= 700
