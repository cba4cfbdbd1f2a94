"""A button was pressed: every press is answered, and nothing happens that was not offered."""

import structlog
from telegram import CallbackQuery, InlineKeyboardMarkup, MaybeInaccessibleMessage
from telegram.constants import ChatType

from bot.answers.service import open_option
from bot.people import messages, privacy
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.bot_profile import offer_commands
from bot.telegram_ui.cache import Verdict
from bot.telegram_ui.citizens.commands import browsing, language_keyboard
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import ChooseLanguage, Forget, Open, Press, RenderMode
from bot.telegram_ui.staff.context import StaffContext
from bot.telegram_ui.staff_router import act

log = structlog.get_logger()


async def press(desk: HandlerContext, office: StaffContext, query: CallbackQuery) -> None:
    """Do what a button says, if this bot offered it in this chat."""
    message = query.message
    wish = desk.keyboards.read(query.data, message.chat.id) if message and query.data else None
    if message is None or wish is None:
        # A forged button and one that is simply too old look the same from here, so both get the same line.
        log.info("button_refused")
        await _say_out_of_date(desk, query)
        return
    verdict = desk.judge(query.from_user.id)
    if verdict is not Verdict.ANSWER:
        notice = sentences.too_fast(desk.phrases_by_telegram(query.from_user))
        await desk.gateway.answer_callback(query.id, notice if verdict is Verdict.NOTICE else None)
        return
    await _do(desk, office, query, message, wish)


async def _do(
    desk: HandlerContext, office: StaffContext, query: CallbackQuery, message: MaybeInaccessibleMessage, wish: Press
) -> None:
    match wish:
        case Open():
            await _open(desk, query, message, wish)
        case ChooseLanguage():
            await _choose_language(desk, query, message, wish)
        case Forget():
            await _forget(desk, query, message, wish)
        case _:
            await act(office, query, wish)


async def _open(desk: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, wish: Open) -> None:
    chat, phrases = message.chat.id, desk.phrases_in(wish.language)
    reply = open_option(
        wish.target,
        chat=chat,
        now=desk.now(),
        snapshot=desk.snapshot(),
        subjects=desk.subjects,
        phrases=phrases,
    )
    if reply is None:
        await _say_out_of_date(desk, query)
        return
    await desk.gateway.answer_callback(query.id)
    browses = wish.manner is RenderMode.BROWSE
    keyboard = desk.keyboards.options(
        browsing(reply, wish.target, phrases) if browses else reply.options,
        chat,
        language=wish.language,
        manner=RenderMode.BROWSE if browses else RenderMode.BELOW,
        subject=wish.target,
        below=desk.for_staff(chat, wish.target, phrases),
    )
    if wish.manner is RenderMode.BELOW:
        await _send(desk, message, reply.text, keyboard)
    else:
        await _change(desk, message, reply.text, keyboard)


async def _choose_language(
    desk: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, wish: ChooseLanguage
) -> None:
    chat = message.chat.id
    await desk.chats.choose_language(chat, wish.language)
    await desk.gateway.answer_callback(query.id)
    phrases = await desk.phrases_for(chat, query.from_user)
    keyboard = language_keyboard(desk, chat, wish.language, phrases)
    await _change(desk, message, sentences.language_is_chosen(phrases, own=wish.language is not None), keyboard)
    if message.chat.type == ChatType.PRIVATE:
        await offer_commands(desk, chat, wish.language)


async def _forget(desk: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, wish: Forget) -> None:
    chat = message.chat.id
    phrases = await desk.phrases_for(chat, query.from_user)  # before the chosen language is forgotten
    if wish.confirmed:
        await privacy.forget(chat, chats=desk.chats, subjects=desk.subjects)
    await desk.gateway.answer_callback(query.id)
    await _change(desk, message, messages.erased_text(phrases) if wish.confirmed else messages.not_erased_text(phrases))
    if wish.confirmed:
        await offer_commands(desk, chat, None)


async def _change(
    desk: HandlerContext, message: MaybeInaccessibleMessage, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Change the message with the button; where that is gone or too old, write a new one."""
    if not await desk.gateway.edit(message.chat.id, message.message_id, text, keyboard=keyboard):
        await _send(desk, message, text, keyboard)


async def _send(
    desk: HandlerContext, message: MaybeInaccessibleMessage, text: str, keyboard: InlineKeyboardMarkup | None
) -> None:
    quoted = message.message_id if message.chat.type != ChatType.PRIVATE else None
    await desk.gateway.send(message.chat.id, text, keyboard=keyboard, reply_to=quoted)


async def _say_out_of_date(desk: HandlerContext, query: CallbackQuery) -> None:
    text = sentences.out_of_date(desk.phrases_by_telegram(query.from_user))
    await desk.gateway.answer_callback(query.id, text)
