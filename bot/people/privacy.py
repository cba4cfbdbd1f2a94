"""Collects and erases what is stored about a chat."""

from dataclasses import dataclass
from datetime import datetime

from bot.answers.service import Conversations
from bot.answers.understanding.follow_ups import Focus
from bot.people.ports import ChatRecord, Chats, Role
from bot.people.roles import RoleService


@dataclass(frozen=True, slots=True)
class OwnData:
    """Everything that the bot stores about a chat, on disk and in memory."""

    record: ChatRecord
    deliveries: int  #: broadcasts whose outcome in this chat is stored
    subject: Focus | None
    role: Role | None = None  #: the person's role here


async def own_data(
    chat: int, *, chats: Chats, roles: RoleService, conversations: Conversations, now: datetime
) -> OwnData:
    """Collect what is stored about a chat; raises StorageError."""
    record, deliveries = await chats.read(chat), await chats.deliveries_of(chat)
    return OwnData(record, deliveries, conversations.of(chat, now), await roles.role_of(chat))


async def forget(chat: int, *, chats: Chats, conversations: Conversations) -> None:
    """Erase what is stored about a chat; raises StorageError.

    The disk comes first, since only its content would survive a crash.
    """
    await chats.forget(chat)
    conversations.forget(chat)
