"""`/inbox`: the groups of unanswered questions, and what they can be attached to."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from telegram import CallbackQuery, Message

from bot.i18n.message import Translator
from bot.inbox.messages import format_group, format_page
from bot.inbox.model import QuestionGroup, TeachingTarget, UnansweredQuestion
from bot.inbox.targets import all_targets, reference_of, target_by_reference, title_of
from bot.inbox.teaching import reply_to
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.inbox_buttons import (
    AskTeachingText,
    AttachGroup,
    BrowseTargets,
    ChooseForNew,
    DecideGroup,
    ShowGroup,
    ShowInbox,
)
from bot.telegram_ui.keyboards import Button, View, paged, shorten_label

#: The most examples of a group, and entries on a page.
MAX_EXAMPLES, _PAGE = 6, 8
ALL = ""


async def show_inbox(context: StaffContext, message: Message, argument: str, translator: Translator) -> None:
    """Show the first page, or the group whose number follows the command."""
    number = argument.strip().removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        await context.send(message.chat.id, *await group_view(context, message.chat.id, int(number), ALL, translator))
        return
    await context.send(message.chat.id, *await _page_view(context, message.chat.id, 1, translator))


async def show_page(context: StaffContext, query: CallbackQuery, data: ShowInbox, translator: Translator) -> None:
    await context.show(query, *await _page_view(context, query.from_user.id, data.page, translator))


async def show_group(context: StaffContext, query: CallbackQuery, data: ShowGroup, translator: Translator) -> None:
    await context.show(query, *await group_view(context, query.from_user.id, data.group, data.selection, translator))


async def decide_group(context: StaffContext, query: CallbackQuery, data: DecideGroup, translator: Translator) -> None:
    """Ignore the group permanently, or hide it for a week; then show the next page."""
    found = await context.inbox.store.group(data.group)
    if found is None or found.state in ("taught", "ignored"):
        await context.show(query, format_decided(found, context, translator))
        return
    await context.inbox.decide(data.group, data.state, query.from_user.id)
    text, keyboard = await _page_view(context, query.from_user.id, 1, translator)
    done = translator.gettext("#{number} is ignored from now on.", number=data.group)
    if data.state == "later":
        done = translator.gettext("#{number} comes back in a week.", number=data.group)
    await context.show(query, f"{done}\n\n{text}", keyboard)


async def browse(context: StaffContext, query: CallbackQuery, data: BrowseTargets, translator: Translator) -> None:
    """Show areas, the projects of an area, the facts of a project, topics elsewhere, or small talk."""
    text, buttons = _browse_view(context, data, translator)
    back = ShowGroup(data.group, data.selection)
    buttons.append((translator.gettext("« Back"), back))
    await context.show(query, text, context.keyboards.pairs(buttons, query.from_user.id))


# --- Views -----------------------------------------------------------------------------------------------------------


async def _page_view(context: StaffContext, chat: int, number: int, translator: Translator) -> View:
    page = await context.inbox.page(number)
    buttons: list[Button] = [(f"#{group.id}", ShowGroup(group.id, ALL)) for group in page.groups]
    if page.pages > 1:
        following = page.page % page.pages + 1
        label = translator.gettext("More ({page} of {pages})", page=following, pages=page.pages)
        buttons.append((label, ShowInbox(following)))
    return format_page(page, translator), context.keyboards.pairs(buttons, chat) if buttons else None


async def group_view(context: StaffContext, chat: int, number: int, selection: str, translator: Translator) -> View:
    """A group with its examples and the buttons to teach it; only a sentence if it is decided or gone."""
    group = await context.inbox.store.group(number)
    examples = await context.inbox.examples(number, MAX_EXAMPLES)
    if group is None or group.state in ("taught", "ignored") or not examples:
        return format_decided(group, context, translator), None
    marked = marks_of(examples, selection) or [True] * len(examples)
    snapshot = context.snapshot()
    asked_in = context.translator_in(examples[0].language or translator.language)
    reply = reply_to(examples[0].text, snapshot, asked_in, context.now())
    likely = await context.teaching.likely_targets([each for each, mark in zip(examples, marked, strict=True) if mark])
    selected = selection_of(examples, marked)
    buttons = _group_buttons(context, number, selected, likely, translator)
    toggles: list[Button] = [
        (f"{'☑' if mark else '☐'} {place + 1}", ShowGroup(number, _toggled(examples, marked, place)))
        for place, mark in enumerate(marked)
    ]
    keyboard = context.keyboards.pairs([*(toggles if len(examples) > 1 else ()), *buttons], chat)
    return format_group(group, examples, marked, reply, translator), keyboard


def _group_buttons(
    context: StaffContext, group: int, selection: str, likely: Sequence[TeachingTarget], translator: Translator
) -> list[Button]:
    gettext = translator.gettext
    return [
        *(target_button(context, group, selection, target, translator) for target in likely),
        (gettext("Another project, area or fact"), BrowseTargets(group, selection, "", "areas", 1)),
        (gettext("Search"), AskTeachingText("search", group, selection, "", None)),
        (gettext("Topic elsewhere"), BrowseTargets(group, selection, "", "topics", 1)),
        (gettext("Small talk"), BrowseTargets(group, selection, "", "smalltalk", 1)),
        (gettext("Later"), DecideGroup(group, "later")),
        (gettext("Ignore for good"), DecideGroup(group, "ignored")),
        (gettext("« Back"), ShowInbox(1)),
    ]


def target_button(
    context: StaffContext, group: int, selection: str, target: TeachingTarget, translator: Translator
) -> Button:
    """A button that attaches the group to a target."""
    title = title_of(target, context.knowledge, translator)
    if target.kind == "area":
        title = translator.gettext("All projects: {area}", area=title)
    return shorten_label(title), AttachGroup(group, selection, reference_of(target))


def _browse_view(context: StaffContext, data: BrowseTargets, translator: Translator) -> tuple[str, list[Button]]:
    gettext, knowledge = translator.gettext, context.knowledge
    target = target_by_reference(data.target, knowledge) if data.target else None
    if target and target.kind == "area":
        projects = [TeachingTarget("project", each.id) for each in knowledge.projects_of(target.id)]
        deeper = [_deeper(context, data, each, translator) for each in projects]
        return gettext("Which project? Or the area as a whole?"), [
            target_button(context, data.group, data.selection, target, translator),
            *_paged(deeper, data, translator),
            (gettext("＋ New fact here"), ChooseForNew(data.group, data.selection, data.target, "fact")),
            (gettext("＋ New project here"), ChooseForNew(data.group, data.selection, data.target, "project")),
        ]
    if target:
        facts = [each for each in all_targets(knowledge) if each.kind == "fact" and each.id.startswith(f"{target.id}/")]
        return gettext("The project as a whole, or one of its facts?"), [
            target_button(context, data.group, data.selection, target, translator),
            *_paged([_attach(context, data, each, translator) for each in facts], data, translator),
            (gettext("＋ New fact here"), ChooseForNew(data.group, data.selection, data.target, "fact")),
        ]
    kinds = {"areas": "area", "topics": "topic", "smalltalk": "smalltalk"}
    found = [each for each in all_targets(knowledge) if each.kind == kinds[data.list]]
    entry = _deeper if data.list == "areas" else _attach
    return gettext("What are they about?"), _paged(
        [entry(context, data, each, translator) for each in found], data, translator
    )


def _deeper(context: StaffContext, data: BrowseTargets, target: TeachingTarget, translator: Translator) -> Button:
    """A button that shows the contents of an area or a project."""
    title = shorten_label(title_of(target, context.knowledge, translator))
    return title, BrowseTargets(data.group, data.selection, reference_of(target), data.list, 1)


def _attach(context: StaffContext, data: BrowseTargets, target: TeachingTarget, translator: Translator) -> Button:
    return target_button(context, data.group, data.selection, target, translator)


def _paged(buttons: list[Button], data: BrowseTargets, translator: Translator) -> list[Button]:
    more: Button = (translator.gettext("More"), replace(data, page=data.page + 1))
    return paged(buttons, data.page, _PAGE, more)


def format_decided(group: QuestionGroup | None, context: StaffContext, translator: Translator) -> str:
    """What was decided about a group."""
    if group is None or group.state in ("open", "later"):
        return translator.gettext("This group is no longer there: its questions are older than 30 days.")
    if group.state == "ignored" or group.target is None:
        return translator.gettext("#{number} was ignored for good.", number=group.id)
    title = title_of(group.target, context.knowledge, translator)
    return translator.gettext("#{number} has been taught already: “{title}”.", number=group.id, title=title)


# --- The marked examples ---------------------------------------------------------------------------------------------


def selection_of(examples: Sequence[UnansweredQuestion], marked: Sequence[bool]) -> str:
    """Six characters that encode which examples are marked, and the list of examples."""
    mask = sum(1 << place for place, mark in enumerate(marked) if mark)
    texts = "\n".join(question.text for question in examples)
    return f"{mask:02x}{hashlib.blake2b(texts.encode(), digest_size=2).hexdigest()}"


def marks_of(examples: Sequence[UnansweredQuestion], selection: str) -> list[bool] | None:
    """Which examples are marked; None if the list has changed since, or none is marked."""
    if len(selection) != 6:
        return None
    mask = int(selection[:2], 16)
    marked = [bool(mask >> place & 1) for place in range(len(examples))]
    return marked if any(marked) and selection_of(examples, marked) == selection else None


def _toggled(examples: Sequence[UnansweredQuestion], marked: Sequence[bool], place: int) -> str:
    """The selection with one mark toggled; the last mark stays."""
    toggled = [mark != (number == place) for number, mark in enumerate(marked)]
    return selection_of(examples, toggled if any(toggled) else marked)
