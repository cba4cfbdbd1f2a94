"""Feedback on answers: two buttons under at most every third answer, and "None of these"."""

from collections.abc import Sequence

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, MaybeInaccessibleMessage

from bot.answers.answer import Answer, Several, Unsure
from bot.answers.reply import MAX_OPTIONS
from bot.i18n.message import Translator
from bot.inbox.questions import AskedQuestion, is_about_the_city
from bot.telegram_ui.buttons import CallbackData, NoneOfThese, RateAnswer
from bot.telegram_ui.citizens.markup import remove_buttons
from bot.telegram_ui.citizens.tickets import refusal_buttons
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import MAX_ROWS, Button, Keyboards

#: The number of replies before an answer asks for feedback again.
_REPLIES_BETWEEN = 3


def none_of_these_button(
    asked: AskedQuestion | None, answer: Answer, options: int, translator: Translator
) -> Sequence[Button]:
    """The button next to the options when the bot asks back; empty if there is no room."""
    if asked is None or options >= MAX_OPTIONS or not isinstance(answer, Several | Unsure):
        return ()
    return ((translator.gettext("None of these"), NoneOfThese(asked.id)),)


def with_rating(
    context: HandlerContext,
    keyboard: InlineKeyboardMarkup | None,
    asked: AskedQuestion | None,
    chat: int,
    translator: Translator,
) -> InlineKeyboardMarkup | None:
    """The keyboard plus a row that asks for feedback, if it is time to ask and there is room.

    Groups and staff are not asked.
    """
    replies = context.memory.replies_since_feedback.get(chat, 0) + 1
    context.memory.replies_since_feedback[chat] = replies
    rows = list(keyboard.inline_keyboard) if keyboard else []
    fits = len(rows) < MAX_ROWS and sum(map(len, rows)) <= MAX_OPTIONS - 2
    is_answer = asked is not None and is_about_the_city(asked)
    if replies < _REPLIES_BETWEEN or not fits or not is_answer or chat < 0 or context.roles.cached_role(chat):
        return keyboard
    context.memory.replies_since_feedback[chat] = 0
    return InlineKeyboardMarkup([*rows, rating_row(context.keyboards, asked.id if asked else 0, chat, translator)])


def rating_row(keyboards: Keyboards, question: int, chat: int, translator: Translator) -> list[InlineKeyboardButton]:
    gettext = translator.gettext
    labels: list[tuple[str, CallbackData]] = [
        (gettext("👍 Helpful"), RateAnswer(question, helpful=True)),
        (gettext("👎 Not helpful"), RateAnswer(question, helpful=False)),
    ]
    return keyboards.row(labels, chat)


async def rate(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: RateAnswer
) -> None:
    """Count the feedback once, thank in a popup, and remove the two buttons."""
    translator = await context.translator_for(message.chat.id, query.from_user)
    await context.inbox.collector.rate(data.question, message.chat.id, helpful=data.helpful)
    thanks = translator.gettext("Thank you.")
    noted = translator.gettext("Thank you. Your question goes to the city's staff, without your name.")
    await context.sender.answer_callback(query.id, thanks if data.helpful else noted)
    await remove_buttons(context, message, RateAnswer)


async def none_of_these(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: NoneOfThese
) -> None:
    """Store the question as an unanswered one."""
    chat = message.chat.id
    translator = await context.translator_for(chat, query.from_user)
    await context.sender.answer_callback(query.id)
    known = await context.inbox.collector.reject(data.question, chat, "none_of_these")
    await remove_buttons(context, message, NoneOfThese)
    if known:
        text = translator.gettext(
            "Then I do not know the answer yet. Your question goes to the city's staff, without your name."
        )
        keyboard = context.keyboards.rows(refusal_buttons(context, data.question, translator), chat)
    else:
        text = translator.gettext("Then I do not know the answer yet. Please ask once more in other words.")
        keyboard = None
    context.memory.refused[chat] = (data.question, context.now())
    await context.send_below(message, text, keyboard)
