"""An admin composes a broadcast over HTTP, with the real sender, transport and store."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.broadcasts.model import BroadcastState, Counts, Progress
from bot.broadcasts.ports import BroadcastStore
from bot.telegram_ui.admins.progress import ProgressCards
from tests.telegram_ui.bot_env import ADMIN, Json
from tests.telegram_ui.pictures import png
from tests.telegram_ui.sandbox_env import SandboxEnv, open_env


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[SandboxEnv]:
    """A bot with an admin who pressed start, and two subscribers."""
    async with open_env(tmp_path, admins=frozenset({ADMIN})) as opened:
        opened.sandbox.person(number=ADMIN)
        for person in (ADMIN, opened.sandbox.person(language="zh-hans"), opened.sandbox.person(language="ru")):
            await opened.asks(person, "/start")
        yield opened


async def press(env: SandboxEnv, label: str) -> Json:
    """Press the last button with this label as the admin; return the bot's last message."""
    under = [one for one in env.sandbox.replies(ADMIN) if label in str(one.get("reply_markup"))][-1]
    names = [button["text"] for row in under["reply_markup"]["inline_keyboard"] for button in row]
    await env.presses(ADMIN, under, next(name for name in names if label in name))
    return env.sandbox.replies(ADMIN)[-1]


async def say(env: SandboxEnv, text: str, *, entities: list[Json] | None = None) -> Json:
    """Write a text as the admin and wait until it is handled; return the bot's last message."""
    env.sandbox.write(ADMIN, text, entities=entities)
    await env.wait_until_handled()
    return env.sandbox.replies(ADMIN)[-1]


async def test_a_photo_in_three_languages_with_formatting_and_buttons_is_seen_as_it_will_look(env: SandboxEnv) -> None:
    await say(env, "/broadcast")
    await press(env, "English")
    await say(env, "The water is off", entities=[{"type": "bold", "offset": 4, "length": 5}])
    await press(env, "中文")
    env.sandbox.attach(ADMIN, "photo", caption="明天停水。", content=png())
    await env.wait_until_handled()
    await press(env, "Русский")
    await say(env, "Завтра не будет воды.")
    await press(env, "en: Buttons")
    await press(env, "English")
    await say(env, "Where https://city.example/water")
    before = len(env.sandbox.replies(ADMIN))
    await press(env, "en: Preview")

    *shown, question = env.sandbox.replies(ADMIN)[before:]
    [draft] = await env.store.broadcasts("draft")
    assert [one["caption"] for one in shown] == [
        f"The water is off\n\nNo {draft.number}",
        f"明天停水。\n\n第 {draft.number} 号",
        f"Завтра не будет воды.\n\n№ {draft.number}",
    ]
    assert all(one["photo"] for one in shown)
    assert all("https://city.example/water" in str(one["reply_markup"]) for one in shown)
    assert {"type": "bold", "offset": 4, "length": 5} in shown[0]["caption_entities"]
    assert "Type the number 3" in question["text"]

    card = await say(env, "3")
    assert "can be recalled" in card["text"]
    [broadcast] = await env.store.broadcasts("queued")
    assert (broadcast.head_count, broadcast.card) == (3, (ADMIN, card["message_id"]))


@pytest.mark.parametrize(
    "url",
    [
        "https://city.example/?id=1&lt=45",
        "https://city.example/?id=1&amp=2&quot;",
        'https://city.example/?q="water"',
        "https://city.example/?q='a'<b>",
    ],
)
async def test_a_link_on_a_word_arrives_as_it_was_written(env: SandboxEnv, url: str) -> None:
    await say(env, "/broadcast")
    await press(env, "English")
    link = {"type": "text_link", "offset": 8, "length": 4, "url": url}
    await say(env, "Closed: more & <here>", entities=[link, {"type": "bold", "offset": 0, "length": 6}])
    before = len(env.sandbox.replies(ADMIN))
    await press(env, "en: Preview")

    shown, _ = env.sandbox.replies(ADMIN)[before:]
    assert shown["text"].startswith("Closed: more & <here>")
    assert link in shown["entities"]


async def test_an_edition_that_is_one_message_too_many_for_the_chat_is_shown_a_moment_later(env: SandboxEnv) -> None:
    await say(env, "/broadcast")
    await press(env, "English")
    await say(env, "The water is off")
    env.sandbox.fault("flood", "sendMessage", chat_id=ADMIN, times=2, seconds=1)
    before = len(env.sandbox.replies(ADMIN))
    await press(env, "en: Preview")
    reply = (await env.sandbox.wait_for_replies(ADMIN, before + 2))[-1]

    assert "Type the number 3" in reply["text"]
    assert len([text for text in env.sandbox.texts(ADMIN) if text.startswith("The water is off")]) == 1


async def test_what_telegram_refuses_is_said_with_its_language_and_cannot_be_confirmed(env: SandboxEnv) -> None:
    await say(env, "/broadcast")
    await press(env, "English")
    await say(env, "The water is off")
    await press(env, "Buttons")
    await press(env, "English")
    await say(env, "Where https://city.example:port/")
    reply = await press(env, "en: Preview")

    assert "does not accept this text: English" in reply["text"]
    await say(env, "1")
    assert [one.state for one in await env.store.broadcasts()] == ["draft"]


async def test_the_report_arrives_with_its_chart_and_its_file_and_after_a_restart_not_again(env: SandboxEnv) -> None:
    broadcasts: BroadcastStore = env.store
    await env.components.cards.catch_up()
    await say(env, "/broadcast")
    await press(env, "English")
    await say(env, "The water is off")
    await press(env, "en: Preview")
    card = await say(env, "3")
    [broadcast] = await broadcasts.broadcasts("queued")
    origins: tuple[BroadcastState, ...] = ("queued",)
    start, end = broadcast.created_at, broadcast.created_at + timedelta(minutes=2)
    ended = await broadcasts.move_broadcast(
        broadcast.id, origins, "finished", None, total=3, started_at=start, ended_at=end
    )
    assert ended
    env.components.events.broadcast_changed(Progress(ended, Counts()))
    await env.components.cards.handle_events(has_events=True)

    report, counts = env.sandbox.replies(ADMIN)[-2:]
    assert "is finished" in report["caption"]
    assert report["photo"]
    assert counts["document"]["file_name"] == f"broadcast-{broadcast.number}.csv"
    [changed] = [one for one in env.sandbox.replies(ADMIN) if one["message_id"] == card["message_id"]]
    assert "finished" in changed["text"]

    restarted = ProgressCards(env.components.context, lambda: None, env.store)
    await restarted.catch_up()
    await restarted.handle_events(has_events=False)
    assert env.sandbox.replies(ADMIN)[-1] == counts


async def test_what_was_confirmed_is_sent_in_each_ones_language_and_reported(env: SandboxEnv) -> None:
    """The minute in which it can be recalled is cut short; the rest is as in the program."""
    await say(env, "/broadcast")
    await press(env, "English")
    await say(env, "The water is off")
    await press(env, "中文")
    await say(env, "明天停水。")
    for label in ("en: Class", "en: alert", "en: Preview"):
        await press(env, label)
    await say(env, "3")
    queued: tuple[BroadcastState, ...] = ("queued",)
    [broadcast] = await env.store.broadcasts(*queued)
    await env.store.move_broadcast(broadcast.id, queued, "queued", None, starts_at=broadcast.created_at)
    stopping = asyncio.Event()
    sending = asyncio.create_task(env.components.scheduler.run(stopping))
    keeping = asyncio.create_task(env.components.cards.run())
    await env.sandbox.wait_for_calls("sendDocument")  # the file behind the report comes last
    stopping.set()
    await sending
    keeping.cancel()
    await asyncio.wait([keeping])

    people = [chat for chat in env.sandbox.state.chats if chat != ADMIN and env.sandbox.replies(chat)]
    got = [env.sandbox.texts(chat)[-1].split("\n")[0] for chat in people]
    assert sorted(got) == ["The water is off", "明天停水。"]
    assert any("is finished" in text and "Sent: 3" in text for text in env.sandbox.texts(ADMIN))
