"""The profile of the bot: commands, name, descriptions."""

import re
from collections.abc import Callable

from bot.sandbox.errors import bad_request
from bot.sandbox.lookups import find_chat
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json, SandboxState

_GENERAL_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")


def get_me(state: SandboxState, _: Parameters) -> Json:
    """The bot's own account."""
    return state.bot


def set_my_commands(state: SandboxState, parameters: Parameters) -> bool:
    """Set the menu of a scope and language."""
    commands = parameters.tree("commands", "Can't parse commands JSON object") or []
    if not isinstance(commands, list):
        raise bad_request("Expected an Array of BotCommand")
    checked = [_checked_command(command) for command in commands]
    if len(checked) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    state.profile.commands[_scope(state, parameters), _language(parameters)] = checked
    return True


def get_my_commands(state: SandboxState, parameters: Parameters) -> list[Json]:
    """The menu of exactly this scope and language."""
    return state.profile.commands.get((_scope(state, parameters), _language(parameters)), [])


def delete_my_commands(state: SandboxState, parameters: Parameters) -> bool:
    """Delete the menu of exactly this scope and language."""
    state.profile.commands.pop((_scope(state, parameters), _language(parameters)), None)
    return True


def scope_key(kind: str, chat_id: int | None = None, user_id: int | None = None) -> str:
    """The key of a scope: default, chat:5, chat_member:5:7."""
    return ":".join(str(part) for part in (kind, chat_id, user_id) if part is not None)


def setter(field: str, attribute: str, longest: int, message: str) -> Callable[[SandboxState, Parameters], bool]:
    """A method that stores one of the bot's texts by language; an empty text removes it."""

    def set_text(state: SandboxState, parameters: Parameters) -> bool:
        text, language = parameters.text(field), _language(parameters)
        if len(text) > longest:
            raise bad_request(message)
        texts: dict[str, str] = getattr(state.profile, attribute)
        texts[language] = text
        if not text:
            del texts[language]
        return True

    return set_text


def getter(field: str, attribute: str) -> Callable[[SandboxState, Parameters], Json]:
    """A method that returns one of the bot's texts: in the language, or else the general one."""

    def get_text(state: SandboxState, parameters: Parameters) -> Json:
        texts: dict[str, str] = getattr(state.profile, attribute)
        fallback = str(state.bot["first_name"]) if field == "name" else ""
        return {field: texts.get(_language(parameters)) or texts.get("", fallback)}

    return get_text


def _language(parameters: Parameters) -> str:
    code = parameters.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("Invalid language code specified")
    return code


def _scope(state: SandboxState, parameters: Parameters) -> str:
    scope = parameters.tree("scope", "Can't parse BotCommandScope JSON object")
    if scope is None:
        return "default"
    if not isinstance(scope, dict):
        raise bad_request("Can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind in _GENERAL_SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise bad_request("Can't parse BotCommandScope: Unsupported type specified")
    chat = find_chat(state, str(scope.get("chat_id", "")), "read")
    return scope_key(str(kind), chat.id, scope.get("user_id") if kind == "chat_member" else None)


def _checked_command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_request("Can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in command:
            raise bad_request(f"Can't parse BotCommand: Can't find field \"{name}\"")
    name, description = str(command["command"]).removeprefix("/"), str(command["description"])
    if not name:
        raise bad_request("Command must be non-empty")
    if len(name) > 32:
        raise bad_request("Command length must not exceed 32")
    if not description.strip():
        raise bad_request("Command description must be non-empty")
    if len(description) > 256:
        raise bad_request("Command description length must not exceed 256")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}
