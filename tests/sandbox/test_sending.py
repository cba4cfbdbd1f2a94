"""The bot's messages: what is delivered, what is refused, and with which error."""

import html
from typing import Any

import pytest
from telegram import Bot, InputFile, LinkPreviewOptions, MessageEntity, ReplyKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.sandbox import Sandbox
from bot.sandbox.attachments import PIXEL


async def test_a_message_arrives_as_the_person_sees_it(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_message(
        ann, "<b>Heating</b> &amp; <a href='https://city.example'>more</a>", parse_mode="HTML"
    )

    assert sandbox.texts(ann) == ["Heating & more"]
    assert sent.text_html == '<b>Heating</b> &amp; <a href="https://city.example/">more</a>'
    assert sent.from_user is not None
    assert sent.from_user.id == sandbox.state.bot_id
    assert sandbox.replies(ann)[0]["message_id"] == sent.message_id


async def test_entities_may_be_given_instead_of_a_parse_mode(ptb: Bot, ann: int) -> None:
    bold = MessageEntity(MessageEntity.BOLD, 3, 4)
    sent = await ptb.send_message(ann, "🙂 bold", entities=[bold])

    assert sent.entities == (bold,)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "x", "parse_mode": "RTF"}, "unsupported parse_mode"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"text": "x", "reply_to_message_id": 999}, "message to be replied not found"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ],
)
async def test_bad_content_is_refused_in_telegrams_words(raw: Any, ann: int, values: Any, sentence: str) -> None:
    assert await raw.refused("sendMessage", chat_id=ann, **values) == f"Bad Request: {sentence}"
    assert raw.sandbox.replies(ann) == []


async def test_4096_characters_count_after_the_entities(raw: Any, ann: int) -> None:
    text = "<b>" + html.escape("<" * 4096) + "</b>"
    status, body = await raw("sendMessage", chat_id=ann, text=text, parse_mode="html")

    assert (status, len(body["result"]["text"])) == (200, 4096)


@pytest.mark.parametrize("chat", [12345, -12345, "nonsense", "@nobody", 0, "999999999999999999999"])
async def test_an_unknown_chat_is_not_found(raw: Any, chat: Any) -> None:
    assert await raw.refused("sendMessage", chat_id=chat, text="x") == "Bad Request: chat not found"


async def test_a_missing_chat_is_said_to_be_empty(raw: Any) -> None:
    assert await raw.refused("sendMessage", text="x") == "Bad Request: chat_id is empty"


async def test_a_stranger_is_not_found(ptb: Bot, sandbox: Sandbox) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await ptb.send_message(sandbox.person("Stranger"), "x")


async def test_a_person_known_from_a_group_only_cannot_be_written_to(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    ben = sandbox.person("Ben")
    sandbox.group("Yard", [ann, ben])
    sandbox.write(ben, "hello", chat=list(sandbox.state.chats)[-1])

    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await ptb.send_message(ben, "x")


async def test_a_person_who_blocked_the_bot_is_forbidden_until_they_return(
    ptb: Bot, sandbox: Sandbox, ann: int
) -> None:
    sandbox.block(ann)
    with pytest.raises(Forbidden, match="Forbidden: bot was blocked by the user"):
        await ptb.send_message(ann, "x")
    sandbox.start(ann)

    assert (await ptb.send_message(ann, "back")).text == "back"


async def test_a_deleted_account_is_forbidden(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.deactivate(ann)

    with pytest.raises(Forbidden, match="Forbidden: user is deactivated"):
        await ptb.send_message(ann, "x")


async def test_a_group_that_moved_names_its_new_number(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    old = sandbox.group("Yard", [ann])
    new = sandbox.migrate(old)
    with pytest.raises(ChatMigrated) as moved:
        await ptb.send_message(old, "x")

    assert moved.value.new_chat_id == new
    assert (await ptb.send_message(new, "x")).message_id > 0


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("group", "Forbidden: bot was kicked from the group chat"),
        ("supergroup", "Forbidden: bot was kicked from the supergroup chat"),
    ],
)
async def test_a_group_that_threw_the_bot_out_is_forbidden(raw: Any, ann: int, kind: str, sentence: str) -> None:
    group = raw.sandbox.group("Yard", [ann], kind=kind)
    raw.sandbox.remove_bot(ann, group)

    assert await raw.refused("sendMessage", chat_id=group, text="x") == sentence


async def test_after_leaving_the_bot_is_not_a_member(ptb: Bot, raw: Any, ann: int) -> None:
    group = raw.sandbox.group("Yard", [ann])
    await ptb.leave_chat(group)

    sentence = await raw.refused("sendMessage", chat_id=group, text="x")
    assert sentence == "Forbidden: bot is not a member of the group chat"


async def test_a_reply_shows_what_it_answers(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    question = sandbox.write(ann, "water?")
    sent = await ptb.send_message(ann, "soon", reply_parameters=ReplyParameters(question))

    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "water?"


async def test_a_reply_to_nothing_may_be_allowed(ptb: Bot, ann: int) -> None:
    parameters = ReplyParameters(999, allow_sending_without_reply=True)

    assert (await ptb.send_message(ann, "soon", reply_parameters=parameters)).reply_to_message is None


async def test_options_of_a_message_are_kept(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    preview = LinkPreviewOptions(is_disabled=True)
    sent = await ptb.send_message(
        ann,
        "https://city.example",
        link_preview_options=preview,
        protect_content=True,
        disable_notification=True,
    )

    assert (sent.link_preview_options, sent.has_protected_content) == (preview, True)
    assert sandbox.record.sends(ann)[0].payload["disable_notification"] == "true"


async def test_a_reply_keyboard_stays_below_the_chat(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    await ptb.send_message(ann, "choose", reply_markup=ReplyKeyboardMarkup([["Yes", "No"]]))

    keyboard = sandbox.keyboard(ann)
    assert keyboard is not None
    assert [button["text"] for button in keyboard["keyboard"][0]] == ["Yes", "No"]


async def test_a_photo_is_uploaded_downloaded_and_sent_again(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sent = await ptb.send_photo(ann, PIXEL, caption="<i>small</i>", parse_mode="HTML")
    again = await ptb.send_photo(ann, sent.photo[-1].file_id)
    file = await ptb.get_file(sent.photo[-1].file_id)

    assert (sent.caption_html, sent.photo[-1].width) == ("<i>small</i>", 1)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    assert bytes(await file.download_as_bytearray()) == PIXEL


async def test_a_document_keeps_name_and_every_byte(ptb: Bot, ann: int) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--\r\n"
    sent = await ptb.send_document(ann, InputFile(content, filename="报告.csv"), caption="c")
    assert sent.document is not None
    file = await ptb.get_file(sent.document.file_id)

    assert (sent.document.file_name, sent.document.file_size) == ("报告.csv", len(content))
    assert bytes(await file.download_as_bytearray()) == content


@pytest.mark.parametrize(
    ("method", "values", "sentence"),
    [
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "unknown"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"photo": "https://city.example/a.png"}, "failed to get HTTP URL content"),
        ("sendDocument", {}, "there is no document in the request"),
        ("getFile", {"file_id": "unknown"}, "invalid file_id"),
        ("getFile", {}, "file_id not specified"),
    ],
)
async def test_a_bad_file_is_refused(raw: Any, ann: int, method: str, values: Any, sentence: str) -> None:
    assert await raw.refused(method, chat_id=ann, **values) == f"Bad Request: {sentence}"


async def test_a_file_that_is_not_a_picture_cannot_be_sent_as_a_photo(ptb: Bot, ann: int) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await ptb.send_photo(ann, b"plain text")


async def test_a_caption_has_at_most_1024_characters(ptb: Bot, ann: int) -> None:
    assert (await ptb.send_photo(ann, PIXEL, caption="x" * 1024)).caption == "x" * 1024
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await ptb.send_photo(ann, PIXEL, caption="x" * 1025)


async def test_a_copy_has_the_content_without_the_sender(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    ben = sandbox.person("Ben")
    sandbox.start(ben)
    question = sandbox.write(ben, "where is the /hotline?")
    copy = await ptb.copy_message(ann, ben, question)

    message = sandbox.replies(ann)[-1]
    assert (message["message_id"], message["text"]) == (copy.message_id, "where is the /hotline?")
    assert message["from"]["is_bot"]


async def test_a_copy_of_nothing_is_refused(raw: Any, ann: int) -> None:
    sentence = await raw.refused("copyMessage", chat_id=ann, from_chat_id=ann, message_id=999)
    assert sentence == "Bad Request: message to copy not found"


async def test_typing_is_noted(ptb: Bot, raw: Any, ann: int) -> None:
    await ptb.send_chat_action(ann, "typing")

    assert [call.payload["action"] for call in raw.sandbox.record.of("sendChatAction")] == ["typing"]
    sentence = await raw.refused("sendChatAction", chat_id=ann, action="dancing")
    assert sentence == "Bad Request: wrong parameter action in request"


async def test_the_record_tells_accepted_sends_from_refused_ones(raw: Any, ann: int) -> None:
    await raw("sendMessage", chat_id=ann, text="one")
    await raw("sendMessage", chat_id=ann, text="")
    await raw("sendMessage", chat_id=ann, text="one")

    assert [(call.text, call.status) for call in raw.sandbox.record.of("sendMessage")] == [
        ("one", 200),
        ("", 400),
        ("one", 200),
    ]
    assert raw.sandbox.record.copies() == {(ann, "one"): 2}
    times = [call.at for call in raw.sandbox.record.sends()]
    assert times == sorted(times)
