"""A broadcast is looked at before it is sent: each edition, as it will look, in somebody's own chat."""

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Broadcast, edition_for, numbered_text
from bot.broadcasts.ports import MessageTransport
from bot.broadcasts.service import BroadcastService, Estimate
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import LazyMessage, lazy_gettext


async def preview(
    draft: Broadcast, chat: int, *, broadcasting: BroadcastService, transport: MessageTransport, default: Language
) -> Estimate | LazyMessage:
    """Show a draft in a chat and note that it was seen: then it can be confirmed. Else why not; StorageError."""
    trouble = await show(draft, chat, transport=transport, default=default)
    if trouble:
        return trouble
    size = await broadcasting.size(draft)
    if await broadcasting.note_preview(draft, size):
        return size
    return lazy_gettext("The draft was changed meanwhile. Look at it once more.")


async def show(
    broadcast: Broadcast, chat: int, *, transport: MessageTransport, default: Language
) -> LazyMessage | None:
    """Send each edition as it will look, the city's language first; the first that does not arrive ends it: why."""
    if not broadcast.editions:
        return lazy_gettext("There is nothing in it yet: it needs a text, a photo or a file.")
    for language in sorted(broadcast.editions, key=lambda code: (code != default, LANGUAGES.index(code))):
        _, edition = edition_for(broadcast.editions, language, default)
        outcome = await transport.send(chat, edition, numbered_text(edition, broadcast.number, language), silent=False)
        if trouble := _trouble(outcome, chat, language):
            return trouble
    return None


def cannot_write_to(chat: int) -> LazyMessage:
    """Why nothing can be shown in a chat: whoever it is of never pressed start, or blocked the bot."""
    return lazy_gettext(
        "Telegram does not let the bot write to {number}. Whoever that is must press start in the chat with the bot"
        " first.",
        number=chat,
    )


def _trouble(outcome: Outcome, chat: int, language: Language) -> LazyMessage | None:
    name = language_name(language)
    match outcome:
        case Sent():
            return None
        case Refused("content"):
            return lazy_gettext(
                "Telegram does not take this text: {language}. Look at its length, its formatting, its attachment and"
                " the addresses of its buttons.",
                language=name,
            )
        case Refused():
            return cannot_write_to(chat)
        case NotSent() | Unknown():
            return lazy_gettext(
                "It is not certain that this text arrived: {language}. Try it once more.", language=name
            )
