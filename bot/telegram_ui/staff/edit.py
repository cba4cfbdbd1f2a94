"""`/edit`: change a project's status, note, date, expected completion or summary with buttons, one text at a time."""

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from bot.answers.answer import projects_of
from bot.answers.decision import decide
from bot.i18n.dates import parse_date
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import Translator
from bot.knowledge import Project, Status, Translated
from bot.knowledge.edits import EDITABLE, Edit, EditableField
from bot.telegram_ui.buttons import (
    AskText,
    ClearField,
    EditField,
    EditProject,
    ListFacts,
    ListProjects,
    SetStatus,
    SetToday,
)
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedField
from bot.telegram_ui.keyboards import Button, View, paged, shorten_label
from bot.telegram_ui.message_parser import text_of
from bot.telegram_ui.staff.review import show_drafted

#: Projects, and areas, on one page; Telegram allows a hundred buttons, but people read far fewer.
_PAGE, _AREAS = 8, 20

#: The question about a field, and the buttons to choose from.
Question: TypeAlias = tuple[str, list[Button]]
Choices: TypeAlias = Callable[[StaffContext, Project, EditableField, Translator], Question]


async def start_edit(context: StaffContext, message: Message, wanted: str, translator: Translator) -> None:
    """Show the areas to choose from, or the projects that match the text after the command."""
    context.pending.edits.pop(message.chat.id, None)
    projects = _find_projects(context, wanted) if wanted else []
    if not projects:
        text = translator.gettext("Which project do you want to change? Choose its area.")
        if wanted:
            text = translator.gettext("I found no project for this. Choose its area.")
        await context.send(message.chat.id, text, _areas(context, message.chat.id, translator))
        return
    if len(projects) == 1:
        await context.send(message.chat.id, *_project_menu(context, projects[0], message.chat.id, translator))
        return
    buttons = [_edit_button(context, project, translator) for project in projects]
    await context.send(
        message.chat.id, translator.gettext("Which one?"), context.keyboards.pairs(buttons, message.chat.id)
    )


async def list_projects(
    context: StaffContext, query: CallbackQuery, data: ListProjects, translator: Translator
) -> None:
    """Show the projects of an area, a page at a time; without an area, the areas."""
    knowledge, chat = context.knowledge, query.from_user.id
    area = knowledge.area_by_id.get(data.area)
    if area is None:
        text = translator.gettext("Which project do you want to change? Choose its area.")
        await context.show(query, text, _areas(context, chat, translator, data.page))
        return
    projects = [_edit_button(context, project, translator) for project in knowledge.projects_of(area.id)]
    more: Button = (translator.gettext("More"), ListProjects(area.id, data.page + 1))
    back: Button = (translator.gettext("« All areas"), ListProjects(""))
    keyboard = context.keyboards.pairs([*paged(projects, data.page, _PAGE, more), back], chat)
    await context.show(query, context.title_of(area, translator), keyboard)


async def show_project(context: StaffContext, query: CallbackQuery, data: EditProject, translator: Translator) -> None:
    """Show the editable fields with their current values."""
    if project := await project_of(context, query, data.project, translator):
        await context.show(query, *_project_menu(context, project, query.from_user.id, translator), new_message=True)


async def open_edit_link(context: StaffContext, message: Message, identifier: str, translator: Translator) -> None:
    """Show the same for a link in the staff chat."""
    project = context.knowledge.project_by_id.get(identifier)
    if project is None:
        await context.send(message.chat.id, format_no_project(translator))
        return
    await context.send(message.chat.id, *_project_menu(context, project, message.chat.id, translator))


async def show_field(context: StaffContext, query: CallbackQuery, data: EditField, translator: Translator) -> None:
    """Show how a field can be edited; a date may be typed at once."""
    project = await project_of(context, query, data.project, translator)
    if project is None:
        return
    if EDITABLE[data.field].kind == "day":
        offered = ExpectedField(project.id, data.field, None, context.now(), is_offered=True)
        context.pending.inputs[query.from_user.id] = offered
    question, buttons = _choices_of(data.field)(context, project, data.field, translator)
    buttons.append((translator.gettext("« Back"), EditProject(project.id)))
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id))


def _choices_of(field: EditableField) -> Choices:
    known: dict[EditableField, Choices] = {"status": _status_choices, "as_of": _date_choices, "due": _due_choices}
    return known.get(field, _text_choices)


def _status_choices(_: StaffContext, project: Project, __: EditableField, translator: Translator) -> Question:
    buttons: list[Button] = [(status.info.label.render(translator), SetStatus(project.id, status)) for status in Status]
    return translator.gettext("What is the status now?"), buttons


def _date_choices(context: StaffContext, project: Project, _: EditableField, translator: Translator) -> Question:
    day = translator.date(context.today())
    buttons: list[Button] = [
        (translator.gettext("Today, {day}", day=day), SetToday(project.id)),
        (translator.gettext("Another day"), AskText(project.id, "as_of", None)),
    ]
    return translator.gettext("On which day was this last confirmed?"), buttons


def _due_choices(_: StaffContext, project: Project, field: EditableField, translator: Translator) -> Question:
    buttons: list[Button] = [(translator.gettext("Another day"), AskText(project.id, field, None))]
    if project.due is None:
        return translator.gettext("No due date is given yet."), buttons
    buttons.append((translator.gettext("Remove"), ClearField(project.id, field)))
    return translator.gettext("Due date: {day}", day=translator.date(project.due)), buttons


def _text_choices(context: StaffContext, project: Project, field: EditableField, translator: Translator) -> Question:
    present = format_texts(getattr(project, field))
    # Without a text in the city's language the file is unusable, so an empty field starts with that language.
    codes = context.city.offered_languages if present else (context.city.default_language,)
    buttons: list[Button] = [(language_name(code), AskText(project.id, field, code)) for code in codes]
    if not present:
        return translator.gettext(
            "This is empty so far. Begin with the city's main language; “Change more” then adds the others."
        ), buttons
    if field != "summary":
        buttons.append((translator.gettext("Remove"), ClearField(project.id, field)))
    return f"{present}\n\n" + translator.gettext("In which language?"), buttons


async def set_status(context: StaffContext, query: CallbackQuery, data: SetStatus, translator: Translator) -> None:
    """Propose a status as of today; with the date of the last confirmation it would claim to have applied then."""
    today = context.today().isoformat()
    edits = [Edit(data.project, "status", None, data.status.value), Edit(data.project, "as_of", None, today)]
    await _propose(context, query.from_user.id, edits, translator)


async def set_today(context: StaffContext, query: CallbackQuery, data: SetToday, translator: Translator) -> None:
    edit = Edit(data.project, "as_of", None, context.today().isoformat())
    await _propose(context, query.from_user.id, [edit], translator)


async def clear_field(context: StaffContext, query: CallbackQuery, data: ClearField, translator: Translator) -> None:
    """Propose to remove a date, or the text of a field in every language."""
    project = context.project(query.from_user.id, data.project)
    present = getattr(project, data.field, None)
    codes = [None] if isinstance(present, date) else [code for code in LANGUAGES if getattr(present, code, None)]
    edits = [Edit(data.project, data.field, code, None) for code in codes]
    if not edits:
        await context.show(query, translator.gettext("There is nothing to remove."), new_message=True)
        return
    await _propose(context, query.from_user.id, edits, translator)


async def ask_text(context: StaffContext, query: CallbackQuery, data: AskText, translator: Translator) -> None:
    """Ask for a new text, or for a date."""
    if await project_of(context, query, data.project, translator) is None:
        return
    context.pending.inputs[query.from_user.id] = ExpectedField(data.project, data.field, data.language, context.now())
    if data.language is None:
        question = translator.gettext("Send me the day, for example {day}.", day=context.today().isoformat())
        await context.show(query, f"{question}\n{_format_ways_out(translator)}", new_message=True)
    else:
        await context.show(query, format_text_request(data.language, _limit(data.field), translator), new_message=True)


async def project_of(
    context: StaffContext, query: CallbackQuery, identifier: str, translator: Translator
) -> Project | None:
    """The project of a button; None, after a message, if it no longer exists."""
    project = context.project(query.from_user.id, identifier)
    if project is None:
        await context.show(query, format_no_project(translator), new_message=True)
    return project


def format_text_request(language: Language, limit: int, translator: Translator) -> str:
    question = translator.gettext(
        "Send me the new text in this language: {language}. At most {number} characters.",
        language=language_name(language),
        number=limit,
    )
    return f"{question}\n{_format_ways_out(translator)}"


def _format_ways_out(translator: Translator) -> str:
    return translator.gettext("/edit starts over; any other command leaves everything as it is.")


async def receive_text(
    context: StaffContext, message: Message, expected: ExpectedField, translator: Translator
) -> None:
    """Propose the text that was sent."""
    value = text_of(message).strip()
    if expected.language is None:
        day = parse_date(value)
        if day is None:
            sentence = translator.gettext(
                "I cannot read this as a date. Write it like {day}.", day=context.today().isoformat()
            )
            await context.send(message.chat.id, sentence)
            return
        if day > context.today() and expected.field == "as_of":
            sentence = translator.gettext(
                "This day is still to come. Send me the day on which this was last confirmed."
            )
            await context.send(message.chat.id, sentence)
            return
        value = day.isoformat()
    elif expected.field != "summary":
        value = " ".join(value.split())
    edit = Edit(expected.project, expected.field, expected.language, value, expected.fact)
    drafted = await _propose(context, message.chat.id, [edit], translator)
    if drafted:
        context.pending.inputs.pop(message.chat.id, None)


async def _propose(context: StaffContext, person: int, edits: list[Edit], translator: Translator) -> bool:
    """Show what the edits would change, with a button to publish them; return False if they are unusable."""
    pending = context.pending.edits.get(person)
    upon = pending.draft if pending else None
    drafted = await context.publisher.drafts.from_edits(edits, person, origin="buttons", upon=upon)
    return await show_drafted(context, person, drafted, translator, edited=edits[0].project, language=edits[0].language)


def _find_projects(context: StaffContext, wanted: str) -> list[Project]:
    """The projects that a text may mean, found as for a citizen; an id selects its project."""
    snapshot = context.publisher.live.snapshot
    if exact := snapshot.knowledge.project_by_id.get(wanted):
        return [exact]
    found = projects_of(decide(wanted, snapshot).answer)
    return [match.project for match in found.values() if match.project][:_PAGE]


def _edit_button(context: StaffContext, project: Project, translator: Translator) -> Button:
    return shorten_label(context.title_of(project, translator)), EditProject(project.id)


def _areas(context: StaffContext, chat: int, translator: Translator, page: int = 1) -> InlineKeyboardMarkup:
    areas: list[Button] = [
        (shorten_label(context.title_of(area, translator)), ListProjects(area.id)) for area in context.knowledge.areas
    ]
    more: Button = (translator.gettext("More"), ListProjects("", page + 1))
    return context.keyboards.pairs(paged(areas, page, _AREAS, more), chat)


def _project_menu(context: StaffContext, project: Project, chat: int, translator: Translator) -> View:
    gettext = translator.gettext
    lines = [
        context.title_of(project, translator),
        "",
        gettext("Status: {status}", status=project.status.info.label.render(translator)),
        gettext("As of: {day}", day=translator.date(project.as_of)),
    ]
    labels = {field: info.label.render(translator) for field, info in EDITABLE.items()}
    for field, name in labels.items():
        if EDITABLE[field].kind == "text":
            present = format_texts(getattr(project, field))
            lines.append(gettext("{name}: {text}", name=name, text=f"\n{present}" if present else "-"))
    if project.due:
        lines.append(gettext("Due date: {day}", day=translator.date(project.due)))
    buttons: list[Button] = [(label, EditField(project.id, field)) for field, label in labels.items()]
    if project.facts:
        buttons.append((gettext("Facts"), ListFacts(project.id)))
    buttons.append((gettext("« Back"), ListProjects(project.area)))
    return "\n".join(lines), context.keyboards.pairs(buttons, chat)


def format_texts(text: Translated | None) -> str:
    """The texts by language, one line each."""
    texts = [(code, getattr(text, code, None)) for code in LANGUAGES]
    return "\n".join(f"• {language_name(code)}: {words}" for code, words in texts if words)


def _limit(field: EditableField) -> int:
    annotation = Project.model_fields[field].annotation
    models = [annotation, *getattr(annotation, "__args__", ())]
    return next(model.limit for model in models if isinstance(model, type) and issubclass(model, Translated))


def format_no_project(translator: Translator) -> str:
    return translator.gettext("This project is no longer in the list. /edit shows those that are.")
