"""A question comes in, an answer goes out."""

from telegram import Message

from bot.answers.answer import Found
from bot.answers.decision import Decision
from bot.answers.reply import Target
from bot.answers.service import answer_question
from bot.matching.normalize import language_of
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import RenderMode


async def answer(desk: HandlerContext, message: Message, text: str) -> None:
    """Answer a question in its own language."""
    chat, preferred = message.chat.id, None
    async with desk.typing_if_slow(chat):
        if language_of(text) is None:  # only then it matters what else the person speaks
            preferred = (await desk.phrases_for(chat, message.from_user)).language
        answered = answer_question(
            text,
            chat=chat,
            now=desk.now(),
            snapshot=desk.snapshot(),
            subjects=desk.subjects,
            phrases_in=desk.phrases_in,
            preferred=preferred,
        )
    subject = _subject(answered.decision)
    keyboard = desk.keyboards.options(
        answered.reply.options,
        chat,
        language=answered.language,
        manner=RenderMode.BELOW,
        subject=subject,
        below=desk.for_staff(chat, subject, desk.phrases_in(answered.language)),
    )
    await desk.respond(message, answered.reply.text, keyboard)


async def say_what_can_be_read(desk: HandlerContext, message: Message) -> None:
    """One polite line for a picture, a voice or a sticker; none for the other pictures of an album."""
    if desk.only_text.is_due(message.chat.id, desk.now()):
        phrases = await desk.phrases_for(message.chat.id, message.from_user)
        await desk.respond(message, sentences.only_text(phrases))


def _subject(decision: Decision) -> Target | None:
    """The one thing that the answer is about."""
    if not isinstance(decision.answer, Found) or len(decision.answer.findings) != 1:
        return None
    match = decision.answer.findings[0].match
    return Target("project", match.project.id) if match.project else Target("area", match.area.id)
