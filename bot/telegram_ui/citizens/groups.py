"""Who takes the bot in, throws it out, blocks it or takes it back, and groups that get another number."""

import structlog
from telegram import ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus, ChatType

from bot.i18n.languages import language_by_tag
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.cache import Verdict
from bot.telegram_ui.context import HandlerContext

log = structlog.get_logger()

_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


async def note_membership(desk: HandlerContext, change: ChatMemberUpdated) -> None:
    """Keep the subscription true; in a new group say how to talk to the bot."""
    chat = change.chat
    was, is_now = change.old_chat_member.status, change.new_chat_member.status
    if is_now in _GONE:
        await desk.chats.unsubscribe(chat.id)
    elif chat.type == ChatType.PRIVATE and was == ChatMemberStatus.BANNED:
        await desk.chats.subscribe(chat.id, desk.now(), language_by_tag(change.from_user.language_code))
    elif chat.type in _GROUPS and was in _GONE:
        await _greet(desk, change)


async def note_migration(desk: HandlerContext, message: Message, staff_chat_id: int | None) -> bool:
    """Follow a group to its new number. Telegram says it twice, in the old and in the new group."""
    old = message.migrate_from_chat_id or (message.chat.id if message.migrate_to_chat_id else None)
    new = message.migrate_to_chat_id or (message.chat.id if message.migrate_from_chat_id else None)
    if old is None or new is None:
        return False
    await desk.chats.migrate(old, new)
    if old == staff_chat_id:
        log.warning("staff_chat_has_a_new_number", setting="STAFF_CHAT_ID", number=new)
    return True


async def _greet(desk: HandlerContext, change: ChatMemberUpdated) -> None:
    """Say once how to talk to the bot, unless somebody plays with throwing it out and in."""
    if desk.pace.judge(change.from_user.id, desk.now()) is Verdict.ANSWER:
        phrases = await desk.phrases_for(change.chat.id, change.from_user)
        await desk.gateway.send(change.chat.id, sentences.group_greeting(desk.username, phrases))
