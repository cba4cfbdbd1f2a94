"""The report of a broadcast."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot import charts
from bot.broadcasts.model import Counts
from bot.telegram_ui.admins import progress as progress_card
from bot.telegram_ui.broadcast_buttons import ReuseTexts
from tests.telegram_ui.bot_env import ADMIN, BEN, BotEnv, follow, texts
from tests.telegram_ui.broadcast_steps import (
    COUNTS,
    city_with_subscribers,
    composed,
    confirmed,
    ended,
    first,
    grant_admin,
    put,
    updated_cards,
)


@pytest.fixture
async def env() -> BotEnv:
    return await city_with_subscribers()


async def test_the_report_counts_by_reason_with_a_chart_and_a_file_of_the_counts(env: BotEnv) -> None:
    said = await ended(env)

    report = next(act for act in said if (act.text or "").startswith("photo: "))
    for part in ("is finished", "Sent: 40", "Refused: 4", "blocked the bot: 3", "3 minutes", "per second: 0.3"):
        assert part in texts([report])
    assert env.sender.files["photo"].startswith(b"\x89PNG")
    assert env.sender.files["broadcast-2026-001.csv"].startswith(b"\xef\xbb\xbf")
    lines = env.sender.files["broadcast-2026-001.csv"].decode("utf-8-sig").splitlines()
    assert lines[1] == '"en: Sent","",40'
    assert len(lines) == 5
    assert await updated_cards(env) == []  # and no second time


async def test_the_report_is_a_text_with_blocks_where_nothing_can_be_drawn(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: False)
    said = await ended(env)

    report = next(act for act in said if "is finished" in (act.text or "") and act.act == "send")
    assert "█" in texts([report])
    assert "photo" not in env.sender.files


async def test_the_report_is_a_text_where_the_picture_is_refused(env: BotEnv) -> None:
    env.sender.takes_photos = False

    assert any("Sent: 40" in (act.text or "") and act.act == "send" for act in await ended(env))


async def test_only_the_author_gets_the_numbers_of_the_chats_with_an_unknown_outcome(env: BotEnv) -> None:
    await grant_admin(env)
    said = await ended(env)

    (file,) = [act for act in said if "unknown.csv" in (act.text or "")]
    assert file.chat == ADMIN
    content = env.sender.files["broadcast-2026-001-unknown.csv"].decode("utf-8-sig").splitlines()
    assert content == ['"en: number of the chat"', "4711", "-100500"]


async def test_a_text_tried_on_the_test_group_is_copied_for_all_subscribers(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "To whom", "test group", person=ADMIN)
    tried = first(env)
    put(env, tried, COUNTS, state="finished", total=50)

    said = await env.presses(env.keyboards.codec.pack(ReuseTexts(tried.id), ADMIN), ADMIN)
    (again,) = await env.broadcasts.broadcasts("draft")
    assert (again.state, again.audience, again.editions) == ("draft", "everybody", tried.editions)
    assert again.number in texts(said)

    said = await env.presses(env.keyboards.codec.pack(ReuseTexts(tried.id), ADMIN), ADMIN)
    assert f"You are writing {again.number} already" in texts(said)
    assert list(await env.broadcasts.broadcasts("draft")) == [again]


async def test_without_unknown_outcomes_there_is_no_such_file(env: BotEnv) -> None:
    await ended(env, unknown=0)

    assert set(env.sender.files) == {"photo", "broadcast-2026-001.csv"}


async def test_an_author_who_lost_their_rights_reads_nothing_any_more_and_the_admins_get_the_report(
    env: BotEnv,
) -> None:
    """In that case nobody gets the numbers of the chats."""
    said = await ended(env, author=BEN, card=(BEN, 1))

    assert {act.chat for act in said} == {ADMIN}
    assert "is finished" in texts(said)
    assert "broadcast-2026-001-unknown.csv" not in env.sender.files


async def test_the_report_of_one_that_was_ended_waits_for_what_was_on_its_way(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    env.live = put(env, broadcast, COUNTS, state="sending", total=50, started_at=env.now)
    card = await updated_cards(env, has_news=False)
    asked = await follow(env, card, "End it", person=ADMIN)
    await follow(env, asked, "Yes, end it", person=ADMIN)
    assert await updated_cards(env) == []

    env.live = None
    end = first(env)
    put(env, end, Counts({("sent", ""): 44, ("cancelled", ""): 6}))
    said = await updated_cards(env, has_news=False)
    assert "was ended early" in texts(said)
    assert "Sent: 44" in texts(said)
    assert "88 %" in texts(said)


async def test_a_report_that_was_not_sent_before_the_program_went_away_is_sent_at_the_next_start(env: BotEnv) -> None:
    """The first start of all reports nothing; what was reported once is not reported again."""
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    env.wait(100)
    put(env, broadcast, COUNTS, state="finished", total=50, started_at=env.now, ended_at=env.now)
    await env.cards.catch_up()
    assert "is finished" in texts(await updated_cards(env))

    restarted = progress_card.ProgressCards(env.context, lambda: None, env.records)
    await restarted.catch_up()
    assert await updated_cards(env) == []


async def test_a_report_is_sent_as_soon_as_the_database_can_be_read_that_could_not_at_the_start(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the end of the next broadcast would count as the last reported one."""
    monkeypatch.setattr(progress_card, "CARD_INTERVAL", 0.01)
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    env.wait(100)
    put(env, broadcast, COUNTS, state="finished", total=50, started_at=env.now, ended_at=env.now)
    env.records.broken = True
    restarted = progress_card.ProgressCards(env.context, lambda: None, env.records)
    with capture_logs() as logs:
        running = asyncio.create_task(restarted.run())
        await asyncio.sleep(0.1)
    assert [line["event"] for line in logs] == ["broadcast_event_failed"]
    env.records.broken = False
    async with asyncio.timeout(150):
        while "is finished" not in texts(env.sender.acts):  # noqa: ASYNC110 - the sender has no event
            await asyncio.sleep(0.01)
    running.cancel()


async def test_after_a_restart_the_cards_say_how_far_things_are(env: BotEnv) -> None:
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="paused", paused_for="crashes", total=50)
    before = len(env.sender.acts)
    await env.cards.catch_up()

    assert [(act.act, act.chat) for act in env.sender.acts[before:]] == [("edit", ADMIN)]
    assert "crashed repeatedly" in texts(env.sender.acts[before:])


async def test_the_audit_tells_in_words_what_was_done_with_broadcasts(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    await env.broadcasting.cancel(broadcast.id, None)
    read = texts(await env.writes("/audit", ADMIN))

    assert f"{ADMIN}: en: confirmed broadcast 2026-001" in read
    assert "en: notice" in read
    assert "en: everybody" in read
    assert "en: the server: en: ended broadcast 2026-001" in read
