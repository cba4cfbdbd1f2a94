"""Removes buttons that were pressed."""

from telegram import InlineKeyboardMarkup, MaybeInaccessibleMessage, Message

from bot.telegram_ui.buttons import CallbackData
from bot.telegram_ui.context import HandlerContext


async def remove_buttons(context: HandlerContext, message: MaybeInaccessibleMessage, kind: type[CallbackData]) -> None:
    """Show the message without the buttons of a kind; if it is too old to be edited, they stay."""
    if not isinstance(message, Message) or message.reply_markup is None or not message.text:
        return
    codec, chat = context.keyboards.codec, message.chat.id
    rows = [
        [button for button in row if not isinstance(codec.unpack(str(button.callback_data or ""), chat), kind)]
        for row in message.reply_markup.inline_keyboard
    ]
    left = [row for row in rows if row]
    await context.sender.edit(
        chat, message.message_id, message.text, keyboard=InlineKeyboardMarkup(left) if left else None
    )
