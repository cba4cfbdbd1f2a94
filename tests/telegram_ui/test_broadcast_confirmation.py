"""The preview of a broadcast, the number that confirms it, and the second admin."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasts.delivery import NotSent, Refused, Unknown
from bot.broadcasts.model import Attachment, Edition, Link
from bot.telegram_ui.broadcast_buttons import Approve, AskPart, ControlBroadcast
from tests.telegram_ui.bot_env import ADMIN, BEN, GROUP, NOON, BotEnv, Json, follow, texts
from tests.telegram_ui.broadcast_steps import (
    COUNTS,
    DEE,
    PHOTO,
    city_with_subscribers,
    composed,
    first,
    grant_admin,
    notices_of,
    put,
    seen,
    updated_cards,
)


@pytest.fixture
async def env() -> BotEnv:
    return await city_with_subscribers()


# --- The preview and the number ---


async def test_each_language_is_shown_as_it_will_look_with_what_it_borrows(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "中文", person=ADMIN)
    said = await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="明天停水。")})
    await follow(env, said, "Buttons", "English", person=ADMIN)
    said = await env.writes("Help https://city.example", ADMIN)
    await follow(env, said, "Preview", person=ADMIN)

    photo, links = Attachment("photo", "large"), (Link("Help", "https://city.example"),)
    assert env.transport.posted == [
        (ADMIN, "The water is off tomorrow.\n\nNo 2026-001", Edition("The water is off tomorrow.", photo, links)),
        (ADMIN, "明天停水。\n\n第 2026-001 号", Edition("明天停水。", photo, links)),
    ]


@pytest.mark.parametrize("outcome", [Refused("content"), NotSent("network"), Unknown("silence"), Refused("blocked")])
async def test_what_telegram_does_not_take_or_may_not_have_shown_cannot_be_confirmed(env: BotEnv, outcome: Any) -> None:
    env.transport.outcomes = [outcome]
    said = await seen(env)

    assert "English" in texts(said) or "press Start" in texts(said)
    assert "Type the number" not in texts(said)
    await env.writes("3", ADMIN)
    assert first(env).state == "draft"


async def test_the_last_question_says_all_that_matters(env: BotEnv) -> None:
    """A notice at half past eight in the evening waits for the end of the quiet hours, which begin at nine."""
    env.now = NOON + timedelta(hours=1, minutes=30)
    said = texts(await seen(env))

    for part in ("3 people", "less than a minute", "keeps the quiet hours", "waits until en: 2026-03-02, 08:00"):
        assert part in said


async def test_an_alert_does_not_wait_for_the_morning(env: BotEnv) -> None:
    env.now = NOON + timedelta(hours=5)
    said = await follow(env, await composed(env), "Class", "alert", "Preview", person=ADMIN)

    assert "waits until" not in texts(said)


@pytest.mark.parametrize("typed", ["4", "yes", "30", "-3", "3.0"])
async def test_a_wrong_number_sends_nothing_and_the_right_one_may_follow(env: BotEnv, typed: str) -> None:
    await seen(env)

    assert "Nothing was sent" in texts(await env.writes(typed, ADMIN))
    assert first(env).state == "draft"
    await env.writes("３", ADMIN)  # as a Chinese keyboard writes it
    assert first(env).state == "queued"


async def test_only_ones_own_new_words_confirm(env: BotEnv) -> None:
    """Forwarded, edited or anonymous messages, captions, and those of a group, a bot or another person do not count."""
    await grant_admin(env)
    await seen(env)
    forwarded: Json = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await env.writes("3", ADMIN, **forwarded)
    await env.writes("3", ADMIN, via_bot={"id": 99, "is_bot": True, "first_name": "x"})
    await env.writes("3", ADMIN, sender_chat={"id": GROUP, "type": "supergroup", "title": "x"})
    await env.receives({"edited_message": env.message(ADMIN, text="3", edit_date=2)})
    await env.writes("3", ADMIN, chat=GROUP)
    await env.writes("3", DEE)
    await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="3")})

    assert first(env).state == "draft"


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (AskPart(1, "text", "en"), "words"),
        (AskPart(1, "links", "en"), "a https://b.example"),
        (AskPart(1, "time", None), "23:10"),
    ],
    ids=repr,
)
async def test_only_ones_own_new_words_go_into_a_draft(env: BotEnv, wish: AskPart, answer: str) -> None:
    """Forwarded, edited and anonymous messages, and those of a group, a bot or another person are ignored."""
    await grant_admin(env)
    await composed(env)
    await env.presses(env.keyboards.codec.pack(wish, ADMIN), ADMIN)
    before = first(env)
    forwarded: Json = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await env.writes(answer, ADMIN, **forwarded)
    await env.writes(answer, ADMIN, via_bot={"id": 99, "is_bot": True, "first_name": "x"})
    await env.writes(answer, ADMIN, sender_chat={"id": GROUP, "type": "supergroup", "title": "x"})
    await env.receives({"edited_message": env.message(ADMIN, text=answer, edit_date=2)})
    await env.writes(answer, ADMIN, chat=GROUP)
    await env.writes(answer, DEE)
    assert first(env) == before

    await env.writes(answer, ADMIN)
    assert first(env) != before


async def test_after_a_change_the_number_of_before_sends_nothing(env: BotEnv) -> None:
    said = await seen(env)
    await follow(env, said, "Change it", "Class", "alert", person=ADMIN)
    await env.writes("3", ADMIN)

    assert first(env).state == "draft"


async def test_a_change_after_the_question_voids_it(env: BotEnv) -> None:
    """The draft may be changed from another place; only what the admin has seen can be confirmed."""
    await seen(env)
    await env.broadcasting.rewrite(replace(first(env), kind="alert"))

    assert "changed meanwhile" in texts(await env.writes("3", ADMIN))
    assert first(env).state == "draft"


async def test_the_question_stays_open_for_a_quarter_of_an_hour(env: BotEnv) -> None:
    await seen(env)
    env.wait(15 * 60 + 1)
    await env.writes("3", ADMIN)

    assert first(env).state == "draft"


async def test_a_time_that_passed_before_the_number_was_typed_is_refused(env: BotEnv) -> None:
    await follow(env, await composed(env), "When", "At a certain time", person=ADMIN)
    said = await env.writes("20:10", ADMIN)
    await follow(env, said, "Preview", person=ADMIN)
    env.wait(11 * 60)

    assert "has passed" in texts(await env.writes("3", ADMIN))
    assert "has passed" in texts(await follow(env, said, "Preview", person=ADMIN))
    assert first(env).state == "draft"


async def test_a_broadcast_without_recipients_is_not_sent(env: BotEnv) -> None:
    env.broadcasts.people = {}

    assert "would reach no one" in texts(await seen(env))
    await env.writes("0", ADMIN)
    assert first(env).state == "draft"


async def test_the_number_typed_fifty_times_is_one_broadcast(env: BotEnv) -> None:
    await seen(env)
    await asyncio.gather(*(env.writes("3", ADMIN) for _ in range(50)))

    assert [line.act for line in env.records.lines[1:]] == ["broadcast confirm"]


async def test_while_nothing_can_be_kept_nothing_is_confirmed_and_it_is_said(env: BotEnv) -> None:
    await seen(env)
    env.records.broken = True
    said = await env.writes("3", ADMIN)

    assert "nothing has changed" in texts(said)
    env.records.broken = False
    assert first(env).state == "draft"


# --- The second admin ---


@pytest.fixture
async def large(env: BotEnv) -> BotEnv:
    """A city whose number of subscribers needs a second admin."""
    env.broadcasts.people = dict.fromkeys(range(1000, 1101), "en")
    return env


async def test_without_a_second_admin_it_is_said_how_to_get_one_before_any_number_is_typed(
    large: BotEnv,
) -> None:
    said = await seen(large)

    assert "/grant ID admin" in texts(said)
    assert "Type the number" not in texts(said)
    await large.writes("101", ADMIN)
    assert first(large).state == "draft"


async def test_a_second_admin_sees_it_and_approves_and_the_author_is_notified(large: BotEnv) -> None:
    await grant_admin(large)
    assert "a second admin must approve it" in texts(await seen(large))
    said = await large.writes("101", ADMIN)

    assert first(large).state == "unapproved"
    assert "waits for approval" in texts(said)
    assert large.transport.posted[-1][:2] == (DEE, "The water is off tomorrow.\n\nNo 2026-001")
    asked = [act for act in said if act.chat == DEE]
    assert f"confirmed by Ann ({ADMIN})" in texts(asked)
    assert "101 people" in texts(asked)
    assert not any("Approve" in label or "Yes" in label for act in said if act.chat == ADMIN for label in act.buttons)

    done = await follow(large, asked, "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)
    assert first(large).starts_at == large.now + timedelta(seconds=60)
    assert f"Ann ({DEE}) approved your broadcast" in texts([act for act in done if act.chat == ADMIN])
    card = await updated_cards(large)
    assert [(act.act, act.chat) for act in card] == [("edit", ADMIN)]
    assert "Until then it can be recalled" in texts(card)


async def test_for_a_broadcast_of_the_operator_all_admins_are_asked_and_get_the_report(large: BotEnv) -> None:
    """The operator on the server has no chat, so any admin can be the second one."""
    await grant_admin(large)
    draft = await large.broadcasting.begin(None)
    draft = replace(draft, state="unapproved", editions={"en": Edition("From the server")}, head_count=101)
    said = await notices_of(large, put(large, draft))

    assert [chat for chat, _, _ in large.transport.posted] == [ADMIN, DEE]
    assert "confirmed by en: the operator" in texts(said)
    await follow(large, [act for act in said if act.chat == DEE], "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)
    end = put(large, first(large), COUNTS, state="finished", total=50, started_at=large.now, ended_at=large.now)
    assert {act.chat for act in await notices_of(large, end) if "is finished" in (act.text or "")} == {ADMIN, DEE}


async def test_an_admin_who_approved_it_reads_what_another_one_did_with_it(large: BotEnv) -> None:
    await grant_admin(large)
    draft = replace(await large.broadcasting.begin(None), state="sending", approved_by=DEE, total=50, head_count=101)
    identifier = put(large, draft, COUNTS).broadcast.id
    acts = {"has paused": ControlBroadcast(identifier, "pause"), "has resumed": ControlBroadcast(identifier, "resume")}
    for words, act in {**acts, "has ended": ControlBroadcast(identifier, "cancel")}.items():
        pressed = large.keyboards.codec.pack(act, ADMIN)
        read = texts([said for said in await large.presses(pressed, ADMIN) if said.chat == DEE])
        assert words in read
        assert "which you approved" in read


async def test_an_approval_days_after_the_planned_time_sends_nothing(large: BotEnv) -> None:
    """The question may be an old message. Within an hour of the planned time the confirmation still counts."""
    await grant_admin(large)
    await follow(large, await composed(large), "When", "At a certain time", person=ADMIN)
    said = await large.writes("20:10", ADMIN)
    await follow(large, said, "Preview", person=ADMIN)
    asked = [act for act in await large.writes("101", ADMIN) if act.chat == DEE]
    planned = first(large).planned_at
    assert planned is not None
    large.wait((planned - large.now + timedelta(days=2)).total_seconds())

    assert "time that was planned has passed" in texts(await follow(large, asked, "Yes, send it", person=DEE))
    assert first(large).state == "unapproved"

    large.wait(-timedelta(days=2).total_seconds() + 60)
    await follow(large, asked, "Yes, send it", person=DEE)
    assert first(large).state == "queued"


async def test_the_author_cannot_give_the_second_yes(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    await large.writes("101", ADMIN)
    data = large.keyboards.codec.pack(Approve(first(large).id), ADMIN)

    assert "Another admin must approve" in texts(await large.presses(data, ADMIN))
    assert first(large).state == "unapproved"


async def test_the_first_approval_counts_and_the_other_admins_read_whose_it_was(large: BotEnv) -> None:
    await grant_admin(large)
    await grant_admin(large, BEN)
    await seen(large)
    await large.writes("101", ADMIN)
    data = {person: large.keyboards.codec.pack(Approve(first(large).id), person) for person in (DEE, BEN)}

    await large.presses(data[DEE], DEE)
    late = await asyncio.gather(*(large.presses(data[BEN], BEN) for _ in range(50)))

    assert f"{DEE} approved it already" in texts(late[-1])
    assert [line.act for line in large.records.lines].count("broadcast approve") == 1


async def test_an_admin_who_was_not_reached_is_not_asked_and_the_author_reads_that(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    large.transport.outcomes = [Refused("blocked")]
    said = await large.writes("101", ADMIN)

    assert "could not reach any other admin" in texts(said)
    assert not any(act.chat == DEE for act in said)

    listed = await large.writes("/broadcast", DEE)
    shown = await follow(large, listed, "Show 2026-001", "Show it to me", person=DEE)
    await follow(large, shown, "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)


async def test_a_no_is_asked_once_more_and_ends_it(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    asked = [act for act in await large.writes("101", ADMIN) if act.chat == DEE]

    said = await follow(large, asked, "No, cancel it", person=DEE)
    assert first(large).state == "unapproved"
    done = await follow(large, said, "Yes, end it", person=DEE)

    assert first(large).state == "cancelled"
    assert f"Ann ({DEE}) has ended your broadcast" in texts([act for act in done if act.chat == ADMIN])
    assert "It was cancelled" in texts(await follow(large, asked, "Yes, send it", person=DEE))


async def test_a_test_group_needs_no_second_admin(large: BotEnv) -> None:
    large.broadcasts.people[ADMIN] = "en"
    said = await follow(large, await composed(large), "To whom", "test group", "Preview", person=ADMIN)

    assert "Type the number 1" in texts(said)
    await large.writes("1", ADMIN)
    assert first(large).state == "queued"
