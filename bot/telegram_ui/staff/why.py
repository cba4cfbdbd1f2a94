"""`/why`: explains the bot's answer to a question."""

from telegram import Message

from bot.answers.explain import explain
from bot.answers.requests import decide_message
from bot.i18n.message import Translator
from bot.inbox.explanation import format_explanation
from bot.telegram_ui.chat_memory import RememberedQuestion
from bot.telegram_ui.context import StaffContext


async def explain_answer(context: StaffContext, message: Message, argument: str, translator: Translator) -> None:
    """Explain the answer to the given text, or the answer that the message replies to."""
    asked = RememberedQuestion(argument) if argument else _asked(context, message)
    if asked is None:
        usage = translator.gettext(
            "Send /why as a reply to one of my answers, or write the question after it: /why when does heating start"
        )
        await context.send(message.chat.id, usage)
        return
    snapshot = context.snapshot()
    decision, _ = decide_message(asked.text, snapshot, asked.focus)
    await context.send(message.chat.id, format_explanation(explain(decision, snapshot), snapshot, translator))


def _asked(context: StaffContext, message: Message) -> RememberedQuestion | None:
    """The question in the message that this one replies to, or the question that this message answered."""
    replied_to = message.reply_to_message
    if replied_to is None:
        return None
    by_bot = replied_to.from_user is not None and replied_to.from_user.id == context.bot.id
    if not by_bot:
        return RememberedQuestion(replied_to.text) if replied_to.text else None
    return context.memory.asked.get((message.chat.id, replied_to.message_id))
