"""The progress of a broadcast, and the rights that it takes."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasts.model import Broadcast, Counts, Edition
from bot.people.ports import Grant
from bot.telegram_ui.admins import progress as progress_card
from bot.telegram_ui.broadcast_buttons import AskPart, ControlBroadcast, OpenDraft, ShowCard, ShowPreview
from bot.telegram_ui.buttons import CallbackData, SetRole
from tests.telegram_ui.bot_env import ADMIN, BEN, CLERK, BotEnv, follow, texts
from tests.telegram_ui.broadcast_steps import (
    COUNTS,
    DEE,
    city_with_subscribers,
    composed,
    confirmed,
    first,
    grant_admin,
    notices_of,
    put,
    updated_cards,
)
from tests.telegram_ui.staff_buttons import EACH_PRESS, NEEDED


@pytest.fixture
async def env() -> BotEnv:
    return await city_with_subscribers()


# --- The card ---


async def test_the_card_follows_the_broadcast_and_changes_only_when_something_did(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    started = put(env, broadcast, COUNTS, state="sending", total=50, started_at=env.now)
    said = await notices_of(env, started)
    assert [(act.act, act.message) for act in said] == [("edit", broadcast.card[1] if broadcast.card else None)]
    for part in ("90 %", "Sent: 40", "Refused: 3", "blocked the bot: 3", "Still to come: 5"):
        assert part in texts(said)

    env.live = started
    assert await updated_cards(env, has_news=False) == []
    env.live = replace(started, per_second=29.6, left=timedelta(seconds=130))
    said = await updated_cards(env, has_news=False)
    assert "Messages per second: 29.6" in texts(said)
    assert "Time left: en: 3 minutes" in texts(said)


async def test_the_card_says_why_nothing_is_sent(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    progress = put(env, broadcast, COUNTS, state="sending", total=50)
    env.live = replace(progress, quiet_until=env.now + timedelta(hours=12))
    assert "Quiet hours: it waits until en: 2026-03-02, 08:00" in texts(await updated_cards(env, has_news=False))
    env.live = replace(progress, unreachable=True)
    assert "Telegram does not answer" in texts(await updated_cards(env, has_news=False))


async def test_a_card_that_was_deleted_comes_back_as_a_new_message_and_lives_on_there(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    assert broadcast.card
    env.sender.deleted.add(broadcast.card[1])
    env.live = put(env, broadcast, COUNTS, state="sending", total=50)
    (moved,) = await updated_cards(env, has_news=False)
    assert (moved.act, moved.chat) == ("send", ADMIN)
    assert first(env).card == (ADMIN, moved.message)

    env.live = replace(env.live, per_second=1.0)  # as the worker still knows it
    (changed,) = await updated_cards(env, has_news=False)
    assert (changed.act, changed.message) == ("edit", moved.message)


async def test_a_card_that_cannot_be_shown_is_given_up(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    assert broadcast.card
    env.sender.deleted.add(broadcast.card[1])
    env.sender.unreachable.add(ADMIN)
    env.live = put(env, broadcast, COUNTS, state="sending", total=50)
    await updated_cards(env, has_news=False)
    env.sender.unreachable.clear()
    env.live = replace(env.live, per_second=2.0)

    assert await updated_cards(env, has_news=False) == []


async def test_the_keeper_outlives_a_fault_and_tells_the_news_when_the_storage_is_back(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    paused = put(env, broadcast, COUNTS, state="paused", paused_for="content", total=50)
    await grant_admin(env)
    env.records.broken = True
    assert not any(act.chat == DEE for act in await notices_of(env, paused))

    env.records.broken = False
    assert any(act.chat == DEE for act in await updated_cards(env, has_news=False))


async def test_the_keeper_runs_by_itself_and_tells_an_event_at_once(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for its next regular check, which here would be tomorrow."""
    monkeypatch.setattr(progress_card, "CARD_INTERVAL", 86_400)
    broadcast = await confirmed(env)
    edited, edit = asyncio.Event(), env.sender.edit

    async def note(*what: Any, **more: Any) -> bool:
        edited.set()
        return await edit(*what, **more)

    monkeypatch.setattr(env.sender, "edit", note)
    running = asyncio.create_task(env.cards.run())
    env.events.broadcast_changed(put(env, broadcast, COUNTS, state="sending", total=50))
    await edited.wait()
    running.cancel()

    assert "Sent: 40" in texts(env.sender.acts)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("content", "safer to cancel it"),
        ("crashes", "crashed repeatedly"),
        ("absence", "was not running for a while"),
        ("restore", "get it again"),
        ("late", "time of its start passed"),
    ],
)
async def test_when_it_pauses_itself_all_admins_read_why_and_can_act(env: BotEnv, reason: Any, words: str) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    said = await notices_of(env, put(env, broadcast, COUNTS, state="paused", paused_for=reason, total=50))

    for person in (ADMIN, DEE):
        own = [act for act in said if act.chat == person and act.act == "send"]
        assert words in texts(own)
        assert [label.removeprefix("en: ") for label in own[-1].buttons] == ["Resume", "End it", "Show 2026-001"]
    asked = await follow(env, [act for act in said if act.chat == DEE], "Resume", person=DEE)
    assert words in texts(asked)
    assert "Resume it?" in texts(asked)
    assert first(env).state == "paused"
    done = await follow(env, asked, "Yes, resume", person=DEE)
    assert first(env).state == "queued"
    assert f"Ann ({DEE}) has resumed your broadcast 2026-001" in texts([act for act in done if act.chat == ADMIN])


async def test_a_pause_by_an_admin_is_not_reported_to_the_others(env: BotEnv) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    said = await notices_of(env, put(env, broadcast, COUNTS, state="paused", paused_for="admin", total=50))

    assert {act.chat for act in said} == {ADMIN}


async def test_it_is_paused_resumed_and_ended_with_buttons_the_last_after_a_question(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    card = await notices_of(env, put(env, broadcast, COUNTS, state="sending", total=50))

    said = await follow(env, card, "Pause", person=ADMIN)
    assert (first(env).state, first(env).paused_for) == ("paused", "admin")
    said = await follow(env, said, "Resume", person=ADMIN)
    assert first(env).state == "queued"
    assert "goes on as soon as its turn comes" in texts(said)
    asked = await follow(env, said, "End it", person=ADMIN)
    assert "What was sent stays sent" in texts(asked)
    assert (asked[-1].act, first(env).state) == ("send", "queued")
    await follow(env, asked, "leave it", person=ADMIN)
    assert first(env).state == "queued"
    await follow(env, asked, "Yes, end it", person=ADMIN)
    assert first(env).state == "cancelled"
    assert "It was cancelled" in texts(await follow(env, said, "Pause", person=ADMIN))
    acts = [line.act for line in env.records.lines[1:]]
    assert acts == ["broadcast confirm", "broadcast pause", "broadcast resume", "broadcast cancel"]


async def test_another_admin_looks_with_a_button_and_the_author_reads_who_steered(env: BotEnv) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="sending", total=50)
    listed = await env.writes("/broadcast", DEE)
    assert "2026-001, en: notice: en: is being sent" in texts(listed)

    view = await follow(env, listed, "Show 2026-001", person=DEE)
    assert view[-1].act == "send"
    assert "As of " in texts(view)
    env.broadcasts.figures[broadcast.id] = Counts({("sent", ""): 50})
    view = await follow(env, view, "Refresh", person=DEE)
    assert (view[-1].act, "100 %" in texts(view)) == ("edit", True)
    assert first(env).card == broadcast.card

    said = await follow(env, view, "Pause", person=DEE)
    assert f"Ann ({DEE}) has paused your broadcast 2026-001" in texts([act for act in said if act.chat == ADMIN])


async def test_a_second_broadcast_waits_visibly_and_an_alert_shows_what_delays_it(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="sending", total=50)
    said = await composed(env)
    assert "One is sent at a time" in texts(said)
    said = await follow(env, said, "Class", "alert", person=ADMIN)
    assert "Pause 2026-001, and the alert goes first" in texts(said)

    said = await follow(env, said, "Preview", person=ADMIN)
    said = await env.writes("3", ADMIN)
    assert "2026-001 is sent first" in texts(said)


async def test_a_button_for_what_is_gone_says_so(env: BotEnv) -> None:
    for press in (ShowCard(9, new_message=True), ControlBroadcast(9, "pause"), ShowPreview(9), OpenDraft(9, "all")):
        said = await env.presses(env.keyboards.codec.pack(press, ADMIN), ADMIN)
        assert re.search("no such broadcast|shows what there is", texts(said))


# --- Rights ---


ADMINS_PRESSES = [
    press
    for press in EACH_PRESS
    if type(press) in NEEDED and NEEDED[type(press)] == "admin" and not isinstance(press, SetRole)
]


@pytest.mark.parametrize("press", ADMINS_PRESSES, ids=repr)
async def test_after_dismissal_no_button_of_a_broadcast_does_anything(env: BotEnv, press: CallbackData) -> None:
    await grant_admin(env, BEN)
    await env.writes("/broadcast", BEN)
    before = dict(env.broadcasts.stored)
    env.records.given[BEN] = Grant(BEN, None, ADMIN, env.now)

    said = await env.presses(env.keyboards.codec.pack(press, BEN), BEN)

    assert [act.act for act in said] == ["callback"]
    assert "Only admins may do this" in texts(said)
    assert env.broadcasts.stored == before


@pytest.mark.parametrize("answer", ["text", "time", "links", "number"])
async def test_after_dismissal_nothing_that_was_asked_for_is_taken(env: BotEnv, answer: str) -> None:
    await grant_admin(env, BEN)
    draft = await env.broadcasting.begin(BEN)
    done = await env.broadcasting.rewrite(replace(draft, editions={"en": Edition("x")}))
    assert isinstance(done, Broadcast)
    wish: CallbackData = ShowPreview(draft.id)
    if answer == "time":
        wish = AskPart(draft.id, "time", None)
    elif answer != "number":
        wish = AskPart(draft.id, "text" if answer == "text" else "links", "en")
    await env.presses(env.keyboards.codec.pack(wish, BEN), BEN)
    before = dict(env.broadcasts.stored)
    env.records.given[BEN] = Grant(BEN, "staff", ADMIN, env.now)  # mere staff is not enough either

    said = await env.writes(
        {"text": "words", "time": "23:10", "links": "a https://b.example", "number": "3"}[answer], BEN
    )

    assert "Only admins may do this" in texts(said)
    assert env.broadcasts.stored == before


async def test_mere_staff_have_no_broadcasts(env: BotEnv) -> None:
    assert "Only admins" in texts(await env.writes("/broadcast", CLERK))
    assert env.broadcasts.stored == {}
    assert "/broadcast" not in texts(await env.writes("/help", CLERK))
    assert "/broadcast" in texts(await env.writes("/help", ADMIN))
