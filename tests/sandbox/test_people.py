"""People's acts, as the bot receives them."""

import asyncio
from typing import Any

import pytest
from telegram import Bot, Update

from bot.sandbox import Sandbox
from bot.sandbox.attachments import KINDS


async def the_update(ptb: Bot) -> Update:
    return (await ptb.get_updates())[-1]


async def test_a_person_has_a_name_and_a_language(ptb: Bot, sandbox: Sandbox) -> None:
    person = sandbox.person("Боря", language="ru", username="borya", last_name="П.")
    sandbox.start(person, "p_childcare")
    update = await the_update(ptb)

    assert update.effective_user is not None
    assert (update.effective_user.full_name, update.effective_user.language_code) == ("Боря П.", "ru")
    assert update.message is not None
    assert (update.message.text, update.message.chat.username) == ("/start p_childcare", "borya")
    assert update.message.parse_entities(["bot_command"]) == {update.message.entities[0]: "/start"}


async def test_a_person_may_have_no_language(ptb: Bot, sandbox: Sandbox) -> None:
    sandbox.start(sandbox.person("Ann", language=""))
    update = await the_update(ptb)

    assert update.effective_user is not None
    assert update.effective_user.language_code is None


async def test_a_hostile_text_arrives_unchanged(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    text = "p\u200bermit\u202e\r\t" + "a\u0301" * 50
    sandbox.write(ann, text)
    update = await the_update(ptb)

    assert update.message is not None
    assert update.message.text == text


async def test_a_text_may_carry_entities_a_reply_and_an_earlier_date(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    first = sandbox.write(ann, "one")
    bold = {"type": "bold", "offset": 0, "length": 3}
    sandbox.write(ann, "two", entities=[bold], reply_to=first, date=1_600_000_000)
    update = await the_update(ptb)

    assert update.message is not None
    assert update.message.text_html == "<b>two</b>"
    assert update.message.date.timestamp() == 1_600_000_000
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.text == "one"


async def test_an_edited_text_is_an_update(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    message = sandbox.write(ann, "/old")
    sandbox.edit(ann, message, "new")
    update = await the_update(ptb)

    assert update.edited_message is not None
    assert (update.edited_message.message_id, update.edited_message.text) == (message, "new")
    assert update.edited_message.entities == ()
    assert update.edited_message.edit_date is not None


@pytest.mark.parametrize("kind", KINDS)
async def test_every_attachment_can_be_read(ptb: Bot, sandbox: Sandbox, ann: int, kind: str) -> None:
    sandbox.attach(ann, kind)
    update = await the_update(ptb)

    assert update.message is not None
    assert getattr(update.message, kind)


async def test_a_sent_file_can_be_downloaded(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.attach(ann, "document", content=b"content", caption="read this")
    update = await the_update(ptb)
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()

    assert (update.message.caption, bytes(await file.download_as_bytearray())) == ("read this", b"content")


async def test_an_unknown_attachment_names_the_known_ones(sandbox: Sandbox, ann: int) -> None:
    with pytest.raises(KeyError, match="unknown kind 'smell'; known are photo, voice"):
        sandbox.attach(ann, "smell")


async def test_blocking_and_unblocking_are_updates(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.block(ann)
    sandbox.start(ann)
    blocked, unblocked, started = await ptb.get_updates()

    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.old_chat_member.status == "kicked"
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert started.message is not None


async def test_the_bot_gets_an_update_when_it_joins_or_leaves_a_group(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    group = sandbox.group("Yard", [ann], kind="supergroup", username="yard")
    sandbox.promote_bot(ann, group)
    sandbox.remove_bot(ann, group)
    sandbox.write(ann, "unheard", chat=group)
    updates = await ptb.get_updates()
    statuses = [update.my_chat_member.new_chat_member.status for update in updates if update.my_chat_member]

    assert statuses == ["member", "administrator", "kicked"]
    assert [update.message.new_chat_members[0].is_bot for update in updates if update.message] == [True]


async def test_joining_leaving_and_being_removed_are_updates(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    group = sandbox.group("Yard", [ann])
    ben, cleo = sandbox.person("Ben"), sandbox.person("Cleo")
    sandbox.join(ben, group)
    sandbox.leave(ben, group)
    sandbox.join(cleo, group)
    sandbox.kick(ann, cleo, group)
    left = [update.message.left_chat_member for update in await ptb.get_updates() if update.message]

    assert [user.first_name for user in left if user] == ["Ben", "Cleo"]
    assert (await ptb.get_chat_member(group, cleo)).status == "kicked"
    assert await ptb.get_chat_member_count(group) == 2


async def test_a_group_that_becomes_a_supergroup_tells_both_numbers(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    old = sandbox.group("Yard", [ann])
    new = sandbox.migrate(old)
    sandbox.write(ann, "hello", chat=new)
    messages = [update.message for update in await ptb.get_updates() if update.message][1:]

    assert [(message.chat.id, message.migrate_to_chat_id, message.migrate_from_chat_id) for message in messages] == [
        (old, new, None),
        (new, None, old),
        (new, None, None),
    ]


async def test_in_privacy_mode_the_bot_gets_only_what_is_meant_for_it(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.set_privacy(True)
    group = sandbox.group("Yard", [ann])
    sent = await ptb.send_message(group, "hello")
    sandbox.state.updates.clear()
    sandbox.write(ann, "gossip", chat=group)
    sandbox.write(ann, "/help", chat=group)
    sandbox.write(ann, "@Sandbox_bot water?", chat=group)
    sandbox.write(ann, "and you?", chat=group, reply_to=sent.message_id)
    received = [update.message.text for update in await ptb.get_updates() if update.message]

    assert received == ["/help", "@Sandbox_bot water?", "and you?"]


async def test_a_channel_post_has_no_person(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    channel = sandbox.group("News", [ann], kind="channel")
    sandbox.write(ann, "post", chat=channel)
    update = await the_update(ptb)

    assert update.channel_post is not None
    assert (update.channel_post.text, update.effective_user) == ("post", None)


async def test_private_chats_share_their_numbers_and_supergroups_do_not(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    ben = sandbox.person("Ben")
    numbers = [
        sandbox.write(ann, "a"),
        sandbox.write(ben, "b"),
        (await ptb.send_message(ann, "c")).message_id,
    ]
    group = sandbox.group("Yard", [ann], kind="supergroup")

    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert sandbox.write(ann, "first after joining", chat=group) == 2


async def test_waiting_for_replies_ends_with_the_last_one(raw: Any, ann: int) -> None:
    waiting = asyncio.create_task(raw.sandbox.wait_for_replies(ann, 2))
    for text in ("one", "two"):
        assert not waiting.done()
        await raw("sendMessage", chat_id=ann, text=text)

    assert [reply["text"] for reply in await waiting] == ["one", "two"]


async def test_waiting_in_vain_says_for_what(sandbox: Sandbox, ann: int) -> None:
    with pytest.raises(TimeoutError, match=f"after 0.05 s still waiting for 1 replies in chat {ann}"):
        await sandbox.wait_for_replies(ann, within=0.05)


async def test_waiting_for_quiet_ends_after_the_last_call(raw: Any, ann: int) -> None:
    async def chatter() -> None:
        for _ in range(3):
            await raw("sendMessage", chat_id=ann, text="x")
            await asyncio.sleep(0.05)

    talking = asyncio.create_task(chatter())
    await raw.sandbox.wait_until_quiet(1.0, within=20)

    assert talking.done()
    assert len(raw.sandbox.replies(ann)) == 3


@pytest.mark.parametrize("act", ["write", "block", "start"])
async def test_actions_of_an_unknown_person_are_a_mistake(sandbox: Sandbox, act: str) -> None:
    arguments = ("text",) if act == "write" else ()

    with pytest.raises(KeyError, match=r"there is no (person|chat) 77"):
        getattr(sandbox, act)(77, *arguments)
