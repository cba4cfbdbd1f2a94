"""A person's membership in a chat, and the update about a change."""

import time

from bot.sandbox.state import Chat, Json, SandboxState

_MEMBER_KEY = 5 << 33
_RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
]


def member(state: SandboxState, chat: Chat, user_id: int) -> Json:
    """A ChatMember with the fields for its status."""
    status = chat.members.get(user_id, "left")
    user = state.sender if user_id == state.bot_id else state.person(user_id).user
    body: Json = {"user": user, "status": status}
    match status:
        case "creator":
            body["is_anonymous"] = False
        case "administrator":
            body |= dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
        case "kicked":
            body["until_date"] = 0
        case _:
            pass
    return body


def set_bot_status(state: SandboxState, person_id: int, chat: Chat, status: str) -> None:
    """Change the bot's status in a chat on behalf of a person; the bot gets an update."""
    state.person(person_id).seen = True
    body = _change(state, person_id, state.bot_id, chat, status)
    state.updates.add("my_chat_member", body, chat.id + _MEMBER_KEY)


def set_status(state: SandboxState, person_id: int, other: int, chat: Chat, status: str) -> None:
    """Change another person's status in a chat; the bot gets an update if it asked for this kind."""
    body = _change(state, person_id, other, chat, status)
    if state.is_in(chat):
        state.updates.add("chat_member", body, chat.id)


def unblock(state: SandboxState, person_id: int) -> None:
    """Let the bot write to the person again."""
    state.person(person_id).blocked = False
    set_bot_status(state, person_id, state.chat(person_id), "member")


def enter(state: SandboxState, person_id: int) -> None:
    """Record that the person talks to the bot in private, so that it may write to them."""
    person = state.person(person_id)
    person.seen = person.started = True
    if person.blocked:
        unblock(state, person_id)


def _change(state: SandboxState, person_id: int, other: int, chat: Chat, status: str) -> Json:
    old = member(state, chat, other)
    chat.members[other] = status
    return {
        "chat": chat.json,
        "from": state.person(person_id).user,
        "date": int(time.time()),
        "old_chat_member": old,
        "new_chat_member": member(state, chat, other),
    }
