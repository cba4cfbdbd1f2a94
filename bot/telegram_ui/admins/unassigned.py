"""A text that an admin with an open draft sends without pressing a button; it may be meant for the draft.

The text is only in memory, until the admin presses a button; after a restart it must be sent again.
"""

from telegram import CallbackQuery, Message

from bot.i18n.languages import LANGUAGES, language_name
from bot.i18n.message import Translator
from bot.telegram_ui.admins.inputs import receive_part
from bot.telegram_ui.broadcast_buttons import AnswerAsQuestion, UseText
from bot.telegram_ui.citizens.questions import answer
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedPart, OpenComposer
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.message_parser import text_of


async def ask_language(context: StaffContext, message: Message, expected: OpenComposer, translator: Translator) -> None:
    """Ask which language of the draft the text is for; after the draft is done, a text is a question."""
    person = message.chat.id
    draft = await context.broadcasts.store.broadcast(expected.broadcast)
    if draft is None or draft.state != "draft" or draft.author != person:
        context.pending.inputs.pop(person, None)
        await answer(context, message, text_of(message))
        return
    context.pending.texts[person] = message
    question = translator.gettext(
        "You are writing {number}. For which language is this text? If it is a question to me, press the last button.",
        number=draft.number,
    )
    buttons: list[Button] = [(language_name(code), UseText(draft.id, code)) for code in LANGUAGES]
    await context.notify(person, question, *buttons, (translator.gettext("It is a question"), AnswerAsQuestion()))


async def use_text(context: StaffContext, query: CallbackQuery, data: UseText, translator: Translator) -> None:
    if message := await _take(context, query, translator):
        expected = ExpectedPart(data.broadcast, "text", data.language, context.now())
        context.pending.inputs[query.from_user.id] = expected  # an unusable text may be sent again
        await receive_part(context, message, expected, translator)


async def answer_as_question(
    context: StaffContext, query: CallbackQuery, _: AnswerAsQuestion, translator: Translator
) -> None:
    if message := await _take(context, query, translator):
        await answer(context, message, text_of(message))


async def _take(context: StaffContext, query: CallbackQuery, translator: Translator) -> Message | None:
    """The waiting text; None, after a message, if it no longer exists."""
    message = context.pending.texts.pop(query.from_user.id, None)
    if message is None:
        await context.show(query, translator.gettext("I no longer have this text. Please send it again."))
    return message
