"""Keyboards, pressed buttons, and inline mode."""

import asyncio
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
)
from telegram.error import BadRequest

from bot.sandbox import Sandbox

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def keyboard(*rows: Any) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(text: str, data: str = "data") -> dict[str, str]:
    return {"text": text, "callback_data": data}


@pytest.mark.parametrize(
    ("markup", "sentence"),
    [
        ([], "object expected as reply markup"),
        (
            {"inline_keyboard": [1]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (keyboard([1]), "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        (
            keyboard([{"text": "a"}]),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            keyboard([button("a", "")]),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (keyboard([button(" ")]), "inline keyboard button text must be non-empty"),
        (keyboard([button("a", "x" * 65)]), "BUTTON_DATA_INVALID"),
        (keyboard([button("a", "я" * 33)]), "BUTTON_DATA_INVALID"),
        (
            keyboard([{"text": "a", "url": "nowhere"}]),
            "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        (keyboard(*[[button("a")]] * 101), "reply markup is too long"),
        (keyboard(*[[button("x" * 200)]] * 60), "reply markup is too long"),
        ({"keyboard": [[{}]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
    ],
)
async def test_bad_keyboards_are_refused(raw: Any, ann: int, markup: Any, sentence: str) -> None:
    assert await raw.refused("sendMessage", chat_id=ann, text="x", reply_markup=markup) == f"Bad Request: {sentence}"


async def test_callback_data_may_have_64_bytes(raw: Any, ann: int) -> None:
    status, _ = await raw("sendMessage", chat_id=ann, text="x", reply_markup=keyboard([button("a", "я" * 32)]))

    assert status == 200


async def test_a_pressed_button_is_answered(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go:1")]])
    sent = await ptb.send_message(ann, "x", reply_markup=markup)
    query_id = sandbox.press(ann, sent.message_id, "Go")
    (update,) = await ptb.get_updates()
    assert update.callback_query is not None
    waiting = asyncio.create_task(sandbox.wait_for_answer(query_id))
    await update.callback_query.answer("done", show_alert=True)

    assert (update.callback_query.data, update.callback_query.from_user.id) == ("go:1", ann)
    assert update.callback_query.message is not None
    assert update.callback_query.message.message_id == sent.message_id
    assert await waiting == {"text": "done", "show_alert": True, "url": ""}


async def test_a_button_that_is_not_there_cannot_be_pressed(raw: Any, ann: int) -> None:
    await raw("sendMessage", chat_id=ann, text="x", reply_markup=keyboard([button("Go")]))
    with pytest.raises(KeyError, match="no button 'Stop'; there are \\['Go'\\]"):
        raw.sandbox.press(ann, raw.sandbox.replies(ann)[0]["message_id"], "Stop")


async def test_a_forged_press_carries_any_data(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    query_id = sandbox.press(ann, 999, data="\x00forged")
    (update,) = await ptb.get_updates()
    assert update.callback_query is not None
    await update.callback_query.answer()

    assert update.callback_query.data == "\x00forged"
    assert sandbox.answer(query_id) is not None


async def test_a_press_is_answered_once_and_in_time(raw: Any, ann: int) -> None:
    once = raw.sandbox.press(ann, 1, data="x")
    assert (await raw("answerCallbackQuery", callback_query_id=once))[0] == 200
    assert await raw.refused("answerCallbackQuery", callback_query_id=once) == TOO_OLD
    raw.sandbox.set_patience(-1)
    late = raw.sandbox.press(ann, 1, data="x")
    assert await raw.refused("answerCallbackQuery", callback_query_id=late) == TOO_OLD
    assert await raw.refused("answerCallbackQuery", callback_query_id="12") == TOO_OLD


async def test_a_notice_has_at_most_200_characters(raw: Any, ann: int) -> None:
    query_id = raw.sandbox.press(ann, 1, data="x")
    sentence = await raw.refused("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)

    assert sentence == "Bad Request: MESSAGE_TOO_LONG"


def article(id_: str, text: str) -> InlineQueryResultArticle:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(id_, "Title", content, reply_markup=markup)


async def test_an_inline_result_is_chosen_sent_pressed_and_edited(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    group = sandbox.group("Yard", [ann])
    query_id = sandbox.ask_inline(ann, "childcare")
    update = (await ptb.get_updates())[-1]
    assert update.inline_query is not None
    await update.inline_query.answer([article("1", "<b>Card</b>")], cache_time=0)
    message_id = sandbox.choose(ann, query_id, "1", chat=group)
    chosen = (await ptb.get_updates(offset=update.update_id + 1))[-1].chosen_inline_result
    assert chosen is not None
    await ptb.edit_message_text("New card", inline_message_id=chosen.inline_message_id)
    sandbox.press(ann, message_id, data="more", chat=group)
    pressed = (await ptb.get_updates())[-1].callback_query

    assert update.inline_query.query == "childcare"
    assert (chosen.result_id, chosen.query) == ("1", "childcare")
    assert sandbox.messages(group)[-1]["text"] == "New card"
    assert sandbox.messages(group)[-1]["via_bot"]["id"] == sandbox.state.bot_id
    assert pressed is not None
    assert pressed.inline_message_id == chosen.inline_message_id


async def test_a_result_may_be_sent_where_the_bot_is_not(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    query_id = sandbox.ask_inline(ann, "x")
    await ptb.answer_inline_query(query_id, [article("1", "Card")])
    sandbox.choose(ann, query_id, "1")
    kinds = [kind for update in await ptb.get_updates() for kind in update.to_dict() if kind != "update_id"]

    assert kinds == ["inline_query", "chosen_inline_result"]


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ([article("1", "<x>")], 'Can\'t parse entities: unsupported start tag "x" at byte offset 0'),
        ([article("1", "a"), article("1", "b")], "Result_id_duplicate"),
        ([article(str(number), "a") for number in range(51)], "Too many inline query results specified"),
    ],
)
async def test_bad_inline_results_are_refused(
    ptb: Bot, sandbox: Sandbox, ann: int, results: Any, sentence: str
) -> None:
    query_id = sandbox.ask_inline(ann, "x")

    with pytest.raises(BadRequest) as refused:
        await ptb.answer_inline_query(query_id, results)
    assert refused.value.message.lower() == sentence.lower()


async def test_an_article_needs_title_and_content(raw: Any, ann: int) -> None:
    query_id = raw.sandbox.ask_inline(ann, "x")
    results = [{"type": "article", "id": "1", "title": "T"}]
    sentence = await raw.refused("answerInlineQuery", inline_query_id=query_id, results=results)

    assert sentence == "Bad Request: can't parse inline query result: Input message content is not specified"


async def test_an_unknown_inline_message_cannot_be_edited(raw: Any) -> None:
    sentence = await raw.refused("editMessageText", inline_message_id="x", text="x")
    assert sentence == "Bad Request: MESSAGE_ID_INVALID"
