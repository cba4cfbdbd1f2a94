"""Staff change the bot's answers, admins grant roles, and nobody else can do either."""

import re
from typing import Any, get_args

import pytest

from bot.telegram_ui.buttons import CallbackData, SetRole
from bot.telegram_ui.callback_data import parse_payload, payload_of
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import Command
from bot.telegram_ui.inputs import INPUTS, StaffInput
from tests.telegram_ui.bot_env import ADMIN, ANN, BEN, CLERK, GROUP, BotEnv, button, follow, person_json, texts
from tests.telegram_ui.staff_buttons import EACH_PRESS, NEEDED


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin and a clerk."""
    env = BotEnv()
    await env.publisher.start(None)
    return env


# --- Buttons ---


def test_every_staff_button_survives_its_writing_and_fits(env: BotEnv) -> None:
    assert {type(press) for press in EACH_PRESS} == set(NEEDED)
    for press in EACH_PRESS:
        assert parse_payload(payload_of(press)) == press
        assert len(env.keyboards.codec.pack(press, CLERK)) <= 64


@pytest.mark.parametrize(
    "payload", ["s", "s.", "sz.x", "sy", "", "ss.x", "sq.", "sf.x", "ssq.x", "rx", "sbz.1", "sbcx.1", "sbv.x", "sb.1"]
)
def test_a_payload_that_is_not_a_staff_button_is_parsed_as_none(payload: str) -> None:
    assert parse_payload(payload) is None


def test_every_input_of_staff_has_its_row_with_a_handler() -> None:
    assert INPUTS.keys() == set(get_args(StaffInput))


# --- Rights ---


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.role], ids=lambda command: command.name)
async def test_a_command_of_staff_has_no_effect_from_anybody_else_or_in_another_chat(
    env: BotEnv, command: Command
) -> None:
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
