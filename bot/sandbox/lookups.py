"""Finds the chat and the message that a call names, and checks the bot's access."""

import re
from typing import Literal

from bot.sandbox.errors import api_error, bad_request, forbidden
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import ELSEWHERE, Chat, SandboxState

Aim = Literal["read", "edit", "write"]


def find_chat(state: SandboxState, named: str, aim: Aim = "write") -> Chat:
    """The chat by id or @username; raises ApiError if it is unknown, left, blocked, deleted or migrated."""
    if not named:
        raise bad_request("chat_id is empty")
    chat_id = _chat_id(state, named)
    chat = None if chat_id == ELSEWHERE else state.chats.get(chat_id)
    if chat is None or (chat.type == "private" and not state.people[chat.id].seen):
        raise bad_request("Chat not found")
    if chat.type == "private":
        _check_person(state, chat, aim)
    else:
        _check_group(state, chat, aim)
    return chat


def find_message(chat: Chat, message_id: int, role: str) -> int:
    """The id, if the chat has such a message; otherwise raises an ApiError that names its role."""
    if message_id not in chat.messages:
        raise bad_request(f"{role} not found")
    return message_id


def find_own_message(state: SandboxState, parameters: Parameters) -> tuple[Chat, int]:
    """The bot's message to be edited, by chat and number or by inline id."""
    inline_id = parameters.text("inline_message_id")
    if not parameters.text("chat_id") and not parameters.text("message_id"):
        if not inline_id:
            raise bad_request("Message identifier is not specified")
        if inline_id not in state.inline_messages:
            raise bad_request("MESSAGE_ID_INVALID")
        chat_id, message_id = state.inline_messages[inline_id]
        return state.chats[chat_id], message_id
    chat = find_chat(state, parameters.text("chat_id"), "edit")
    find_message(chat, parameters.number("message_id"), "message to edit")
    message = chat.messages[parameters.number("message_id")]
    if state.bot_id not in (message.get("from", {}).get("id"), message.get("via_bot", {}).get("id")):
        raise bad_request("Message can't be edited")
    return chat, int(message["message_id"])


def _chat_id(state: SandboxState, named: str) -> int:
    if named.startswith("@"):
        name = named[1:].lower()
        public = (chat.id for chat in state.chats.values() if str(chat.json.get("username", "")).lower() == name)
        return next(public, ELSEWHERE)
    return int(named) if re.fullmatch(r"-?[0-9]{1,18}", named) else ELSEWHERE


def _check_person(state: SandboxState, chat: Chat, aim: Aim) -> None:
    person = state.people[chat.id]
    if person.deactivated and aim != "read":
        raise forbidden("User is deactivated")
    if aim != "write":
        return
    if person.blocked:
        raise forbidden("Bot was blocked by the user")
    if not person.started:
        raise forbidden("Bot can't initiate conversation with a user")


def _check_group(state: SandboxState, chat: Chat, aim: Aim) -> None:
    if chat.migrated_to is not None:
        if aim == "write":
            message = "Group chat was upgraded to a supergroup chat"
            raise api_error(400, message, migrate_to_chat_id=chat.migrated_to)
        return
    status = chat.members.get(state.bot_id, "left")
    if aim == "read" and chat.type == "group":
        return
    if status == "kicked":
        raise forbidden(f"Bot was kicked from the {chat.type} chat")
    if status == "left":
        raise forbidden(f"Bot is not a member of the {chat.type} chat")
