"""Staff change what the bot answers, admins appoint staff, and no one else does either."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from bot.answers.snapshot import Snapshot
from bot.broadcasts.model import AUDIENCES, CLASSES
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, language_name
from bot.knowledge import ASPECTS, Status
from bot.people.ports import AuditEntry
from bot.publishing.live import LiveVersion, digest_of
from bot.publishing.reminders import WeeklyReminder
from bot.publishing.spreadsheet.workbook import write_sheet
from bot.telegram_ui.buttons import (
    AcceptFile,
    AnswerAsQuestion,
    AnswerWithProject,
    Approve,
    AskCancel,
    AskPart,
    AskStatement,
    AskText,
    CallbackData,
    ChooseProject,
    ClearField,
    ControlAction,
    ControlBroadcast,
    DecideDraft,
    DeleteDraft,
    EditFact,
    EditField,
    EditProject,
    ListFacts,
    ListProjects,
    OpenDraft,
    Page,
    RemoveAttachment,
    RemoveLinks,
    RemoveText,
    ReuseTexts,
    Review,
    SendSpreadsheet,
    SetAudience,
    SetClass,
    SetImmediate,
    SetRole,
    SetStatus,
    SetToday,
    ShowCard,
    ShowPreview,
    UndoLastChange,
    UseOfferedWording,
    UseText,
)
from bot.telegram_ui.callback_data import parse_payload, payload_of
from bot.telegram_ui.callbacks import CALLBACKS, StaffCallback
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import Command
from bot.telegram_ui.inbox_buttons import (
    AskTeachingText,
    AttachGroup,
    BrowseTargets,
    ChooseForNew,
    DecideGroup,
    PublishTeaching,
    ShowGroup,
    ShowInbox,
)
from bot.telegram_ui.inputs import INPUTS, StaffInput
from bot.telegram_ui.staff.stale import send_stale
from tests.factories import YAML_TEXT, make_knowledge, make_project, yaml_text
from tests.telegram_ui.bot_env import (
    ADMIN,
    ANN,
    BEN,
    CLERK,
    GROUP,
    STAFF,
    BotAction,
    BotEnv,
    button,
    follow,
    person_json,
    texts,
)

EACH_PRESS: tuple[CallbackData, ...] = (
    ChooseProject(36**6 - 1, "a" * 36, 999),
    ChooseProject(1),
    AnswerWithProject(36**6 - 1, "a" * 40),
    ListProjects("hospitals", 2),
    ListProjects(""),
    EditProject("sixth-hospital"),
    EditField("sixth-hospital", "status_note"),
    *(SetStatus("sixth-hospital", status) for status in Status),
    SetToday("sixth-hospital"),
    AskText("a" * 40, "expected_completion", "zh"),
    AskText("sixth-hospital", "as_of", None),
    ClearField("sixth-hospital", "summary"),
    ListFacts("a" * 40),
    EditFact("a" * 40, 99),
    *(AskStatement("a" * 40, 99, language) for language in LANGUAGES),
    UseOfferedWording("Ab-_56789012"),
    DecideDraft("Ab-_56789012", publish=True),
    DecideDraft("Ab-_56789012", publish=False),
    AcceptFile("0" * 40),
    SendSpreadsheet(),
    UndoLastChange(),
    ShowInbox(999),
    ShowGroup(2**31 - 1, "ffabcd"),
    ShowGroup(1, ""),
    DecideGroup(2**31 - 1, "ignored"),
    DecideGroup(1, "later"),
    BrowseTargets(2**31 - 1, "ffabcd", "01234567", "areas", 999),
    BrowseTargets(1, "", "", "smalltalk", 1),
    AttachGroup(2**31 - 1, "ffabcd", "01234567"),
    ChooseForNew(2**31 - 1, "ffabcd", "01234567", "fact"),
    *(AskTeachingText("fact", 2**31 - 1, "ffabcd", "01234567", aspect) for aspect in ASPECTS),
    *(AskTeachingText("project", 2**31 - 1, "ffabcd", "01234567", each) for each in Status),
    AskTeachingText("search", 1, "ffabcd", "", None),
    PublishTeaching(2**31 - 1, "ffabcd", "01234567", "Ab-_56789012"),
    SetRole(BEN, "staff", confirmed=True),
    SetRole(10**18, None, confirmed=False),
    SetRole(BEN, "admin", confirmed=False),
    *(OpenDraft(1, page) for page in get_args(Page)),
    *(SetClass(1, kind) for kind in CLASSES),
    *(SetAudience(1, audience) for audience in AUDIENCES),
    SetImmediate(1),
    *(AskPart(1, part, language) for part in ("text", "links") for language in LANGUAGES),
    AskPart(10**18, "time", None),
    *(UseText(1, language) for language in LANGUAGES),
    AnswerAsQuestion(),
    *(RemoveText(1, language) for language in LANGUAGES),
    *(RemoveLinks(1, language) for language in LANGUAGES),
    RemoveAttachment(1),
    DeleteDraft(1, confirmed=True),
    DeleteDraft(1, confirmed=False),
    ShowPreview(1),
    Review(1),
    Approve(1),
    ReuseTexts(1),
    ShowCard(1, new_message=True),
    ShowCard(1, new_message=False),
    AskCancel(1),
    *(ControlBroadcast(1, act) for act in get_args(ControlAction)),
)


#: The role that each button of staff needs.
NEEDED = {kind: row.role for kind, row in CALLBACKS.items() if isinstance(row, StaffCallback)}


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin and a clerk."""
    env = BotEnv()
    await env.publisher.start(None)
    return env


def status(env: BotEnv) -> Status:
    return env.publisher.live.snapshot.knowledge.project_by_id["sixth-hospital"].status


# --- Buttons ---


def test_every_staff_button_survives_its_writing_and_fits(env: BotEnv) -> None:
    assert {type(press) for press in EACH_PRESS} == set(NEEDED)
    for press in EACH_PRESS:
        assert parse_payload(payload_of(press)) == press
        assert len(env.keyboards.codec.pack(press, CLERK)) <= 64


@pytest.mark.parametrize(
    "payload", ["s", "s.", "sz.x", "sy", "", "ss.x", "sq.", "sf.x", "ssq.x", "rx", "sbz.1", "sbcx.1", "sbv.x", "sb.1"]
)
def test_what_is_no_staff_button_is_none(payload: str) -> None:
    assert parse_payload(payload) is None


def test_every_input_of_staff_has_its_row_with_a_handler() -> None:
    assert INPUTS.keys() == set(get_args(StaffInput))


# --- Rights ---


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.role], ids=lambda command: command.name)
async def test_no_command_of_staff_is_obeyed_from_anybody_or_anywhere_else(env: BotEnv, command: Command) -> None:
    text, person = f"/{command.name} sixth-hospital", ADMIN
    forwarded: dict[str, Any] = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    refusals = [
        await env.writes(text, ANN),
        await env.writes(text, person, chat=GROUP),
        await env.writes(text, person, chat=GROUP, sender_chat={"id": GROUP, "type": "supergroup", "title": "x"}),
        await env.writes(text, person, **forwarded),
        await env.writes(text, person, via_bot=person_json(99) | {"is_bot": True}),
        await env.receives({"edited_message": env.message(person, text=text, edit_date=2)}),
    ]
    if command.role == "admin":
        refusals.append(await env.writes(text, CLERK))

    for said in refusals:
        assert re.search("Only the city's staff|Only admins|a message that you write", texts(said)), said
    assert env.sender.files == {}


@pytest.mark.parametrize("press", EACH_PRESS, ids=payload_of)
async def test_a_button_of_staff_is_refused_to_everybody_else(env: BotEnv, press: CallbackData) -> None:
    data = env.keyboards.codec.pack(press, ANN)
    in_group = env.keyboards.codec.pack(press, GROUP)
    refusals = [await env.presses(data, ANN), await env.presses(in_group, ADMIN, chat=GROUP)]
    if NEEDED[type(press)] == "admin":
        refusals.append(await env.presses(env.keyboards.codec.pack(press, CLERK), CLERK))

    assert [[act.act for act in said] for said in refusals] == [["callback"]] * len(refusals)
    assert env.records.lines == env.records.lines[-1:]  # the start recorded the version, and nothing since


async def test_rights_that_are_taken_away_are_gone_at_the_next_press(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    asked = await env.writes(f"/revoke {CLERK}", ADMIN)
    await follow(env, asked, "Yes", person=ADMIN)

    refused = await env.presses(button(said, "Status"), CLERK)

    assert [act.act for act in refused] == ["callback"]
    assert "Only the city's staff" in texts(refused)
    assert [(line.person, line.act, line.subject) for line in env.records.lines][-1] == (ADMIN, "revoke", str(CLERK))


async def test_who_loses_their_rights_before_the_text_asks_as_a_citizen_from_then_on(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Note", "English")
    await follow(env, await env.writes(f"/revoke {CLERK}", ADMIN), "Yes", person=ADMIN)

    assert "Only the city's staff" in texts(await env.writes("the roof is on", CLERK))
    assert "Sixth Municipal Hospital" in texts(await env.writes("sixth hospital", CLERK))
    assert env.records.waiting == {}


async def test_granted_rights_are_confirmed_although_the_next_lookup_fails(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await env.writes(f"/grant {BEN} staff", ADMIN)
    grant = env.records.grant

    async def give_and_fail(*what: Any) -> None:
        await grant(*what)
        env.records.broken = True

    monkeypatch.setattr(env.records, "grant", give_and_fail)

    assert f"{BEN} is" in texts(await follow(env, asked, "Yes", person=ADMIN))


async def test_an_admin_appoints_staff_who_may_act_at_once_and_is_notified(env: BotEnv) -> None:
    asked = await env.writes(f"/grant {BEN} staff", ADMIN)
    done = await follow(env, asked, "Yes", person=ADMIN)

    assert f"{BEN} is" in texts(done)
    assert any(act.chat == BEN and "You are now" in (act.text or "") for act in done)
    assert "Sixth Municipal Hospital" in texts(await env.writes("/edit sixth-hospital", BEN))
    members = texts(await env.writes("/staff", ADMIN))
    assert all(str(person) in members for person in (ADMIN, CLERK, BEN))


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("1087968824 admin", "account of Telegram itself"),
        ("777000 staff", "account of Telegram itself"),
        ("136817688 staff", "account of Telegram itself"),
        ("-100123 staff", "for persons only"),
        ("ann staff", "Write it like this"),
        ("12 boss", "Write it like this"),
        ("", "Write it like this"),
        (f"{ADMIN} staff", "ADMIN_IDS"),
    ],
)
async def test_impossible_grants_are_refused_with_a_reason(env: BotEnv, argument: str, sentence: str) -> None:
    said = await env.writes(f"/grant {argument}", ADMIN)

    assert sentence in texts(said)
    assert env.records.given == {}


async def test_a_person_without_rights_loses_none_and_gets_no_notice(env: BotEnv) -> None:
    assert f"{BEN} has no rights" in texts(await env.writes(f"/revoke {BEN}", ADMIN))

    asked = await env.writes(f"/revoke {CLERK}", ADMIN)
    await follow(env, asked, "Yes", person=ADMIN)
    again = await follow(env, asked, "Yes", person=ADMIN)

    assert f"{CLERK} has no rights" in texts(again)
    assert not any(act.chat == CLERK for act in again)
    assert [line.act for line in env.records.lines].count("revoke") == 1


async def test_the_operators_admins_cannot_be_revoked_in_chat(env: BotEnv) -> None:
    assert "ADMIN_IDS" in texts(await env.writes(f"/revoke {ADMIN}", ADMIN))
    data = env.keyboards.codec.pack(SetRole(ADMIN, None, confirmed=True), ADMIN)
    assert "ADMIN_IDS" in texts(await env.presses(data, ADMIN))


async def test_without_the_database_only_the_admins_of_the_settings_have_rights(env: BotEnv) -> None:
    env.records.broken = True

    said = await env.writes("/edit sixth-hospital", CLERK)

    assert "cannot" in texts(said)
    assert "Sixth" not in texts(said)
    assert "Sixth" in texts(await env.writes("/edit sixth-hospital", ADMIN))


async def test_citizens_see_no_button_of_staff(env: BotEnv) -> None:
    assert not any("Edit" in label for act in await env.writes("sixth hospital", ANN) for label in act.buttons)
    assert any("Edit" in label for act in await env.writes("sixth hospital", CLERK) for label in act.buttons)


async def test_help_names_the_commands_of_ones_role(env: BotEnv) -> None:
    assert "/edit" not in texts(await env.writes("/help", ANN))
    clerk, admin = texts(await env.writes("/help", CLERK)), texts(await env.writes("/help", ADMIN))
    assert ("/edit" in clerk, "/grant" in clerk) == (True, False)
    assert ("/edit" in admin, "/grant" in admin) == (True, True)


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


async def test_a_yes_that_cannot_be_recorded_says_so_and_can_be_pressed_again(env: BotEnv) -> None:
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


async def test_the_second_of_two_simultaneous_editors_reads_who_was_first(env: BotEnv) -> None:
    first = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    second = await follow(env, await env.writes("/edit sixth-hospital", ADMIN), "Status", "delayed", person=ADMIN)

    await follow(env, first, "Publish")
    shown = await follow(env, second, "Publish", person=ADMIN)

    assert f"changed with buttons by {CLERK}" in texts(shown)
    assert status(env) is Status.COMPLETED


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
    """What the staff's chat reads when the bot looks at this time whether the list is due."""
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


# --- Files ---


async def sends(env: BotEnv, name: str, content: bytes, person: int = CLERK, **more: Any) -> list[BotAction]:
    """Somebody sends a file."""
    env.sender.files["id"] = content
    document = {"file_id": "id", "file_unique_id": "u", "file_name": name, "file_size": len(content)}
    return await env.receives({"message": env.message(person, document=document, **more)})


async def test_the_file_is_fetched_changed_sent_back_confirmed_and_live(env: BotEnv) -> None:
    said = await env.writes("/knowledge", CLERK)
    assert digest_of(YAML_TEXT.encode())[:8] in texts(said)
    (name,) = env.sender.files
    assert env.sender.files[name] == YAML_TEXT.encode()

    said = await sends(env, name, yaml_text(("status: planned", "status: delayed")).encode())
    assert "planned → en: delayed" in texts(said)
    await follow(env, said, "Publish")

    assert status(env) is Status.DELAYED
    assert "a file sent by" in texts(await env.writes("/knowledge", CLERK))


async def test_a_broken_file_is_answered_with_its_lines_and_nothing_changes(env: BotEnv) -> None:
    said = await sends(env, "projects.yaml", yaml_text(("status: planned", "status: plant")).encode())

    assert "Line en: 60" in texts(said) or "Line 60" in texts(said)
    assert env.records.waiting == {}


async def test_a_file_that_was_made_from_an_older_version_is_refused(env: BotEnv) -> None:
    await env.writes("/knowledge", CLERK)
    (name,) = env.sender.files
    await follow(env, await env.writes("/edit sixth-hospital", ADMIN), "Status", "delayed", "Publish", person=ADMIN)

    said = await sends(env, name, yaml_text(("as_of: 2021-11-12", "as_of: 2026-02-28")).encode())

    assert f"changed with buttons by {ADMIN}" in texts(said)
    assert status(env) is Status.DELAYED


async def test_a_day_in_the_name_of_a_file_is_no_version(env: BotEnv) -> None:
    changed = yaml_text(("status: planned", "status: delayed")).encode()

    assert "would change" in texts(await sends(env, "projects-20260301.yaml", changed))


async def test_a_version_is_also_read_from_a_renamed_file(env: BotEnv) -> None:
    changed = yaml_text(("status: planned", "status: delayed")).encode()

    assert "another version" in texts(await sends(env, "projects-3f2a9c1b_final.yaml", changed))


async def test_a_spreadsheet_goes_out_and_comes_back(env: BotEnv) -> None:
    await follow(env, await env.writes("/knowledge", CLERK), "spreadsheet")
    name = next(name for name in env.sender.files if name.endswith(".xlsx"))
    as_it_is = write_sheet(make_knowledge(), translator_in("en"))

    assert "nothing to publish" in texts(await sends(env, name, as_it_is))


async def test_a_spreadsheet_that_is_none_is_refused_in_words(env: BotEnv) -> None:
    said = await sends(env, "projects.xlsx", b"PK\x03\x04 rubbish")

    assert "nothing was changed" in texts(said)
    assert env.records.waiting == {}


async def test_another_kind_of_file_is_refused_and_that_of_a_citizen_never_fetched(env: BotEnv) -> None:
    assert "neither" in texts(await sends(env, "photo.pdf", b"x"))
    assert "only read text" in texts(await sends(env, "projects.yaml", b"x", ANN))
    forwarded: dict[str, Any] = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await sends(env, "projects.yaml", yaml_text(("status: planned", "status: delayed")).encode(), **forwarded)
    assert env.records.waiting == {}


async def test_a_file_that_lost_many_projects_is_used_after_a_yes(env: BotEnv) -> None:
    too_few = yaml_text(("    related: [homecare-stations]\n", "")).partition("  - id: homecare-stations")[0].encode()
    env.file.content = too_few
    await env.publisher.on_saved(too_few)

    said = await env.writes("/knowledge", CLERK)
    assert "3 of 4 projects missing" in texts(said)
    await follow(env, said, "Use it anyway")

    assert len(env.publisher.live.snapshot.knowledge.projects) == 1


# --- The audit ---


async def test_the_audit_says_who_did_what_and_from_what_to_what(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Status", "completed", "Publish")

    shown = texts(await env.writes("/audit", ADMIN))

    assert str(CLERK) in shown
    assert "Sixth Municipal Hospital, status: planned → completed" in shown


async def test_the_audit_is_read_in_the_language_of_the_reader(env: BotEnv) -> None:
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed", "Publish")
    await env.chats.choose_language(ADMIN, "zh")

    shown = texts(await env.writes("/audit", ADMIN))

    assert "状态：计划中 → 已完成" in shown
    assert "status" not in shown


async def test_a_publication_with_many_changes_shows_the_first_and_how_many_more(env: BotEnv) -> None:
    changes = json.dumps({"en": ["Sixth Municipal Hospital, status: planned → completed", "another", "one more"]})
    env.records.lines.append(AuditEntry(env.now, CLERK, "publish", "abc", "", changes))

    shown = texts(await env.writes("/audit", ADMIN))

    assert "Sixth Municipal Hospital, status: planned → completed" in shown
    assert "Further changes: 2" in shown
    assert "another" not in shown


async def test_an_entry_of_an_older_program_is_shown_as_it_was_written(env: BotEnv) -> None:
    env.records.lines.append(AuditEntry(env.now, CLERK, "publish", "abc", "a status: planned", "a status: completed"))

    assert "a status: planned → a status: completed" in texts(await env.writes("/audit", ADMIN))


async def test_every_act_leaves_exactly_one_line(env: BotEnv) -> None:
    before = len(env.records.lines)
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed", "Publish")
    await follow(env, await env.writes(f"/grant {BEN} admin", ADMIN), "Yes", person=ADMIN)
    await follow(env, await env.writes(f"/revoke {BEN}", ADMIN), "Yes", person=ADMIN)
    await follow(env, await env.writes("/undo", CLERK), "Publish")

    assert [line.act for line in env.records.lines[before:]] == ["publish", "grant", "revoke", "undo"]
