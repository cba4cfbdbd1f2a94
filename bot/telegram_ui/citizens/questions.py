"""Handles a citizen's question, or a message that is not text."""

from telegram import InlineKeyboardMarkup, Message

from bot.answers.answer import Found, NotFound, outcome_of
from bot.answers.decision import Decision
from bot.answers.reply import Target
from bot.answers.service import Answered, answer_question, depends_on_chat
from bot.answers.snapshot import Snapshot
from bot.i18n.message import Translator
from bot.inbox.questions import AskedQuestion, asked_question
from bot.metrics import ANSWERS
from bot.telegram_ui import texts
from bot.telegram_ui.buttons import RenderMode
from bot.telegram_ui.chat_memory import RememberedQuestion
from bot.telegram_ui.citizens.feedback import none_of_these_button, with_rating
from bot.telegram_ui.citizens.tickets import buttons_of_answer, fewer_options, pass_to_staff
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.typing_indicator import typing_if_slow


async def answer(context: HandlerContext, message: Message, text: str) -> None:
    """Answer a question in its own language."""
    chat, snapshot = message.chat.id, context.snapshot()
    remembered = RememberedQuestion(text, context.memory.conversations.of(chat, context.now()))
    async with typing_if_slow(context.sender, chat):
        answered = await _answered(context, message, text, snapshot)
    ANSWERS.labels(outcome_of(answered.decision.answer), answered.language).inc()
    asked = asked_question(text, answered.decision, snapshot, chat, context.now())
    translator = context.translator_in(answered.language)
    if await pass_to_staff(context, message, asked, answered.decision.answer, translator):
        return
    keyboard = _keyboard(context, chat, answered, asked, translator)
    sent = await context.respond(message, answered.reply.text, keyboard)
    if sent is not None and context.roles.cached_role(chat):
        context.memory.asked[chat, sent] = remembered
    if asked is not None:
        if asked.is_unanswered or isinstance(answered.decision.answer, NotFound):
            context.memory.refused[chat] = (asked.id, context.now())
        await context.inbox.collector.collect(asked)


async def _answered(context: HandlerContext, message: Message, text: str, snapshot: Snapshot) -> Answered:
    preferred = None
    if depends_on_chat(text):  # most questions do not need this look-up
        preferred = (await context.translator_for(message.chat.id, message.from_user)).language
    return answer_question(
        text,
        chat=message.chat.id,
        now=context.now(),
        snapshot=snapshot,
        conversations=context.memory.conversations,
        translator_in=context.translator_in,
        preferred=preferred,
    )


def _keyboard(
    context: HandlerContext, chat: int, answered: Answered, asked: AskedQuestion | None, translator: Translator
) -> InlineKeyboardMarkup | None:
    """The options of a reply, the buttons of a refusal, and the feedback row."""
    answer, options, subject = answered.decision.answer, answered.reply.options, _subject(answered.decision)
    refusal = buttons_of_answer(context, asked, answer, translator)
    keyboard = context.keyboards.options(
        fewer_options(options, translator) if refusal else options,
        chat,
        language=answered.language,
        mode=RenderMode.NEW_MESSAGE,
        subject=subject,
        also=[*none_of_these_button(asked, answer, len(options), translator), *refusal],
        below=context.edit_button(chat, subject, translator),
    )
    return with_rating(context, keyboard, asked, chat, translator)


async def say_text_only(context: HandlerContext, message: Message) -> None:
    """Say that the bot reads only text; not too often, and once for an album.

    An album gets one reaction: none for its pictures if its caption was answered. If the caption comes later, its
    answer replaces this notice.
    """
    album = (message.chat.id, message.media_group_id) if message.media_group_id else None
    if album in context.memory.albums or not context.limits.text_only_notice.is_due(message.chat.id, context.now()):
        return
    translator = await context.translator_for(message.chat.id, message.from_user)
    sent = await context.respond(message, texts.text_only(translator))
    if album:
        context.memory.albums[album] = sent


def _subject(decision: Decision) -> Target | None:
    """The single project, area or overview that the answer is about, or None."""
    if not isinstance(decision.answer, Found) or len(decision.answer.findings) != 1:
        return None
    match = decision.answer.findings[0].match
    return Target("project", match.project.id) if match.project else Target("area", match.area.id)
