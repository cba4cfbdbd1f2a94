"""Sending, editing, copying and deleting messages."""

import time

from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import read_keyboard
from bot.sandbox.lookups import find_chat, find_message, find_own_message
from bot.sandbox.methods.content import read_caption, read_document, read_message_text, read_photo
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Chat, Json, SandboxState

_TWO_DAYS = 48 * 3600
#: fields that belong to one message only and are not copied
_PERSONAL = frozenset(
    [
        "message_id",
        "date",
        "edit_date",
        "chat",
        "from",
        "sender_chat",
        "reply_to_message",
        "reply_markup",
        "via_bot",
        "has_protected_content",
    ]
)


def send_message(state: SandboxState, parameters: Parameters) -> Json:
    """Send a text; return the new message."""
    return _send(state, parameters, read_message_text(parameters))


def send_photo(state: SandboxState, parameters: Parameters) -> Json:
    """Send a photo, uploaded or by file_id; return the new message."""
    return _send(state, parameters, read_photo(state, parameters) | read_caption(parameters))


def send_document(state: SandboxState, parameters: Parameters) -> Json:
    """Send a file, uploaded or by file_id; return the new message."""
    return _send(state, parameters, read_document(state, parameters) | read_caption(parameters))


def copy_message(state: SandboxState, parameters: Parameters) -> Json:
    """Send a copy of a message; return only its number."""
    if not parameters.text("from_chat_id"):
        raise bad_request('Parameter "from_chat_id" is required')
    source = find_chat(state, parameters.text("from_chat_id"), "read")
    message_id = find_message(source, parameters.number("message_id"), "message to copy")
    content = {name: value for name, value in source.messages[message_id].items() if name not in _PERSONAL}
    if "caption" in parameters.values:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content |= read_caption(parameters)
    return {"message_id": _send(state, parameters, content)["message_id"]}


def edit_message_text(state: SandboxState, parameters: Parameters) -> Json | bool:
    """Change a text of the bot; return the changed message, or True for an inline one."""
    content = read_message_text(parameters)
    fields = ("text", "entities", "link_preview_options")
    return _edit(state, parameters, "text", fields=fields, content=content)


def edit_message_caption(state: SandboxState, parameters: Parameters) -> Json | bool:
    """Change the caption of the bot's photo or document; return the same as `edit_message_text`."""
    content = read_caption(parameters)
    return _edit(state, parameters, "caption", fields=("caption", "caption_entities"), content=content)


def edit_message_reply_markup(state: SandboxState, parameters: Parameters) -> Json | bool:
    """Change or remove the buttons of a message of the bot; return the same as `edit_message_text`."""
    return _edit(state, parameters, "", fields=(), content={})


def delete_message(state: SandboxState, parameters: Parameters) -> bool:
    """Delete a message for everybody; others' messages only as an administrator."""
    if not parameters.text("chat_id"):
        raise bad_request("Chat identifier is not specified")
    if parameters.number("message_id") <= 0:
        raise bad_request("Message identifier is not specified")
    chat = find_chat(state, parameters.text("chat_id"))
    message_id = find_message(chat, parameters.number("message_id"), "message to delete")
    _check_deletable(state, chat, chat.messages[message_id])
    state.remove(chat, message_id)
    return True


def _send(state: SandboxState, parameters: Parameters, content: Json) -> Json:
    keyboard = read_keyboard(parameters)
    chat = find_chat(state, parameters.text("chat_id"))
    reply = _replied(chat, parameters)
    state.flood.admit(chat.id)
    message: Json = {"from": state.sender} if chat.type != "channel" else {"sender_chat": chat.json}
    message |= reply | content
    if parameters.flag("protect_content"):
        message["has_protected_content"] = True
    if keyboard and "inline_keyboard" in keyboard:
        message["reply_markup"] = keyboard
    elif keyboard:
        chat.keyboard = keyboard if "keyboard" in keyboard else None
    return state.put(chat, message)


def _replied(chat: Chat, parameters: Parameters) -> Json:
    """The replied-to message, without its own reply."""
    reply = parameters.tree("reply_parameters", "Can't parse reply parameters JSON object")
    if reply is None:
        reply = {
            "message_id": parameters.number("reply_to_message_id"),
            "allow_sending_without_reply": parameters.flag("allow_sending_without_reply"),
        }
    if not isinstance(reply, dict):
        raise bad_request("Object expected as reply parameters")
    message_id = reply.get("message_id")
    if not message_id:
        return {}
    if message_id in chat.messages:
        answered = chat.messages[message_id]
        return {"reply_to_message": {name: answered[name] for name in answered if name != "reply_to_message"}}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def _edit(
    state: SandboxState, parameters: Parameters, kind: str, *, fields: tuple[str, ...], content: Json
) -> Json | bool:
    keyboard = read_keyboard(parameters, inline_only=True)
    chat, message_id = find_own_message(state, parameters)
    old = chat.messages[message_id]
    if kind == "text" and "text" not in old:
        raise bad_request("There is no text in the message to edit")
    if kind == "caption" and "text" in old:
        raise bad_request("There is no caption in the message to edit")
    new = {name: value for name, value in old.items() if name not in (*fields, "reply_markup")} | content
    new |= {"reply_markup": keyboard} if keyboard else {}
    if _shown(new) == _shown(old):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    edited = state.change(chat, message_id, lambda _: new | {"edit_date": int(time.time())})
    return True if parameters.text("inline_message_id") else edited


def _shown(message: Json) -> Json:
    return {name: value for name, value in message.items() if name not in ("edit_date", "link_preview_options")}


def _check_deletable(state: SandboxState, chat: Chat, message: Json) -> None:
    own = message.get("from", {}).get("id") == state.bot_id
    admin = chat.members.get(state.bot_id) == "administrator"
    if chat.type != "private" and not own and not admin:
        raise bad_request("Message can't be deleted")
    if not admin and time.time() - message["date"] > _TWO_DAYS:
        raise bad_request("Message can't be deleted for everyone")
