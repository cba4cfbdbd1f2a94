"""The bot in groups: when it speaks, and what it stores when it is added, removed or blocked."""

from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram import Update

from bot.i18n.languages import Language
from bot.people.ports import ChatRecord
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.commands import COMMANDS
from tests.telegram_ui.bot_env import ANN, BEN, BOT_ID, GROUP, NOON, STAFF, BotEnv, Json, chat_json, person_json, tagged

#: Telegram's own senders: copied channel posts, admins who write unseen, and channels as people.
COPIER, UNSEEN, AS_CHANNEL = 777000, 1087968824, 136817688
NEWS = {"id": -7, "type": "channel", "title": "News"}


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


@pytest.mark.parametrize(
    "text",
    [
        "/projects",
        "/projects@harbin_bot",
        "@harbin_bot sixth hospital",
        "Sixth hospital, @Harbin_Bot?",
        "/nothing@harbin_bot",
    ],
)
async def test_it_answers_who_speaks_to_it_and_quotes_the_message(env: BotEnv, text: str) -> None:
    """Commands and mentions may be in any case."""
    question = env.message(chat=GROUP, text=text)
    [answer] = await env.receives({"message": question})

    assert (answer.chat, answer.reply_to) == (GROUP, question["message_id"])


@pytest.mark.parametrize(
    "text",
    [
        "sixth hospital",
        "/projects@other_bot",
        "/nothing",
        "@harbin_bots sixth hospital",
        "me@harbin_bot.org",
        "@other_bot sixth hospital",
        "/projects@",
        "harbin_bot",
    ],
)
async def test_it_is_silent_while_others_talk(env: BotEnv, text: str) -> None:
    """Commands of other bots are ignored too."""
    assert await env.writes(text, chat=GROUP) == []


async def test_a_reply_to_the_bot_is_for_the_bot(env: BotEnv) -> None:
    """A reply to another person is not, nor a message in a topic that the bot opened."""
    own = env.message(chat=GROUP, text="x") | {"from": {"id": BOT_ID, "is_bot": True, "first_name": "M"}}
    others = env.message(BEN, chat=GROUP, text="x")
    topic = own | {"forum_topic_created": {"name": "t", "icon_color": 1}}
    said = [
        await env.writes("sixth hospital", chat=GROUP, reply_to_message=message) for message in (own, others, topic)
    ]

    assert [len(acts) for acts in said] == [1, 0, 0]


async def test_a_mention_alone_gets_the_help(env: BotEnv) -> None:
    """Such a message has no question."""
    [answer] = await env.writes("@harbin_bot", chat=GROUP)

    assert answer.text == sentences.help_text(COMMANDS, "harbin_bot", tagged("en"), None)


async def test_pictures_and_service_messages_of_a_group_are_none_of_its_business(env: BotEnv) -> None:
    """The bot may be allowed to see all messages."""
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    for content in ({"photo": photo}, {"new_chat_title": "x"}, {"new_chat_members": [person_json(BEN)]}):
        assert await env.receives({"message": env.message(chat=GROUP, **content)}) == []


@pytest.mark.parametrize(
    ("sender", "content", "answers"),
    [
        (
            COPIER,
            {"is_automatic_forward": True, "sender_chat": {"id": -7, "type": "channel", "title": "c"}},
            0,
        ),
        (UNSEEN, {"sender_chat": chat_json(GROUP)}, 1),
        (AS_CHANNEL, {"sender_chat": NEWS}, 1),
        (4242, {}, 0),
        (BOT_ID, {"via_bot": {"id": BOT_ID, "is_bot": True, "first_name": "M"}}, 0),
    ],
)
async def test_telegrams_own_senders_and_other_bots(env: BotEnv, sender: int, content: Json, answers: int) -> None:
    """People who write unseen are people; copied posts, other bots and its own cards are not."""
    bot: dict[str, Any] = {"id": sender, "is_bot": True, "first_name": "b"}
    message = env.message(chat=GROUP, text="@harbin_bot sixth hospital", **content) | {"from": bot}

    assert len(await env.receives({"message": message})) == answers


async def test_one_person_cannot_silence_the_bot_for_a_group(env: BotEnv) -> None:
    """The bot counts the messages of the person, not of the chat."""
    for _ in range(30):
        await env.writes("@harbin_bot sixth hospital", chat=GROUP)
    said = [await env.writes("@harbin_bot sixth hospital", person, chat=GROUP) for person in (ANN, BEN)]

    assert [len(acts) for acts in said] == [0, 1]


# --- Coming and going ---


async def test_blocking_ends_the_subscription_and_unblocking_brings_it_back(env: BotEnv) -> None:
    """A chat of which nothing is stored gets no record when it blocks the bot."""
    await env.writes("/start")
    said = [await _membership(env, ANN, "member", "kicked")]
    blocked = dict(env.chats.records)
    said += [
        await _membership(env, ANN, "kicked", "member"),
        await _membership(env, BEN, "member", "kicked"),
    ]

    assert said == [[], [], []]
    assert blocked == {ANN: ChatRecord(ANN, None, None, is_suspended=True)}
    assert env.chats.records == {ANN: ChatRecord(ANN, None, NOON, "en")}


@pytest.mark.parametrize("before", [["/start", "/stop"], ["/start", "/forget"], ["/privacy"], []])
async def test_only_the_subscription_that_the_block_ended_comes_back(env: BotEnv, before: list[str]) -> None:
    """People who stopped the notices, erased their data or never pressed start are not subscribed afterwards."""
    for words in before:
        said = await env.writes(words)
        if words == "/forget":
            await env.presses(said[0].buttons["en: Yes, erase it"])
    await _membership(env, ANN, "member", "kicked")
    await _membership(env, ANN, "kicked", "member")

    assert (await env.chats.read(ANN)).subscribed_since is None


async def test_a_new_group_reads_once_how_to_address_the_bot(env: BotEnv) -> None:
    """It is not subscribed: no one asked for notices there."""
    [greeting] = await _membership(env, GROUP, "left", "member")
    promoted = await _membership(env, GROUP, "member", "administrator")

    assert (greeting.chat, greeting.text) == (GROUP, sentences.group_greeting("harbin_bot", tagged("en")))
    assert promoted == []
    assert env.chats.records == {}


async def test_a_group_that_removes_the_bot_is_no_longer_a_subscriber(env: BotEnv) -> None:
    """It had subscribed with /start."""
    [hello] = await env.writes("/start", chat=GROUP)
    assert hello.text == sentences.group_greeting("harbin_bot", tagged("en"))
    assert GROUP in env.chats.records
    await _membership(env, GROUP, "administrator", "kicked")

    assert env.chats.records == {}


async def test_a_group_keeps_its_subscription_and_language_under_its_new_number(env: BotEnv) -> None:
    """Telegram reports the move in both groups, in any order."""
    await _keep(env, GROUP, "ru")
    in_old_chat = {"message": env.message(chat=GROUP, migrate_to_chat_id=-1001)}
    in_new_chat = {"message": env.message(chat=-1001, migrate_from_chat_id=GROUP)}
    said = [await env.receives(update) for update in (in_old_chat, in_new_chat, in_old_chat)]

    assert said == [[], [], []]
    assert env.chats.records == {-1001: ChatRecord(-1001, "ru", NOON)}


async def test_the_operator_learns_that_the_staffs_group_has_a_new_number(env: BotEnv) -> None:
    """The group is in a setting, which the bot cannot change."""
    with capture_logs() as logged:
        await env.receives({"message": env.message(chat=STAFF, migrate_to_chat_id=-1002)})

    assert [(event["event"], event["number"]) for event in logged] == [("staff_chat_has_a_new_number", -1002)]


async def _keep(env: BotEnv, chat: int, language: Language) -> None:
    await env.chats.subscribe(chat, NOON, None)
    await env.chats.choose_language(chat, language)


async def _membership(env: BotEnv, chat: int, was: str, is_now: str) -> list[Any]:
    bot = {"id": BOT_ID, "is_bot": True, "first_name": "M"}
    rights: Json = dict.fromkeys(
        "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats"
        " can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories"
        " can_edit_stories can_delete_stories".split(),
        False,
    )

    def member(status: str) -> Json:
        extras: dict[str, Json] = {"kicked": {"until_date": 0}, "administrator": rights}
        return {"user": bot, "status": status, **extras.get(status, {})}

    change = {
        "chat": chat_json(chat),
        "from": person_json(chat if chat > 0 else ANN),
        "date": int(NOON.timestamp()),
        "old_chat_member": member(was),
        "new_chat_member": member(is_now),
    }
    return await env.receives({"my_chat_member": change})


async def test_notices_stay_in_the_topic_of_their_message(env: BotEnv) -> None:
    """In a forum, a message that is not a reply goes to the general topic, where the person does not look."""
    topic: Json = {"message_thread_id": 77, "is_topic_message": True}
    late = env.message(chat=GROUP, text="/help", **topic)
    env.wait(2 * 3600)
    said = await env.receives({"message": late})
    for _ in range(25):
        said += await env.writes("/help", chat=GROUP, **topic)

    await env.router.apologize(Update.de_json({"update_id": 1, "message": late}))
    said.append(env.sender.acts[-1])

    expected = {each(tagged("en")) for each in (sentences.delay_text, sentences.too_fast, sentences.error_text)}
    notices = [act for act in said if act.text in expected]
    assert len(notices) == 3
    assert all(act.reply_to is not None for act in said)
