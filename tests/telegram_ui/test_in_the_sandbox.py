"""What citizens see of the whole bot over HTTP, with people in the sandbox."""

import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Update

from tests.telegram_ui.sandbox_env import SandboxEnv, open_env


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[SandboxEnv]:
    """A bot that has sent nothing yet."""
    async with open_env(tmp_path) as opened:
        yield opened


async def test_a_question_is_answered_in_its_language_with_buttons(env: SandboxEnv) -> None:
    for code, question, title in (
        ("en", "how many beds for old people?", "Beds in elderly care"),
        ("zh-hans", "新增养老床位", "养老床位"),
        ("ru", "новые койки для стариков", "Койки для пожилых"),
    ):
        reply = await env.asks(env.sandbox.person(language=code), question)

        assert title in reply["text"]
        assert reply["reply_markup"]["inline_keyboard"]


async def test_an_edited_question_changes_its_answer(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    reply = await env.asks(ann, "sixth hospital")
    env.sandbox.edit(ann, env.sandbox.messages(ann)[0]["message_id"], "beds for old people")
    await env.sandbox.wait_for_calls("editMessageText")
    await env.wait_until_handled()

    [changed] = env.sandbox.replies(ann)
    assert changed["message_id"] == reply["message_id"]
    assert "nursing beds" in changed["text"]


async def test_a_pressed_related_project_comes_in_a_new_message(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    reply = await env.asks(ann, "beds for old people")
    await env.presses(ann, reply, "Homecare stations")

    assert len(env.sandbox.replies(ann)) == 2
    assert "Homecare stations are set up" in env.sandbox.texts(ann)[-1]


async def test_browsing_the_list_forth_and_back_changes_one_message(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    listed = await env.asks(ann, "/projects")
    for label in (
        "Elderly care",
        "Homecare stations",
        "en: All projects: Elderly care",
        "en: All areas",
    ):
        await env.presses(ann, env.sandbox.replies(ann)[-1], label)

    [one] = env.sandbox.replies(ann)
    assert (one["message_id"], one["text"]) == (listed["message_id"], listed["text"])


async def test_language_and_subscription_are_stored_and_forget_erases_them_and_the_menu(env: SandboxEnv) -> None:
    ann = env.sandbox.person(language="zh-hans")
    await env.asks(ann, "/start a_hospitals")
    asked = await env.asks(ann, "/language")
    await env.presses(ann, asked, "Русский")
    kept = await env.store.read(ann)
    menu = env.sandbox.menu(ann)
    asked = await env.asks(ann, "/forget")
    await env.presses(ann, asked, "ru: Yes, erase it")

    assert (kept.language, kept.subscribed_since is not None) == ("ru", True)
    assert menu[0]["description"].startswith("ru: ")
    assert "ru: Done" in env.sandbox.texts(ann)[-1]
    assert await env.store.read(ann) == type(kept)(ann, None, None)
    assert env.sandbox.menu(ann) == []


async def test_blocking_the_bot_ends_the_subscription_and_unblocking_restores_it(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    await env.asks(ann, "/start")
    env.sandbox.block(ann)
    await env.wait_until_handled()
    blocked = await env.store.read(ann)
    env.sandbox.unblock(ann)
    await env.wait_until_handled()

    assert blocked.subscribed_since is None
    assert (await env.store.read(ann)).subscribed_since is not None


async def test_in_a_group_only_a_question_that_names_the_bot_is_answered(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    group = env.sandbox.group("Neighbours", [ann])
    await env.sandbox.wait_for_replies(group, 1)
    env.sandbox.write(ann, "sixth hospital", chat=group)
    answered = await env.asks(ann, "@sandbox_bot sixth hospital", chat=group)

    assert "Sixth Municipal" in answered["text"]
    assert answered["reply_to_message"]["text"] == "@sandbox_bot sixth hospital"


async def test_a_group_that_becomes_a_supergroup_is_answered_and_keeps_its_subscription(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    group = env.sandbox.group("Neighbours", [ann])
    await env.sandbox.wait_for_replies(group, 1)
    await env.asks(ann, "/start", chat=group)
    moved = env.sandbox.migrate(group)
    await env.wait_until_handled()
    again = await env.asks(ann, "/projects@sandbox_bot", chat=moved)

    assert "reply_to_message" in again
    assert (await env.store.read(group)).subscribed_since is None
    assert (await env.store.read(moved)).subscribed_since is not None


async def test_a_project_is_shared_into_another_chat_with_a_link_that_opens_it_in_the_bot(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    query = env.sandbox.ask_inline(ann, "childcare")
    offered = await env.sandbox.wait_for_answer(query)
    env.sandbox.choose(ann, query, offered["results"][0]["id"])
    shared = env.sandbox.messages(0)[-1]
    link = shared["reply_markup"]["inline_keyboard"][0][0]["url"]
    opened = await env.asks(ann, f"/start {link.partition('start=')[2]}")

    assert "childcare centre is being built" in shared["text"].lower()
    assert opened["text"] == shared["text"]


async def test_every_kind_of_update_passes_and_the_next_question_is_answered(env: SandboxEnv) -> None:
    """Also those that the bot did not ask for, and a kind that Telegram does not have."""
    ann, ben = env.sandbox.person(), env.sandbox.person()
    for kind in Update.ALL_TYPES:
        if kind != "managed_bot":
            env.sandbox.sample(kind, ann)
    env.sandbox.raw({"an_invented_kind": {"from": env.sandbox.state.person(ann).user}})
    reply = await env.asks(ben, "sixth hospital")
    await env.wait_until_handled()

    assert "Sixth Municipal" in reply["text"]
    assert len(env.sandbox.replies(ann)) <= 2  # the new message and the edited one


async def test_forged_buttons_are_answered_and_change_nothing(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    reply = await env.asks(ann, "/forget")
    before = await env.store.read(ann)
    chance = random.Random(6)
    queries = [env.sandbox.press(ann, reply["message_id"], data=chance.randbytes(24).hex()) for _ in range(300)]
    answers = [await env.sandbox.wait_for_answer(query) for query in queries]

    assert {answer["text"] for answer in answers} == {
        "en: This button is out of date. Send /projects to see the list as it is now."
    }
    assert await env.store.read(ann) == before
    assert len(env.sandbox.replies(ann)) == 1


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "poll", "location", "contact", "document"])
async def test_three_messages_without_text_get_one_line_and_are_never_downloaded(env: SandboxEnv, kind: str) -> None:
    ann = env.sandbox.person()
    for _ in range(3):
        env.sandbox.attach(ann, kind)
    await env.sandbox.wait_for_replies(ann, 1)
    await env.wait_until_handled()

    [line] = env.sandbox.texts(ann)
    assert line.startswith("en: I can only read text")
    assert env.sandbox.calls(method="getFile") == []


async def test_who_floods_the_bot_gets_twenty_answers_and_one_notice(env: SandboxEnv) -> None:
    ann = env.sandbox.person()
    for _ in range(60):
        env.sandbox.write(ann, "sixth hospital")
    await env.wait_until_handled()
    await env.sandbox.wait_until_quiet()

    notices = [text for text in env.sandbox.texts(ann) if text.startswith("en: You are writing faster")]
    assert (len(notices), len(env.sandbox.texts(ann))) == (1, 21)


async def test_a_question_from_hours_ago_is_answered_after_an_apology_even_during_a_flood(env: SandboxEnv) -> None:
    ann, ben = env.sandbox.person(), env.sandbox.person()
    for _ in range(60):
        env.sandbox.write(ann, "sixth hospital")
    env.sandbox.write(ben, "sixth hospital", date=int(time.time()) - 7200)
    await env.sandbox.wait_for_replies(ben, 2)
    await env.wait_until_handled()

    assert env.sandbox.texts(ben)[0].startswith("en: Sorry for the delay")
    assert "Sixth Municipal" in env.sandbox.texts(ben)[1]


async def test_the_bot_presents_itself_in_each_language_and_only_once(env: SandboxEnv) -> None:
    """A second start changes no name: Telegram allows few such changes."""
    await env.set_profile()
    profile = env.sandbox.state.profile
    changes = len(env.sandbox.calls(method="setMyName"))
    await env.set_profile()

    assert profile.names["zh"] == "zh: Minsheng · 哈尔滨"
    assert profile.descriptions["ru"].startswith("ru: What is the city building")
    assert env.sandbox.menu(env.sandbox.person(language="ru"))[0]["description"].startswith("ru: ")
    assert len(env.sandbox.calls(method="setMyName")) == changes
    assert all(call.accepted for call in env.sandbox.calls())
