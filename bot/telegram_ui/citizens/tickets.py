"""The citizen's side of tickets: asking the city's staff, waiting for news, and saying whether the answer helped."""

from datetime import timedelta
from typing import NamedTuple

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message

from bot.answers.answer import Answer, Emergency, NotFound, Smalltalk
from bot.answers.reply import Option, Target
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.inbox.masking import mask
from bot.inbox.questions import AskedQuestion
from bot.inbox.tickets import messages as texts
from bot.inbox.tickets.model import NewTicket, TooMany, Wish
from bot.matching.normalize import language_of
from bot.telegram_ui.buttons import AskCity, TellMe, WasThisIt
from bot.telegram_ui.citizens.markup import remove_buttons
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import Button

#: How long the bot waits for a citizen's question to staff, and remembers its last unanswered question.
_QUESTION_TIMEOUT = timedelta(minutes=15)
#: The most options of a reply that leave room for the two buttons of a refusal.
_MAX_OPTIONS = 3


class _Question(NamedTuple):
    """A question that can be passed on to staff."""

    text: str  #: masked
    group: int | None
    language: Language | None
    id: int


def refusal_buttons(context: HandlerContext, question: int, translator: Translator) -> list[Button]:
    """The buttons under a refusal: ask the staff, if there are any, and be told later."""
    tell: Button = (translator.gettext("Tell me when you know"), TellMe(question))
    return [*_ask_button(context, question, translator), tell]


def _ask_button(context: HandlerContext, question: int, translator: Translator) -> list[Button]:
    return [(translator.gettext("Ask the city"), AskCity(question))] if context.tickets.can_be_asked() else []


def buttons_of_answer(
    context: HandlerContext, asked: AskedQuestion | None, answer: Answer, translator: Translator
) -> list[Button]:
    """The buttons under an answer, if it is a refusal.

    A topic that the city has entered belongs to no group, so it has no button to be told later.
    """
    if asked is None or not isinstance(answer, NotFound):
        return []
    buttons = refusal_buttons if asked.is_unanswered else _ask_button
    return buttons(context, asked.id, translator)


def fewer_options(options: tuple[Option, ...], translator: Translator) -> tuple[Option, ...]:
    """The options of a refusal, limited so that its two buttons fit below."""
    if len(options) <= _MAX_OPTIONS:
        return options
    return (*options[: _MAX_OPTIONS - 1], Option(translator.gettext("More"), Target("overview")))


# --- Citizens who want a person ---


async def pass_to_staff(
    context: HandlerContext, message: Message, asked: AskedQuestion | None, answer: Answer, translator: Translator
) -> bool:
    """Pass on a message that asks for a person, or the question that followed; return False for any other."""
    expected_at = context.memory.expected_questions.pop((message.chat.id, _asker(message)), None)
    if isinstance(answer, Emergency) or not context.tickets.can_be_asked():
        return False
    if isinstance(answer, Smalltalk) and answer.intent == "human":
        await _call_person(context, message, translator)
        return True
    if asked is None or expected_at is None or context.now() - expected_at > _QUESTION_TIMEOUT:
        return False
    group = await context.inbox.collect(asked) if asked.is_unanswered else None
    language = language_of(asked.text)  # by letters: a story may look like words of another keyboard
    if language is not None:
        translator = context.translator_in(language)
    question = _Question(mask(asked.text), group, language or asked.language, asked.id)
    await context.respond(message, await _open(context, message, _asker(message), question, translator))
    return True


async def _call_person(context: HandlerContext, message: Message, translator: Translator) -> None:
    """Pass on the recent unanswered question, or else ask for a question."""
    chat, person = message.chat.id, _asker(message)
    number, at = context.memory.refused.pop(chat, (0, context.now()))
    question = await _find(context, number, chat) if number and context.now() - at <= _QUESTION_TIMEOUT else None
    if question is not None:
        await context.respond(message, await _open(context, message, person, question, translator))
        return
    context.memory.expected_questions[chat, person] = context.now()
    text = texts.write_question(context.snapshot().knowledge.city, context.now(), translator)
    await context.respond(message, text)


def _asker(message: Message) -> int:
    return message.from_user.id if message.from_user else message.chat.id


# --- Buttons ---


async def ask_city(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: AskCity
) -> None:
    """Open a ticket for a question."""
    translator, question = await _asked(context, query, message, data.question)
    if question is None:
        await context.sender.answer_callback(query.id, texts.question_unknown(translator))
        return
    text = await _open(context, message, query.from_user.id, question, translator)
    await context.sender.answer_callback(query.id)
    await remove_buttons(context, message, AskCity)
    await context.send_below(message, text)


async def tell_me(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: TellMe
) -> None:
    """Store the request to be told when the group of a question is taught."""
    translator, question = await _asked(context, query, message, data.question)
    if question is None or question.group is None:
        await context.sender.answer_callback(query.id, texts.question_unknown(translator))
        return
    wish = Wish(
        chat=message.chat.id,
        person=query.from_user.id,
        group=question.group,
        message=message.message_id,
        language=question.language or translator.language,
        created_at=context.now(),
    )
    noted = await context.tickets.store.keep_wish(wish)
    await context.sender.answer_callback(query.id)
    await remove_buttons(context, message, TellMe)
    await context.send_below(message, texts.wish_noted(translator) if noted else texts.too_many_wishes(translator))


async def was_this_it(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, data: WasThisIt
) -> None:
    """Close the ticket, or reopen it."""
    translator = await context.translator_for(message.chat.id, query.from_user)
    ticket = await context.tickets.store.ticket(data.ticket)
    if ticket is not None and ticket.state == "answered" and ticket.person != query.from_user.id:
        await context.sender.answer_callback(query.id, texts.only_the_asker(translator))
        return
    if data.helped:
        await context.tickets.store.close_ticket(data.ticket)
        await context.sender.answer_callback(query.id, translator.gettext("Thank you."))
        await remove_buttons(context, message, WasThisIt)
        return
    is_open = await context.tickets.reopen(data.ticket)
    await context.sender.answer_callback(query.id)
    await remove_buttons(context, message, WasThisIt)
    if is_open:
        await context.send_below(message, texts.reopened(translator))


async def _open(
    context: HandlerContext, message: MaybeInaccessibleMessage, person: int, question: _Question, translator: Translator
) -> str:
    """Open a ticket for a question; return the message for the citizen."""
    opened = await context.tickets.open(
        NewTicket(
            question=question.id,
            chat=message.chat.id,
            person=person,
            message=message.message_id,
            language=question.language or translator.language,
            text=question.text,
            group=question.group,
        )
    )
    if isinstance(opened, TooMany):
        return texts.too_many_tickets(translator)
    return texts.format_opened(opened.ticket, context.snapshot().knowledge.city, context.now(), translator)


async def _asked(
    context: HandlerContext, query: CallbackQuery, message: MaybeInaccessibleMessage, number: int
) -> tuple[Translator, _Question | None]:
    """The question of a button, and the language of the reply."""
    question = await _find(context, number, message.chat.id)
    if question is not None and question.language is not None:
        return context.translator_in(question.language), question
    return await context.translator_for(message.chat.id, query.from_user), question


async def _find(context: HandlerContext, number: int, chat: int) -> _Question | None:
    """A collected question; from memory until it is stored."""
    await context.inbox.collector.wait_until_stored(number)
    stored = await context.inbox.store.question(number)
    if stored is not None:
        return _Question(stored.text, stored.group, stored.language, number)
    text = context.inbox.collector.text_of(number, chat)
    return None if text is None else _Question(mask(text), None, language_of(text), number)
