"""Sends every edition of a broadcast to one chat, as recipients will see it."""

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Broadcast, edition_for, numbered_text
from bot.broadcasts.ports import MessageTransport
from bot.broadcasts.service import BroadcastService, Estimate
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import LazyMessage, lazy_gettext


async def preview(
    draft: Broadcast, chat: int, *, broadcasting: BroadcastService, transport: MessageTransport, default: Language
) -> Estimate | LazyMessage:
    """Show a draft in a chat and record the preview, so that it can be confirmed; return an error message on failure.

    Raises StorageError.
    """
    problem = await show(draft, chat, transport=transport, default=default)
    if problem:
        return problem
    size = await broadcasting.size(draft)
    if await broadcasting.store.note_preview(draft.id, draft.revision, size.head_count):
        return size
    return lazy_gettext("The draft was changed meanwhile. Look at it once more.")


async def show(
    broadcast: Broadcast, chat: int, *, transport: MessageTransport, default: Language
) -> LazyMessage | None:
    """Send the editions, the city's language first; return the error of the first that fails, or None."""
    if not broadcast.editions:
        return lazy_gettext("There is nothing in it yet: it needs a text, a photo or a file.")
    for language in sorted(broadcast.editions, key=lambda code: (code != default, LANGUAGES.index(code))):
        _, edition = edition_for(broadcast.editions, language, default)
        outcome = await transport.send(chat, edition, numbered_text(edition, broadcast.number, language), silent=False)
        if problem := _problem(outcome, chat, language):
            return problem
    return None


def cannot_write_to(chat: int) -> LazyMessage:
    """The error message for a chat that never started the bot or blocked it."""
    return lazy_gettext(
        "Telegram does not let the bot write to {number}. They must press Start in the chat with the bot first.",
        number=chat,
    )


def _problem(outcome: Outcome, chat: int, language: Language) -> LazyMessage | None:
    name = language_name(language)
    match outcome:
        case Sent():
            return None
        case Refused("content"):
            return lazy_gettext(
                "Telegram does not accept this text: {language}. Look at its length, its formatting, its attachment and"
                " the addresses of its buttons.",
                language=name,
            )
        case Refused():
            return cannot_write_to(chat)
        case NotSent() | Unknown():
            return lazy_gettext(
                "It is not certain that this text arrived: {language}. Try it once more.", language=name
            )
