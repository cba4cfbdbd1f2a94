"""The buttons that everyone may press."""

from telegram import CallbackQuery, InlineKeyboardMarkup, MaybeInaccessibleMessage
from telegram.constants import ChatType

from bot.people import messages, privacy
from bot.telegram_ui import texts
from bot.telegram_ui.bot_profile import offer_commands
from bot.telegram_ui.buttons import ChooseLanguage, Forget, OpenTarget, RenderMode
from bot.telegram_ui.citizens.command_handlers import language_keyboard, target_view
from bot.telegram_ui.context import HandlerContext


async def open_target(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: OpenTarget
) -> None:
    """Show a project, an area or the overview; does not access the storage."""
    browse = data.mode is RenderMode.EDIT
    view = target_view(context, message.chat.id, data.target, context.translator_in(data.language), browse=browse)
    if view is None:
        await say_out_of_date(context, query)
        return
    await context.sender.answer_callback(query.id)
    if data.mode is RenderMode.NEW_MESSAGE:
        await context.send_below(message, *view)
    else:
        await _edit(context, message, *view)


async def choose_language(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: ChooseLanguage
) -> None:
    chat = message.chat.id
    await context.chats.choose_language(chat, data.language)
    await context.sender.answer_callback(query.id)
    translator = await context.translator_for(chat, query.from_user)
    keyboard = language_keyboard(context, chat, data.language, translator)
    await _edit(context, message, texts.language_is_chosen(translator, own=data.language is not None), keyboard)
    if message.chat.type == ChatType.PRIVATE:
        await offer_commands(context, chat, data.language)


async def answer_forget(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: Forget
) -> None:
    chat = message.chat.id
    translator = await context.translator_for(chat, query.from_user)  # read before the chosen language is erased
    if data.confirmed:
        await privacy.forget(chat, chats=context.chats, conversations=context.memory.conversations)
        context.inbox.collector.forget(chat)
    await context.sender.answer_callback(query.id)
    text = messages.erased_text(translator) if data.confirmed else messages.not_erased_text(translator)
    await _edit(context, message, text)
    if data.confirmed:
        await offer_commands(context, chat, None)


async def say_out_of_date(context: HandlerContext, query: CallbackQuery) -> None:
    text = texts.out_of_date(context.translator_by_telegram(query.from_user))
    await context.sender.answer_callback(query.id, text)


async def _edit(
    context: HandlerContext, message: MaybeInaccessibleMessage, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Edit the message with the button; send a new one if it was deleted or is too old."""
    if not await context.sender.edit(message.chat.id, message.message_id, text, keyboard=keyboard):
        await context.send_below(message, text, keyboard)
