"""Staff answer a ticket: with a reply in their own words, or with a project."""

from collections.abc import Sequence

from telegram import CallbackQuery, Message

from bot.answers.requests import decide_message
from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.i18n.text_length import utf16_length
from bot.inbox.tickets import messages as texts
from bot.inbox.tickets.model import MAX_ANSWER, Accepted, AnswerResult, NotOpen, Ticket, project_answer, project_of
from bot.knowledge import Project
from bot.people.roles import has_role
from bot.telegram_ui import texts as common
from bot.telegram_ui.buttons import AnswerWithProject, ChooseProject
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import is_original_message
from bot.telegram_ui.keyboards import Button, paged, shorten_label
from bot.telegram_ui.message_parser import ParsedMessage, TextMessage

#: The number of projects that are offered first, and the projects on a page of an area.
_LIKELIEST, _PAGE = 3, 8


async def ticket_replied_to(context: StaffContext, message: Message) -> int | None:
    """The ticket that a message replies to, in the staff chat or a private one, or None.

    It is read from the message's button, signed for this chat, so that a reply works even before the message was
    recorded as sent. For messages without that button it is read from the storage.
    """
    replied_to, chat = message.reply_to_message, message.chat.id
    if replied_to is None or replied_to.from_user is None or replied_to.from_user.id != context.bot.id:
        return None
    if chat < 0 and chat != context.staff_chat_id:
        return None
    if (shown := _ticket_of_button(context, replied_to)) is not None:
        return shown
    try:
        ticket = await context.tickets.store.ticket_at(chat, replied_to.message_id)
    except StorageError:
        if chat == context.staff_chat_id or context.roles.cached_role(chat):
            raise  # staff read that nothing was stored; a citizen's question needs no storage
        return None
    return None if ticket is None else ticket.id


def _ticket_of_button(context: StaffContext, message: Message) -> int | None:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    for button in (button for row in rows for button in row):
        data = context.keyboards.codec.unpack(str(button.callback_data or ""), message.chat.id)
        if isinstance(data, ChooseProject):
            return data.ticket
    return None


async def receive_reply(context: StaffContext, message: Message, parsed: ParsedMessage, ticket: int) -> None:
    """Answer a ticket with the text of a reply, if its writer has the role at this moment."""
    person = message.from_user
    translator = await context.translator_for(person.id if person else message.chat.id, person)
    if person is None or not is_original_message(message):
        await _respond(context, message, texts.only_as_yourself(translator))
    elif not has_role(await context.roles.role_of(person.id), "staff"):
        await _respond(context, message, common.only_for_staff(person.id, "staff", translator))
    elif not isinstance(parsed, TextMessage) or not parsed.text or not message.text:
        await _respond(context, message, texts.text_only_answer(translator))
    elif utf16_length(parsed.text) > MAX_ANSWER:
        await _respond(context, message, texts.answer_too_long(translator))
    else:
        result = await context.tickets.answer(ticket, person.id, parsed.text)
        await _respond(context, message, _outcome(context, result, person.id, parsed.text, translator))


async def choose_project(
    context: StaffContext, query: CallbackQuery, data: ChooseProject, translator: Translator
) -> None:
    """Offer the most likely projects and all areas, or the projects of an area."""
    message, ticket = query.message, await context.tickets.store.ticket(data.ticket)
    if message is None:
        return
    if ticket is None or ticket.state != "open":
        text = texts.ticket_not_found(translator) if ticket is None else _not_open(context, ticket, translator)
        await context.sender.send(message.chat.id, text, reply_to=message.message_id)
        return
    buttons = _projects(context, data, translator) if data.area else _first_choice(context, ticket, translator)
    keyboard, text = context.keyboards.pairs(buttons, message.chat.id), texts.choose_project(ticket.id, translator)
    if data.area or data.page > 1:
        await context.show(query, text, keyboard)
    else:
        await context.sender.send(message.chat.id, text, keyboard=keyboard, reply_to=message.message_id)


async def answer_with_project(
    context: StaffContext, query: CallbackQuery, data: AnswerWithProject, translator: Translator
) -> None:
    """Answer a ticket with what the bot says about a project."""
    if data.project not in context.knowledge.project_by_id:
        await context.show(query, common.out_of_date(translator))
        return
    answer = project_answer(data.project)
    result = await context.tickets.answer(data.ticket, query.from_user.id, answer)
    await context.show(query, _outcome(context, result, query.from_user.id, answer, translator))


def _outcome(context: StaffContext, result: AnswerResult, person: int, answer: str, translator: Translator) -> str:
    match result:
        case None:
            return texts.ticket_not_found(translator)
        case Accepted(ticket):
            return texts.format_accepted(ticket, translator)
        case NotOpen(ticket) if ticket.state == "answered" and (ticket.answered_by, ticket.answer) == (person, answer):
            return texts.format_accepted(ticket, translator)  # the same update came again after a crash
        case NotOpen(ticket):
            return _not_open(context, ticket, translator)


def _not_open(context: StaffContext, ticket: Ticket, translator: Translator) -> str:
    project = context.knowledge.project_by_id.get(project_of(ticket.answer) or "")
    title = context.title_of(project, translator) if project else ""
    return texts.format_not_open(ticket, title or ticket.answer, translator)


def _first_choice(context: StaffContext, ticket: Ticket, translator: Translator) -> list[Button]:
    snapshot = context.snapshot()
    decision, _ = decide_message(ticket.text, snapshot)
    scores = snapshot.engine.entry_scores(decision.interpretation.scores)
    projects = sorted(snapshot.knowledge.projects, key=lambda project: scores[project.id], reverse=True)
    areas: list[Button] = [
        (shorten_label(context.title_of(area, translator)) + " …", ChooseProject(ticket.id, area.id))
        for area in snapshot.knowledge.areas
    ]
    return [*_project_buttons(context, ticket.id, projects[:_LIKELIEST], translator), *areas]


def _projects(context: StaffContext, data: ChooseProject, translator: Translator) -> list[Button]:
    """A page of an area's projects, with "More" if there is another one."""
    more: Button = (translator.gettext("More"), ChooseProject(data.ticket, data.area, data.page + 1))
    buttons = _project_buttons(context, data.ticket, context.knowledge.projects_of(data.area), translator)
    return paged(buttons, data.page, _PAGE, more)


def _project_buttons(
    context: StaffContext, ticket: int, projects: Sequence[Project], translator: Translator
) -> list[Button]:
    return [
        (shorten_label(context.title_of(project, translator)), AnswerWithProject(ticket, project.id))
        for project in projects
    ]


async def _respond(context: StaffContext, message: Message, text: str) -> None:
    await context.sender.send(message.chat.id, text, reply_to=message.message_id)
