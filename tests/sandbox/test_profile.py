"""The bot's profile, and its queries about chats and members."""

from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.sandbox import Sandbox

HELP = [BotCommand("help", "Help")]
HILFE = [BotCommand("help", "Помощь")]


async def test_each_scope_and_language_has_its_own_menu(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    boris = sandbox.person("Boris", language="ru")
    group = sandbox.group("Yard", [ann])
    own = [BotCommand("own", "For Ann only")]
    await ptb.set_my_commands(HELP)
    await ptb.set_my_commands(HILFE, scope=BotCommandScopeAllPrivateChats(), language_code="ru")
    await ptb.set_my_commands(own, scope=BotCommandScopeChat(ann))
    await ptb.set_my_commands([BotCommand("rules", "Rules")], scope=BotCommandScopeAllGroupChats())

    assert [command["command"] for command in sandbox.menu(ann)] == ["own"]
    assert [command["description"] for command in sandbox.menu(boris)] == ["Помощь"]
    assert [command["command"] for command in sandbox.menu(ann, chat=group)] == ["rules"]
    assert await ptb.get_my_commands(BotCommandScopeAllPrivateChats(), "ru") == tuple(HILFE)
    await ptb.delete_my_commands(scope=BotCommandScopeChat(ann))
    assert [command["description"] for command in sandbox.menu(ann)] == ["Help"]


@pytest.mark.parametrize(
    ("command", "description", "sentence"),
    [
        ("Help", "x", "BOT_COMMAND_INVALID"),
        ("", "x", "command must be non-empty"),
        ("x" * 33, "x", "command length must not exceed 32"),
        ("x", "", "command description must be non-empty"),
        ("x", "x" * 257, "command description length must not exceed 256"),
    ],
)
async def test_bad_commands_are_refused(raw: Any, command: str, description: str, sentence: str) -> None:
    commands = [{"command": command, "description": description}]
    assert await raw.refused("setMyCommands", commands=commands) == f"Bad Request: {sentence}"


async def test_bad_scopes_and_languages_are_refused(raw: Any) -> None:
    assert await raw.refused("getMyCommands", scope={"type": "world"}) == (
        "Bad Request: can't parse BotCommandScope: Unsupported type specified"
    )
    assert await raw.refused("getMyCommands", scope={"type": "chat", "chat_id": 5}) == "Bad Request: chat not found"
    assert await raw.refused("getMyCommands", language_code="english") == (
        "Bad Request: invalid language code specified"
    )


async def test_names_and_descriptions_fall_back_to_the_general_ones(ptb: Bot) -> None:
    await ptb.set_my_name("City")
    await ptb.set_my_name("Город", language_code="ru")
    await ptb.set_my_description("Answers")
    await ptb.set_my_short_description("Short", language_code="zh")

    assert [(await ptb.get_my_name(code)).name for code in ("", "ru", "zh")] == ["City", "Город", "City"]
    assert (await ptb.get_my_description("ru")).description == "Answers"
    assert (await ptb.get_my_short_description()).short_description == ""
    await ptb.set_my_name("", language_code="ru")
    assert (await ptb.get_my_name("ru")).name == "City"


async def test_too_long_a_name_is_refused(raw: Any) -> None:
    assert (await raw("setMyName", name="x" * 65))[0] == 400


async def test_chats_can_be_looked_up(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    group = sandbox.group("Yard", [ann], kind="supergroup", username="yard")

    assert (await ptb.get_chat(ann)).first_name == "Ann"
    assert (await ptb.get_chat("@Yard")).id == group


async def test_members_have_a_status(ptb: Bot, raw: Any, ann: int) -> None:
    ben = raw.sandbox.person("Ben")
    group = raw.sandbox.group("Yard", [ann])
    raw.sandbox.promote_bot(ann, group)
    users = (ann, ben, raw.sandbox.state.bot_id)

    assert [(await ptb.get_chat_member(group, user)).status for user in users] == [
        "creator",
        "left",
        "administrator",
    ]
    assert len(await ptb.get_chat_administrators(group)) == 2
    assert await raw.refused("getChatMember", chat_id=group, user_id=5) == "Bad Request: user not found"
