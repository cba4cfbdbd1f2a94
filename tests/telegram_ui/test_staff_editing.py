"""Staff edit projects with buttons."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.answers.snapshot import Snapshot
from bot.i18n.dates import parse_date
from bot.i18n.languages import LANGUAGES, language_name
from bot.knowledge import Status
from bot.publishing.live import LiveVersion
from bot.publishing.reminders import WeeklyReminder
from bot.telegram_ui.buttons import UseOfferedWording
from bot.telegram_ui.staff.stale import send_stale
from tests.factories import make_knowledge, make_project
from tests.telegram_ui.bot_env import ADMIN, ANN, CLERK, STAFF, BotEnv, button, follow, texts
from tests.telegram_ui.recording_sender import BotAction
from tests.telegram_ui.staff_presses import status


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin and a clerk."""
    env = BotEnv()
    await env.publisher.start(None)
    return env


# --- Editing with buttons ---


async def test_a_status_is_changed_with_buttons_shown_confirmed_live_and_undone(env: BotEnv) -> None:
    said = await env.writes("/edit", CLERK)
    said = await follow(env, said, "Hospitals", "Sixth", "Status", "completed")
    assert "status: planned → completed" in re.sub("en: ", "", texts(said))
    assert "Citizens would read" in texts(said)
    assert status(env) is Status.PLANNED

    assert "Published" in texts(await follow(env, said, "Publish"))
    assert status(env) is Status.COMPLETED
    assert f"completed as of {env.now:%Y-%m-%d}" in texts(await env.writes("sixth hospital", ANN))

    said = await follow(env, await env.writes("/undo", CLERK), "Publish")
    assert status(env) is Status.PLANNED
    assert [line.act for line in env.records.lines] == ["publish", "publish", "undo"]


async def test_a_note_is_typed_and_further_changes_go_into_the_same_draft(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    said = await follow(env, said, "Note", "English")
    assert "At most 120 characters" in texts(said)

    said = await env.writes("the roof is on", CLERK)
    said = await follow(env, said, "As of today")
    await follow(env, said, "Publish")

    project = env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"]
    assert (project.status_note.text_in("en"), project.as_of) == ("the roof is on", env.now.date())
    assert len(env.records.published) == 2


async def test_who_changes_more_sees_what_waits_for_the_yes(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    said = await follow(env, said, "Status", "completed", "Change more")

    assert "Status: en: completed" in texts(said)
    assert "Status: en: planned" in texts(await env.writes("/edit sixth-hospital", ADMIN))


async def test_the_offered_wording_is_put_in_with_a_button(env: BotEnv) -> None:
    said = await env.writes("/edit childcare-centre", CLERK)
    said = await follow(env, said, "Status", "completed")
    assert "contradict the status" in texts(said)

    said = await follow(env, said, "Use the offered wording")
    assert "contradict the status" not in texts(said)
    assert "en: Use the offered wording" not in said[-1].buttons
    assert "Citizens would read:" in texts(said)
    await follow(env, said, "Publish")

    project = env.publisher.live.snapshot.knowledge.project_by_id["childcare-centre"]
    assert project.status is Status.COMPLETED
    assert project.summary.text_in("en") == "Reported on 12 November 2021: “A childcare centre is being built.”"
    assert project.summary.text_in("zh") == "2021年11月12日的消息：“正在建设托育中心。”"


async def test_the_offered_wording_is_put_into_ones_own_draft_only(env: BotEnv) -> None:
    said = await env.writes("/edit childcare-centre", CLERK)
    said = await follow(env, said, "Status", "completed")
    draft = next(iter(env.records.waiting))

    await env.presses(env.keyboards.codec.pack(UseOfferedWording(draft), ADMIN), ADMIN)

    assert list(env.records.waiting) == [draft]
    assert "Reported on" not in env.records.waiting[draft].content.decode()


async def test_the_statement_of_a_fact_is_changed_with_buttons(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit elderly-beds", CLERK), "Facts", "1,000", "English")
    assert "At most 200 characters" in texts(said)
    said = await env.writes("4,000 nursing beds are added.", CLERK)
    assert "statement (en): en: “1,000 nursing beds are added.”" in texts(said)
    await follow(env, said, "Publish")

    project = env.publisher.live.snapshot.knowledge.project_by_id["elderly-beds"]
    assert project.facts[0].statement.text_in("en") == "4,000 nursing beds are added."
    assert env.publisher.live.content.count(b"4,000 nursing beds are added.") == 1


async def test_the_card_is_shown_in_the_language_that_was_edited(env: BotEnv) -> None:
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Summary", "Русский")

    said = await env.writes("Построят новую больницу.", CLERK)

    assert texts(said).partition("Citizens would read:")[2].count("Построят новую больницу.") == 1


async def test_a_field_without_any_text_begins_with_the_citys_language(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Expected completion")
    assert "Begin with the city's main language" in texts(said)
    assert [*said[-1].buttons] == ["English", "en: « Back"]

    await follow(env, said, "English")
    said = await env.writes("by 2027", CLERK)
    assert "is missing in zh" in texts(said)
    assert not re.search("Line [0-9]", texts(said))  # a person who presses buttons sees no file
    said = await follow(env, said, "Change more", "Expected completion")
    assert [*said[-1].buttons] == [*map(language_name, LANGUAGES), "en: Remove", "en: « Back"]


async def test_a_text_that_is_too_long_can_be_sent_again_shorter(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Note", "English")

    refused = await env.writes("x" * 130, CLERK)
    assert "130 characters" in texts(refused)
    assert "would change" in texts(await env.writes("the roof is on", CLERK))


@pytest.mark.parametrize("day", ["2026-02-27", "2026/2/27", "2026.02.27", "27.02.2026", "2026年2月27日"])
async def test_a_day_is_read_or_asked_for_again(env: BotEnv, day: str) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "As of", "Another day")

    for unclear in ("yesterday", "27/02/2026", "30.02.2026", "20260227"):
        assert "cannot read this as a date" in texts(await env.writes(unclear, CLERK))
    assert "still to come" in texts(await env.writes("2031-02-27", CLERK))
    await follow(env, await env.writes(day, CLERK), "Publish")

    project = env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"]
    assert project.as_of.isoformat() == "2026-02-27"


@pytest.mark.parametrize(
    ("field", "day"), [("As of", "2026-02-27"), ("As of", "27.02.2026"), ("Due date", "2031-06-30")]
)
async def test_a_day_may_be_typed_without_pressing_another_day(env: BotEnv, field: str, day: str) -> None:
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), field)

    await follow(env, await env.writes(day, CLERK), "Publish")

    project = env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"]
    assert parse_date(day) == (project.due or project.as_of)


async def test_when_a_day_is_expected_a_text_that_is_not_a_date_is_a_question(env: BotEnv) -> None:
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "As of")

    assert "Sixth Municipal Hospital" in texts(await env.writes("sixth hospital", CLERK))
    assert "cannot read this as a date" in texts(await env.writes("27/02/2026", CLERK))
    assert "still to come" in texts(await env.writes("2031-02-27", CLERK))
    assert "would change" in texts(await env.writes("2026-02-27", CLERK))


async def test_a_day_that_is_typed_after_another_button_is_not_taken_for_the_field(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "As of", "« Back")

    await env.writes("2026-02-27", CLERK)

    assert env.records.waiting == {}


async def test_a_due_date_is_set_and_taken_out(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Due date", "Another day")
    await follow(env, await env.writes("2031-06-30", CLERK), "Publish")
    assert env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"].due == date(2031, 6, 30)
    assert b"    due: 2031-06-30\n" in env.publisher.live.content

    said = await env.writes("/edit sixth-hospital", CLERK)
    assert "Due date: 2031-06-30" in texts(said)
    await follow(env, said, "Due date", "Remove", "Publish")
    assert env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"].due is None


async def test_a_question_that_is_written_much_later_is_a_question(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Note", "English")
    env.wait(16 * 60)

    assert "Sixth Municipal Hospital" in texts(await env.writes("sixth hospital", CLERK))
    assert env.records.waiting == {}


async def test_a_command_calls_the_wait_for_a_text_off(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Note", "English")
    await env.writes("/stale", CLERK)

    await env.writes("sixth hospital", CLERK)

    assert env.records.waiting == {}


async def test_a_text_is_taken_out(env: BotEnv) -> None:
    said = await env.writes("/edit childcare-centre", CLERK)
    await follow(env, said, "Expected completion", "Remove", "Publish")

    assert env.publisher.live.snapshot.knowledge.project_by_id["childcare-centre"].expected_completion is None


async def test_a_confirmation_that_cannot_be_stored_says_so_and_can_be_repeated(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit sixth-hospital", ADMIN), "Status", "completed", person=ADMIN)
    env.records.broken = True

    refused = await follow(env, said, "Publish", person=ADMIN)
    assert refused[-1].act == "send"
    assert "nothing has changed" in texts(refused)

    env.records.broken = False
    assert "Published" in texts(await follow(env, said, "Publish", person=ADMIN))


async def test_a_second_tap_on_publish_leaves_the_answer_to_the_first(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    first, second = await follow(env, said, "Publish"), await follow(env, said, "Publish")

    assert (first[-1].act, second[-1].act) == ("edit", "send")


async def test_who_discards_after_publishing_does_not_read_that_nothing_was_changed(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    await follow(env, said, "Publish")

    late = await follow(env, said, "Discard")

    assert late[-1].act == "send"
    assert "no longer waiting: it was published" in texts(late)
    assert status(env) is Status.COMPLETED


async def test_any_command_calls_the_wait_for_a_text_off_and_buttons_do_not_mute_staff(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Note", "English")
    await env.writes("/help", CLERK)
    await env.writes("sixth hospital", CLERK)
    assert env.records.waiting == {}

    for _ in range(60):
        pressed = await env.presses(button(said, "Status"), CLERK)
        assert "What is the status now?" in texts(pressed)


async def test_a_list_of_hundreds_of_stale_projects_fits_into_messages(env: BotEnv) -> None:
    many = make_knowledge(projects=[make_project(f"project-{number}") for number in range(500)])
    old = env.publisher.live.snapshot
    env.publisher.context.live = LiveVersion(Snapshot(many, old.engine, old.vocabulary, old.version), b"")

    said = await env.writes("/stale", CLERK)

    assert "500" in texts(said)
    assert len(said) <= 21
    assert all(len(act.text or "") <= 4096 and len(act.buttons) <= 100 for act in said)


async def test_before_the_first_change_there_is_none_to_take_back(env: BotEnv) -> None:
    assert "no change to undo" in texts(await env.writes("/undo", CLERK))


async def test_leaving_it_changes_nothing(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    said = await follow(env, said, "Status", "completed", "Discard")

    assert "nothing was changed" in texts(said)
    assert env.records.waiting == {}
    assert status(env) is Status.PLANNED


async def test_words_after_edit_find_the_project_as_citizens_do(env: BotEnv) -> None:
    assert "Sixth Municipal Hospital" in texts(await env.writes("/edit sixth hospital", CLERK))


async def test_a_link_from_the_group_opens_a_project_for_staff_only(env: BotEnv) -> None:
    assert "Status: " in texts(await env.writes("/start e_sixth-hospital", CLERK))
    assert "Only the city's staff" in texts(await env.writes("/start e_sixth-hospital", ANN))


async def test_a_change_in_one_language_shows_which_languages_keep_the_old_text(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Summary", "English")

    shown = texts(await env.writes("The Sixth Hospital is open.", CLERK))

    assert "changes in English only; people still read the old words in 中文" in shown
    assert "Русский" in shown


async def test_who_changes_a_status_is_asked_about_its_note(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/edit elderly-beds", CLERK), "Status", "completed")
    assert "its note stays as it was" in texts(said)

    said = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    assert "its note" not in texts(said)


async def test_staff_read_what_is_kept_of_their_acts(env: BotEnv) -> None:
    for command in ("/privacy", "/forget"):
        assert "on record" in texts(await env.writes(command, CLERK))
        assert "on record" not in texts(await env.writes(command, ANN))


# --- Freshness ---


MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # half past nine in Harbin


async def reminded(env: BotEnv, at: datetime) -> list[BotAction]:
    """Let the weekly reminder run at this time; return what the staff's chat gets."""
    env.now = at
    before = len(env.sender.acts)
    reminder = WeeklyReminder(
        env.records, lambda: send_stale(env.context), city_zone=lambda: "Asia/Shanghai", now=lambda: at
    )
    await reminder.check()
    return env.sender.acts[before:]


async def test_stale_projects_are_listed_by_area_each_with_its_button(env: BotEnv) -> None:
    said = await env.writes("/stale", CLERK)

    assert "Elderly care" in texts(said)
    assert "Status: " in texts(await follow(env, said, "Sixth"))


async def test_the_staffs_chat_reads_the_list_once_a_week(env: BotEnv) -> None:
    assert await reminded(env, MONDAY - timedelta(days=3)) == []  # a new bot waits for the coming Monday
    said = await reminded(env, MONDAY)
    assert {act.chat for act in said} == {STAFF}
    assert "https://t.me/harbin_bot?start=e_sixth-hospital" in [link for act in said for link in act.buttons.values()]
    for later in (timedelta(hours=1), timedelta(days=3), timedelta(days=6, hours=23)):
        assert await reminded(env, MONDAY + later) == []
    assert await reminded(env, MONDAY + timedelta(days=7)) != []


async def test_a_clock_that_was_years_ahead_does_not_silence_the_list_for_years(env: BotEnv) -> None:
    env.records.jobs["stale"] = MONDAY + timedelta(days=2000)

    assert await reminded(env, MONDAY) != []
    assert await reminded(env, MONDAY + timedelta(hours=1)) == []


async def test_a_bot_that_was_down_on_monday_reminds_when_it_is_back(env: BotEnv) -> None:
    await reminded(env, MONDAY)
    assert await reminded(env, MONDAY + timedelta(days=9)) != []


async def test_while_everything_is_fresh_no_reminder_is_sent(env: BotEnv) -> None:
    await reminded(env, datetime(2021, 11, 15, 0, tzinfo=UTC))
    assert await reminded(env, datetime(2021, 11, 22, 2, tzinfo=UTC)) == []
