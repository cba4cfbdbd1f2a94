"""`/edit`: another status, note, day, expected completion or summary, with buttons and one text at a time."""

from collections.abc import Awaitable, Callable

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from bot.answers.answer import projects_of
from bot.answers.decision import decide
from bot.answers.labels import status_word
from bot.errors import FileError
from bot.i18n.dates import parse_date
from bot.i18n.languages import LANGUAGES, language_name
from bot.i18n.message import Translator
from bot.knowledge import KnowledgeBase, Project, Status, Translated
from bot.knowledge.diff import EDITABLE, Edit, EditableField
from bot.publishing.results import Drafted
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import (
    AskText,
    EditField,
    EditProject,
    ListProjects,
    SetStatus,
    SetToday,
    TakeOut,
)
from bot.telegram_ui.staff.context import ExpectedInput, StaffContext
from bot.telegram_ui.staff.review import show_drafted

#: Projects, and areas, that are offered at once; Telegram takes a hundred buttons, people far fewer.
_PAGE, _AREAS = 8, 20
#: Longest label of a button, in characters.
_LABEL = 60
#: 2026-11-25, 2026/11/25, 2026.11.25 and 2026年11月25日; where days come first, people put dots: 25.11.2026.
#: Shows a text with buttons: in place of what was there, or as a new message.
Show = Callable[[str, InlineKeyboardMarkup | None], Awaitable[None]]


async def begin(office: StaffContext, message: Message, wanted: str, phrases: Translator) -> None:
    """The areas to choose from; with words behind the command, the projects that they may mean."""
    knowledge = office.publisher.live.snapshot.knowledge
    projects = _meant(office, wanted) if wanted else []
    if not wanted or not projects:
        text = phrases.gettext("Which project shall be changed? Choose its area.")
        if wanted:
            text = phrases.gettext("I find no project for this. Choose its area.")
        await office.gettext(message, text, _areas(office, knowledge, message.chat.id, phrases))
        return
    if len(projects) == 1:
        await office.gettext(message, *_project_menu(office, projects[0], message.chat.id, phrases))
        return
    buttons: list[Button] = [(_title(project, knowledge, phrases), EditProject(project.id)) for project in projects]
    await office.gettext(message, phrases.gettext("Which one?"), office.desk.keyboards.pairs(buttons, message.chat.id))


async def list_projects(office: StaffContext, query: CallbackQuery, press: ListProjects, phrases: Translator) -> None:
    """The projects of an area, a page at a time; without an area, the areas."""
    knowledge, chat = office.publisher.live.snapshot.knowledge, query.from_user.id
    area = knowledge.area_by_id.get(press.area)
    if area is None:
        text = phrases.gettext("Which project shall be changed? Choose its area.")
        await office.show(query, text, _areas(office, knowledge, chat, phrases, press.page))
        return
    projects = knowledge.projects_of(area.id)
    start = (press.page - 1) * _PAGE
    buttons: list[Button] = [
        (_title(project, knowledge, phrases), EditProject(project.id)) for project in projects[start : start + _PAGE]
    ]
    if start + _PAGE < len(projects):
        buttons.append((phrases.gettext("More"), ListProjects(area.id, press.page + 1)))
    buttons.append((phrases.gettext("« All areas"), ListProjects("")))
    heading = area.title.spoken(phrases.language, knowledge.city.default_language)[0]
    await office.show(query, heading, office.desk.keyboards.pairs(buttons, chat))


async def show_project(office: StaffContext, query: CallbackQuery, press: EditProject, phrases: Translator) -> None:
    """What of a project can be changed, with what stands there now."""
    project = office.project(query.from_user.id, press.project)
    if project is None:
        await office.show(query, _no_such_project(phrases), anew=True)
        return
    await office.show(query, *_project_menu(office, project, query.from_user.id, phrases), anew=True)


async def open_project(office: StaffContext, message: Message, identifier: str, phrases: Translator) -> None:
    """The same, for a link: staff come so from their group."""
    project = office.publisher.live.snapshot.knowledge.project_by_id.get(identifier)
    if project is None:
        await office.gettext(message, _no_such_project(phrases))
        return
    await office.gettext(message, *_project_menu(office, project, message.chat.id, phrases))


async def show_field(office: StaffContext, query: CallbackQuery, press: EditField, phrases: Translator) -> None:
    """How a field can be changed."""
    project = office.project(query.from_user.id, press.project)
    if project is None:
        await office.show(query, _no_such_project(phrases), anew=True)
        return
    gettext, chat = phrases.gettext, query.from_user.id
    buttons: list[Button]
    if press.field == "status":
        buttons = [(status_word(status, phrases), SetStatus(project.id, status)) for status in Status]
        question = gettext("How far is it?")
    elif press.field == "as_of":
        day = phrases.date(office.today())
        buttons = [
            (gettext("Today, {day}", day=day), SetToday(project.id)),
            (gettext("Another day"), AskText(project.id, "as_of", None)),
        ]
        question = gettext("On which day was this last confirmed?")
    else:
        told = _texts_now(getattr(project, press.field))
        default = office.publisher.live.snapshot.knowledge.city.default_language
        # The file cannot be used while a text is missing in the city's language, so an empty field begins with it.
        codes = LANGUAGES if told else (default,)
        buttons = [(language_name(code), AskText(project.id, press.field, code)) for code in codes]
        if told and press.field != "summary":
            buttons.append((gettext("Take it out"), TakeOut(project.id, press.field)))
        question = f"{told}\n\n" + gettext("In which language?")
        if not told:
            question = gettext(
                "Nothing stands here yet. Begin with the city's main language; “Change more” then adds the others."
            )
    buttons.append((gettext("« Back"), EditProject(project.id)))
    await office.show(query, question.strip(), office.desk.keyboards.pairs(buttons, chat))


async def set_status(office: StaffContext, query: CallbackQuery, press: SetStatus, phrases: Translator) -> None:
    """Propose another status."""
    await _propose(office, query.from_user.id, [Edit(press.project, "status", None, press.status.value)], phrases)


async def set_today(office: StaffContext, query: CallbackQuery, press: SetToday, phrases: Translator) -> None:
    """Propose that it was confirmed today."""
    edit = Edit(press.project, "as_of", None, office.today().isoformat())
    await _propose(office, query.from_user.id, [edit], phrases)


async def take_out(office: StaffContext, query: CallbackQuery, press: TakeOut, phrases: Translator) -> None:
    """Propose to say nothing any more in a field, in no language."""
    project = office.project(query.from_user.id, press.project)
    text: Translated | None = getattr(project, press.field, None)
    edits = [
        Edit(press.project, press.field, code, None) for code in LANGUAGES if text is not None and getattr(text, code)
    ]
    if not edits:
        await office.show(query, phrases.gettext("There is nothing to take out."), anew=True)
        return
    await _propose(office, query.from_user.id, edits, phrases)


async def ask_text(office: StaffContext, query: CallbackQuery, press: AskText, phrases: Translator) -> None:
    """Ask for a text, or a day."""
    project = office.project(query.from_user.id, press.project)
    if project is None:
        await office.show(query, _no_such_project(phrases), anew=True)
        return
    office.prompts.put(query.from_user.id, ExpectedInput(press.project, press.field, press.language, office.desk.now()))
    if press.language is None:
        question = phrases.gettext("Send me the day, for example {day}.", day=office.today().isoformat())
    else:
        question = phrases.gettext(
            "Send me the new text in this language: {language}. At most {number} characters.",
            language=language_name(press.language),
            number=_limit(press.field),
        )
    never_mind = phrases.gettext("/edit starts over; any other command leaves everything as it is.")
    await office.show(query, f"{question}\n{never_mind}", anew=True)


async def take_text(
    office: StaffContext, message: Message, prompt: ExpectedInput, text: str, phrases: Translator
) -> None:
    """The text that was asked for has come: propose it."""
    value = text.strip()
    if prompt.field == "as_of":
        day = parse_date(value)
        if day is None:
            sentence = phrases.gettext(
                "I cannot read this as a date. Write it like {day}.", day=office.today().isoformat()
            )
            await office.gettext(message, sentence)
            return
        if day > office.today():
            sentence = phrases.gettext("This day is still to come. Send me the day on which this was last confirmed.")
            await office.gettext(message, sentence)
            return
        value = day.isoformat()
    elif prompt.field != "summary":
        value = " ".join(value.split())
    drafted = await _propose(
        office, message.chat.id, [Edit(prompt.project, prompt.field, prompt.language, value)], phrases
    )
    if drafted:
        office.prompts.drop(message.chat.id)


async def _propose(office: StaffContext, person: int, edits: list[Edit], phrases: Translator) -> bool:
    """Show what the edits would change, and ask for the yes; False when they cannot be used as they are."""
    basket = office.baskets.get(person)
    upon = basket.draft if basket else None
    try:
        drafted: Drafted = await office.publisher.drafts.from_edits(edits, person, origin="buttons", upon=upon)
    except FileError as error:
        await office.desk.gateway.send(person, error.why.render(phrases))
        return True
    return await show_drafted(office, person, drafted, phrases, edited=edits[0])


def _meant(office: StaffContext, wanted: str) -> list[Project]:
    """The projects that words may mean, as for a citizen; an id means its project."""
    snapshot = office.publisher.live.snapshot
    if exact := snapshot.knowledge.project_by_id.get(wanted):
        return [exact]
    found = projects_of(decide(wanted, snapshot).answer)
    return [match.project for match in found.values() if match.project][:_PAGE]


def _areas(
    office: StaffContext, knowledge: KnowledgeBase, chat: int, phrases: Translator, page: int = 1
) -> InlineKeyboardMarkup:
    default, start = knowledge.city.default_language, (page - 1) * _AREAS
    buttons: list[Button] = [
        (_short(area.title.spoken(phrases.language, default)[0]), ListProjects(area.id))
        for area in knowledge.areas[start : start + _AREAS]
    ]
    if start + _AREAS < len(knowledge.areas):
        buttons.append((phrases.gettext("More"), ListProjects("", page + 1)))
    return office.desk.keyboards.pairs(buttons, chat)


def _project_menu(
    office: StaffContext, project: Project, chat: int, phrases: Translator
) -> tuple[str, InlineKeyboardMarkup]:
    gettext = phrases.gettext
    knowledge = office.publisher.live.snapshot.knowledge
    lines = [
        _title(project, knowledge, phrases, whole=True),
        "",
        gettext("Status: {status}", status=status_word(project.status, phrases)),
        gettext("As of: {day}", day=phrases.date(project.as_of)),
    ]
    named: dict[EditableField, str] = {
        "status_note": gettext("Note on the status"),
        "expected_completion": gettext("Expected completion"),
        "summary": gettext("Summary"),
    }
    for field, name in named.items():
        text: Translated | None = getattr(project, field)
        told = _texts_now(text)
        lines.append(gettext("{name}: {text}", name=name, text=f"\n{told}" if told else "-"))
    labels: dict[EditableField, str] = {"status": gettext("Status"), "as_of": gettext("As of"), **named}
    buttons: list[Button] = [(labels[field], EditField(project.id, field)) for field in EDITABLE]
    buttons.append((gettext("« Back"), ListProjects(project.area)))
    return "\n".join(lines), office.desk.keyboards.pairs(buttons, chat)


def _texts_now(text: Translated | None) -> str:
    """What stands in each language."""
    spoken = [(code, getattr(text, code, None)) for code in LANGUAGES]
    return "\n".join(f"• {language_name(code)}: {words}" for code, words in spoken if words)


def _title(project: Project, knowledge: KnowledgeBase, phrases: Translator, *, whole: bool = False) -> str:
    title = project.title.spoken(phrases.language, knowledge.city.default_language)[0]
    return title if whole else _short(title)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


def _limit(field: EditableField) -> int:
    annotation = Project.model_fields[field].annotation
    models = [annotation, *getattr(annotation, "__args__", ())]
    return next(model.limit for model in models if isinstance(model, type) and issubclass(model, Translated))


def _no_such_project(phrases: Translator) -> str:
    return phrases.gettext("This project is no longer in the list. /edit shows those that are.")
