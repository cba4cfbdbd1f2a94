"""`@bot childcare` in any chat: cards of projects to share there."""

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)

from bot.answers.inline import Card, find_cards
from bot.answers.service import is_emergency
from bot.i18n.message import Translator
from bot.telegram_ui import texts
from bot.telegram_ui.citizens.command_handlers import deep_link_payload
from bot.telegram_ui.context import BotIdentity, HandlerContext
from bot.telegram_ui.rate_limit import RateDecision

#: Telegram accepts 50; people rarely scroll through more than these.
_PAGE = 20
#: Telegram may cache the results for only a minute, because they change with the knowledge.
_CACHE_SECONDS = 60
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def offer(context: HandlerContext, query: InlineQuery) -> None:
    """Offer cards for what was typed so far; without any text all areas and projects."""
    allowed = context.limits.inline_queries.check(query.from_user.id, context.now()) is RateDecision.ALLOW
    if not allowed and not is_emergency(query.query, context.snapshot()):
        return  # the person keeps seeing the previous list; a notice could not be shown
    start = int(query.offset) if query.offset.isdecimal() and len(query.offset) < 6 else 0
    preferred = (await context.translator_for(query.from_user.id, query.from_user)).language
    found = find_cards(
        query.query,
        start=start,
        count=_PAGE,
        snapshot=context.snapshot(),
        translator_in=context.translator_in,
        preferred=preferred,
        now=context.now(),
    )
    nothing = not found.cards and start == 0
    button = InlineQueryResultsButton(texts.ask_the_bot(found.translator), start_parameter="inline")
    await context.sender.answer_inline(
        query.id,
        [_article(card, context.bot, found.translator) for card in found.cards],
        next_offset=str(start + _PAGE) if found.has_more else "",
        cache_seconds=_CACHE_SECONDS,
        button=button if nothing else None,
    )


def _article(card: Card, bot: BotIdentity, translator: Translator) -> InlineQueryResultArticle:
    """A card with a link to the bot: callback buttons would only work in the bot's own messages."""
    payload = deep_link_payload(card.target)
    link = InlineKeyboardButton(texts.ask_the_bot(translator), url=bot.start_link(payload))
    return InlineQueryResultArticle(
        id=payload,
        title=card.title,
        description=card.note,
        input_message_content=InputTextMessageContent(card.text, link_preview_options=_NO_PREVIEW),
        reply_markup=InlineKeyboardMarkup([[link]]),
    )
