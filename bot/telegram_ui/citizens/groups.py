"""Changes of a chat: the bot is added, removed or blocked; a group gets a new id."""

import structlog
from telegram import ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus, ChatType

from bot.i18n.languages import language_by_tag
from bot.telegram_ui import texts
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.rate_limit import RateDecision

log = structlog.get_logger()

_NOT_MEMBERS = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


async def update_membership(context: HandlerContext, change: ChatMemberUpdated) -> None:
    """Update the subscription; explain in a new group how to talk to the bot."""
    chat = change.chat
    was, is_now = change.old_chat_member.status, change.new_chat_member.status
    if is_now in _NOT_MEMBERS:
        await context.chats.suspend(chat.id)
    elif chat.type == ChatType.PRIVATE and was == ChatMemberStatus.BANNED:
        await context.chats.resume(chat.id, context.now(), language_by_tag(change.from_user.language_code))
    elif chat.type in _GROUPS and was in _NOT_MEMBERS:
        await _greet(context, change)


async def migrate_chat(context: HandlerContext, message: Message, staff_chat_id: int | None) -> bool:
    """Move a group's data to its new id; return False if the message announces none.

    Telegram announces it twice, in the old and in the new group.
    """
    old = message.migrate_from_chat_id or (message.chat.id if message.migrate_to_chat_id else None)
    new = message.migrate_to_chat_id or (message.chat.id if message.migrate_from_chat_id else None)
    if old is None or new is None:
        return False
    await context.chats.migrate(old, new)
    if old == staff_chat_id:
        log.warning("staff_chat_has_a_new_number", setting="STAFF_CHAT_ID", number=new)
    return True


async def _greet(context: HandlerContext, change: ChatMemberUpdated) -> None:
    """Greet a new group; rate-limited against repeated adding and removing."""
    if context.limits.messages.check(change.from_user.id, context.now()) is RateDecision.ALLOW:
        translator = await context.translator_for(change.chat.id, change.from_user)
        await context.sender.send(change.chat.id, texts.group_greeting(context.bot.username, translator))
