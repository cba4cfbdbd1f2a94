"""Editing and deleting messages in a chat."""

import time
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest

from bot.sandbox import Sandbox
from bot.sandbox.attachments import PIXEL

GO = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])


async def test_an_edit_replaces_text_and_buttons(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_message(ann, "one", reply_markup=GO)
    edited = await ptb.edit_message_text("<b>two</b>", ann, sent.message_id, parse_mode="HTML")

    assert isinstance(edited, Message)
    assert (edited.text_html, edited.reply_markup) == ("<b>two</b>", None)
    assert edited.edit_date is not None
    assert sandbox.texts(ann) == ["two"]


async def test_an_edit_that_changes_nothing_is_refused(raw: Any, ann: int) -> None:
    _, sent = await raw("sendMessage", chat_id=ann, text="<b>one</b>", parse_mode="HTML")
    sentence = await raw.refused(
        "editMessageText",
        chat_id=ann,
        message_id=sent["result"]["message_id"],
        text="one",
        entities=[{"type": "bold", "offset": 0, "length": 3}],
    )

    assert sentence == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )


async def test_only_the_buttons_may_be_changed(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_message(ann, "one")
    await ptb.edit_message_reply_markup(ann, sent.message_id, reply_markup=GO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await ptb.edit_message_reply_markup(ann, sent.message_id, reply_markup=GO)
    await ptb.edit_message_reply_markup(ann, sent.message_id, reply_markup=None)

    assert "reply_markup" not in sandbox.replies(ann)[0]


@pytest.mark.parametrize("message_id", [999, 0, -1])
async def test_an_edit_of_nothing_is_refused(raw: Any, ann: int, message_id: int) -> None:
    sentence = await raw.refused("editMessageText", chat_id=ann, message_id=message_id, text="x")
    assert sentence == "Bad Request: message to edit not found"


async def test_an_edit_must_name_its_message(raw: Any) -> None:
    sentence = await raw.refused("editMessageText", text="x")
    assert sentence == "Bad Request: message identifier is not specified"


async def test_what_others_wrote_cannot_be_edited(raw: Any, ann: int) -> None:
    question = raw.sandbox.write(ann, "water?")
    sentence = await raw.refused("editMessageText", chat_id=ann, message_id=question, text="x")

    assert sentence == "Bad Request: message can't be edited"


async def test_a_photo_has_a_caption_and_no_text_to_edit(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_photo(ann, PIXEL, caption="one")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await ptb.edit_message_text("two", ann, sent.message_id)
    await ptb.edit_message_caption(ann, sent.message_id, caption="two")

    assert sandbox.texts(ann) == ["two"]


async def test_an_edit_is_not_a_send(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_message(ann, "one")
    await ptb.edit_message_text("two", ann, sent.message_id)

    assert len(sandbox.record.sends()) == 1
    assert [call.text for call in sandbox.record.of("editMessageText")] == ["two"]


async def test_a_copy_taken_before_the_edit_stays_as_it_was(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_message(ann, "one")
    before = sandbox.replies(ann)
    await ptb.edit_message_text("two", ann, sent.message_id)

    assert before[0]["text"] == "one"


async def test_a_deleted_message_is_gone(ptb: Bot, raw: Any, ann: int) -> None:
    sent = await ptb.send_message(ann, "one")
    await ptb.delete_message(ann, sent.message_id)

    assert raw.sandbox.replies(ann) == []
    sentence = await raw.refused("deleteMessage", chat_id=ann, message_id=sent.message_id)
    assert sentence == "Bad Request: message to delete not found"


async def test_in_private_the_persons_messages_can_be_deleted_too(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    question = sandbox.write(ann, "my number is 123")
    await ptb.delete_message(ann, question)

    assert question not in [message["message_id"] for message in sandbox.messages(ann)]


async def test_in_a_group_only_an_administrator_deletes_what_others_wrote(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    group = sandbox.group("Yard", [ann], kind="supergroup")
    message = sandbox.write(ann, "spam", chat=group)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await ptb.delete_message(group, message)
    sandbox.promote_bot(ann, group)

    assert await ptb.delete_message(group, message)


async def test_after_two_days_a_message_stays(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    old = sandbox.write(ann, "long ago", date=int(time.time()) - 49 * 3600)

    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await ptb.delete_message(ann, old)


async def test_a_deletion_must_name_chat_and_message(raw: Any, ann: int) -> None:
    assert await raw.refused("deleteMessage") == "Bad Request: chat identifier is not specified"
    assert await raw.refused("deleteMessage", chat_id=ann) == "Bad Request: message identifier is not specified"
