"""The facts of a project in `/edit`: choose one, and replace its statement in one language."""

from telegram import CallbackQuery

from bot.i18n.languages import language_name
from bot.i18n.message import Translator
from bot.knowledge import Fact, Sentence
from bot.telegram_ui.buttons import AskStatement, EditFact, EditProject, ListFacts
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedField
from bot.telegram_ui.keyboards import Button, shorten_label
from bot.telegram_ui.staff.edit import format_no_project, format_text_request, format_texts, project_of


async def list_facts(context: StaffContext, query: CallbackQuery, data: ListFacts, translator: Translator) -> None:
    project = await project_of(context, query, data.project, translator)
    if project is None:
        return
    default = context.city.default_language
    buttons: list[Button] = [
        (shorten_label(fact.statement.in_language(translator.language, default)), EditFact(project.id, number))
        for number, fact in enumerate(project.facts)
    ]
    buttons.append((translator.gettext("« Back"), EditProject(project.id)))
    question = translator.gettext("Which fact do you want to change?")
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id))


async def show_fact(context: StaffContext, query: CallbackQuery, data: EditFact, translator: Translator) -> None:
    """Show a fact in every language, with a button for each."""
    fact = await _fact(context, query, data, translator)
    if fact is None:
        return
    buttons: list[Button] = [
        (language_name(code), AskStatement(data.project, data.number, code)) for code in context.city.offered_languages
    ]
    buttons.append((translator.gettext("« Back"), ListFacts(data.project)))
    question = f"{format_texts(fact.statement)}\n\n" + translator.gettext("In which language?")
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id))


async def ask_statement(
    context: StaffContext, query: CallbackQuery, data: AskStatement, translator: Translator
) -> None:
    fact, person = await _fact(context, query, data, translator), query.from_user.id
    if fact is None:
        return
    context.pending.inputs[person] = ExpectedField(data.project, "statement", data.language, context.now(), fact.id)
    await context.show(query, format_text_request(data.language, Sentence.limit, translator), new_message=True)


async def _fact(
    context: StaffContext, query: CallbackQuery, data: EditFact | AskStatement, translator: Translator
) -> Fact | None:
    """The fact of a button; None, after a message, if it no longer exists."""
    project = await project_of(context, query, data.project, translator)
    if project is None:
        return None
    if data.number < len(project.facts):
        return project.facts[data.number]
    await context.show(query, format_no_project(translator), new_message=True)
    return None
