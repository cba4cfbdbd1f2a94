"""Information about chats, members and files for the bot, and leaving a chat."""

from bot.sandbox.errors import bad_request
from bot.sandbox.lookups import find_chat
from bot.sandbox.members import member
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json, SandboxState

#: The most bytes of a file that a bot can download.
_MAX_DOWNLOAD = 20 << 20
_GIFTS = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]


def get_chat(state: SandboxState, parameters: Parameters) -> Json:
    """A ChatFullInfo."""
    chat = find_chat(state, parameters.text("chat_id"), "read")
    gifts = dict.fromkeys(_GIFTS, False)
    return chat.json | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(state: SandboxState, parameters: Parameters) -> Json:
    """A ChatMember; a person who never joined counts as "left"."""
    chat = find_chat(state, parameters.text("chat_id"), "read")
    user_id = parameters.number("user_id")
    if user_id != state.bot_id and user_id not in state.people:
        raise bad_request("user not found")
    return member(state, chat, user_id)


def get_chat_member_count(state: SandboxState, parameters: Parameters) -> int:
    """The number of members, including the bot."""
    chat = find_chat(state, parameters.text("chat_id"), "read")
    present = [status for status in chat.members.values() if status not in ("left", "kicked")]
    return 2 if chat.type == "private" else len(present)


def get_chat_administrators(state: SandboxState, parameters: Parameters) -> list[Json]:
    """A ChatMember for each administrator; raises ApiError for a private chat."""
    chat = find_chat(state, parameters.text("chat_id"), "read")
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    chosen = [user for user, status in chat.members.items() if status in ("creator", "administrator")]
    return [member(state, chat, user) for user in chosen]


def leave_chat(state: SandboxState, parameters: Parameters) -> bool:
    """Take the bot out of a group or channel."""
    chat = find_chat(state, parameters.text("chat_id"), "read")
    if chat.type == "private":
        raise bad_request("Chat is not a group, supergroup or channel chat")
    chat.members[state.bot_id] = "left"
    return True


def get_file(state: SandboxState, parameters: Parameters) -> Json:
    """Where to download the file, up to 20 MB."""
    if not parameters.text("file_id"):
        raise bad_request("file_id not specified")
    file = state.files.get(parameters.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > _MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file.as_json() | {"file_path": file.path}


def log_out(state: SandboxState, _: Parameters) -> bool:
    """Log the bot out: every later call gets an error."""
    state.logged_out = True
    return True


def close(_state: SandboxState, _: Parameters) -> bool:
    """Accept the call; the sandbox has nothing to close."""
    return True
