"""What somebody is in a chat, and the update that tells of a change."""

import time

from bot.sandbox.state import Chat, Json, SandboxState

_LANE = 5 << 33
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


def member(world: SandboxState, chat: Chat, user_id: int) -> Json:
    """A ChatMember with the fields that its status asks for."""
    status = chat.members.get(user_id, "left")
    user = world.sender if user_id == world.bot_id else world.person(user_id).user
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


def set_bot_status(world: SandboxState, person_id: int, chat: Chat, status: str) -> None:
    """Somebody changes what the bot is in a chat, and it hears of that."""
    world.person(person_id).seen = True
    body = _change(world, person_id, world.bot_id, chat, status)
    world.updates.add("my_chat_member", body, chat.id + _LANE)


def set_status(world: SandboxState, person_id: int, other: int, chat: Chat, status: str) -> None:
    """Somebody changes what a person is in a chat; the bot hears of it if it asked for that."""
    body = _change(world, person_id, other, chat, status)
    if world.is_in(chat):
        world.updates.add("chat_member", body, chat.id)


def unblock(world: SandboxState, person_id: int) -> None:
    """The bot may write to them again."""
    world.person(person_id).blocked = False
    set_bot_status(world, person_id, world.chat(person_id), "member")


def enter(world: SandboxState, person_id: int) -> None:
    """The person talks to the bot in private: from now on it may write to them."""
    person = world.person(person_id)
    person.seen = person.started = True
    if person.blocked:
        unblock(world, person_id)


def _change(world: SandboxState, person_id: int, other: int, chat: Chat, status: str) -> Json:
    old = member(world, chat, other)
    chat.members[other] = status
    return {
        "chat": chat.json,
        "from": world.person(person_id).user,
        "date": int(time.time()),
        "old_chat_member": old,
        "new_chat_member": member(world, chat, other),
    }
