"""Teaching from the inbox: attach a group, write a new fact or project, review the changes, publish."""

from collections.abc import Awaitable
from dataclasses import dataclass

from telegram import CallbackQuery, Message

from bot.answers.answer import projects_of
from bot.answers.decision import decide
from bot.i18n.languages import language_name
from bot.i18n.message import Translator
from bot.inbox.messages import format_broken, format_proposal
from bot.inbox.model import TeachingTarget, UnansweredQuestion
from bot.inbox.targets import ASPECT_NAMES, all_targets, reference_of, target_by_reference, title_of
from bot.inbox.teaching import Broken, GroupDecided, NewFact, NewProject, NothingToTeach, Proposal, Proposed
from bot.knowledge import Aspect, Status
from bot.publishing.results import Conflict, Published
from bot.telegram_ui.buttons import DecideDraft
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedTeaching
from bot.telegram_ui.inbox_buttons import AskTeachingText, AttachGroup, ChooseForNew, PublishTeaching, ShowGroup
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.message_parser import text_of
from bot.telegram_ui.staff.inbox import MAX_EXAMPLES, format_decided, group_view, marks_of, target_button
from bot.telegram_ui.staff.review import format_outcome, show_drafted

#: The most projects and topics in a search result.
_FOUND = 8


async def attach(context: StaffContext, query: CallbackQuery, data: AttachGroup, translator: Translator) -> None:
    """Show what attaching the marked examples would change."""
    await _attach(context, query.from_user.id, data, translator)


async def choose_for_new(
    context: StaffContext, query: CallbackQuery, data: ChooseForNew, translator: Translator
) -> None:
    """Ask which aspect a new fact answers, or for the status of a new project."""
    gettext = translator.gettext
    buttons: list[Button]
    if data.kind == "fact":
        text = gettext("Which question does the new fact answer?")
        buttons = [
            (name.render(translator), AskTeachingText("fact", data.group, data.selection, data.target, aspect))
            for aspect, name in ASPECT_NAMES.items()
        ]
    else:
        text = gettext("What is the status of the new project?")
        buttons = [
            (
                status.info.label.render(translator),
                AskTeachingText("project", data.group, data.selection, data.target, status),
            )
            for status in Status
        ]
    buttons.append((gettext("« Back"), ShowGroup(data.group, data.selection)))
    await context.show(query, text, context.keyboards.pairs(buttons, query.from_user.id))


async def ask_text(context: StaffContext, query: CallbackQuery, data: AskTeachingText, translator: Translator) -> None:
    """Ask for the text that is needed next."""
    gettext, language = translator.gettext, language_name(context.city.default_language)
    questions = {
        "search": gettext("Send me a few words of what you are looking for, or its id."),
        "fact": gettext(
            "Send me the sentence that answers it, in this language: {language}. At most 200 characters.",
            language=language,
        ),
        "project": gettext(
            "Send me the title of the project and, on the lines below it, what it is in two sentences, in this "
            "language: {language}. At most 80 and 280 characters.",
            language=language,
        ),
    }
    context.pending.inputs[query.from_user.id] = ExpectedTeaching(
        data.step, data.group, data.selection, data.target, data.choice, context.now()
    )
    way_out = gettext("Any command leaves everything as it is.")
    await context.show(query, f"{questions[data.step]}\n{way_out}", new_message=True)


async def receive_text(
    context: StaffContext, message: Message, expected: ExpectedTeaching, translator: Translator
) -> None:
    """Search, or propose the new fact or project."""
    chat, text = message.chat.id, text_of(message).strip()
    if expected.step == "search":
        if await _search(context, chat, text, expected, translator):
            context.pending.inputs.pop(chat, None)
        return
    owner = target_by_reference(expected.target, context.knowledge)
    questions = await _marked(context, expected.group, expected.selection)
    title, _, summary = text.partition("\n")
    if owner is None or questions is None:
        context.pending.inputs.pop(chat, None)
        await _show_group_again(context, chat, expected.group, translator)
    elif expected.step == "fact":
        fact = NewFact(owner, _aspect(expected), " ".join(text.split()))
        proposing = context.teaching.add_fact(expected.group, fact, questions, chat)
        await _receive(context, message, expected, proposing, translator)
    elif not summary.strip():
        await context.send(chat, translator.gettext("The first line is the title; the summary is missing below it."))
    else:
        title, summary = " ".join(title.split()), " ".join(summary.split())
        project = NewProject(owner.id, _status(expected), title, summary, _usual_source(context, owner.id))
        proposing = context.teaching.add_project(expected.group, project, questions, chat)
        await _receive(context, message, expected, proposing, translator)


async def publish(context: StaffContext, query: CallbackQuery, data: PublishTeaching, translator: Translator) -> None:
    """Publish a proposal; if another version was published meanwhile, propose the same for the new version."""
    person = query.from_user.id
    outcome = await context.teaching.publish(data.draft, person)
    is_new = not isinstance(outcome, Published)
    await context.show(query, format_outcome(context, outcome, translator), new_message=is_new)
    if isinstance(outcome, Conflict) and target_by_reference(data.target, context.knowledge):
        await _attach(context, person, AttachGroup(data.group, data.selection, data.target), translator)


# --- Steps -----------------------------------------------------------------------------------------------------------


async def _attach(context: StaffContext, person: int, data: AttachGroup, translator: Translator) -> None:
    target = target_by_reference(data.target, context.knowledge)
    questions = await _marked(context, data.group, data.selection)
    if target is None or questions is None:
        await _show_group_again(context, person, data.group, translator)
        return
    proposing = context.teaching.attach(data.group, target, questions, person)
    await _show_proposed(context, person, _Asked(data.group, data.selection), proposing, translator)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The parameters of a proposal."""

    group: int
    selection: str


async def _show_proposed(
    context: StaffContext, chat: int, asked: _Asked, proposing: Awaitable[Proposed], translator: Translator
) -> bool:
    """Show a proposal or why there is none; return False if the text must be sent again."""
    gettext, proposed = translator.gettext, await proposing
    back: Button = (gettext("« Back"), ShowGroup(asked.group, asked.selection))
    match proposed:
        case Proposal(preview=preview, target=target):
            draft = preview.draft.id
            buttons: list[Button] = [
                (gettext("✓ Publish"), PublishTeaching(asked.group, asked.selection, reference_of(target), draft)),
                (gettext("✗ Discard"), DecideDraft(draft, publish=False)),
                back,
            ]
            text = format_proposal(proposed, context.knowledge, translator)
            await context.send(chat, text, context.keyboards.pairs(buttons, chat))
        case Broken(answers=answers):
            text = format_broken(answers, context.knowledge, translator)
            await context.send(chat, text, context.keyboards.pairs([back], chat))
        case GroupDecided(group=group):
            await context.send(chat, format_decided(group, context, translator))
        case NothingToTeach():
            text = gettext("None of the marked examples can be used as a way of asking; mark others.")
            await context.send(chat, text, context.keyboards.pairs([back], chat))
        case _:
            return await show_drafted(context, chat, proposed, translator)
    return True


async def _receive(
    context: StaffContext,
    message: Message,
    expected: ExpectedTeaching,
    proposing: Awaitable[Proposed],
    translator: Translator,
) -> None:
    asked = _Asked(expected.group, expected.selection)
    if await _show_proposed(context, message.chat.id, asked, proposing, translator):
        context.pending.inputs.pop(message.chat.id, None)


async def _marked(context: StaffContext, group: int, selection: str) -> list[UnansweredQuestion] | None:
    """The marked examples; None if the examples of the group have changed since."""
    examples = await context.inbox.examples(group, MAX_EXAMPLES)
    marks = marks_of(examples, selection)
    return [each for each, mark in zip(examples, marks, strict=True) if mark] if marks else None


async def _show_group_again(context: StaffContext, chat: int, group: int, translator: Translator) -> None:
    text, keyboard = await group_view(context, chat, group, "", translator)
    changed = translator.gettext("The examples have changed meanwhile; please choose again.")
    await context.send(chat, f"{changed}\n\n{text}" if keyboard else text, keyboard)


async def _search(
    context: StaffContext, chat: int, wanted: str, expected: ExpectedTeaching, translator: Translator
) -> bool:
    """Show what a text may mean; return False if nothing was found, so that other words can be sent."""
    found = _find(context, wanted, translator)
    buttons = [target_button(context, expected.group, expected.selection, each, translator) for each in found]
    buttons.append((translator.gettext("« Back"), ShowGroup(expected.group, expected.selection)))
    text = translator.gettext("Which one?") if found else translator.gettext("I found nothing for this.")
    await context.send(chat, text, context.keyboards.pairs(buttons, chat))
    return bool(found)


def _find(context: StaffContext, wanted: str, translator: Translator) -> list[TeachingTarget]:
    """The targets that a text may mean: by id, by title, or as a citizen's question."""
    snapshot, word = context.publisher.live.snapshot, wanted.casefold()
    named = [
        each
        for each in all_targets(snapshot.knowledge)
        if each.kind != "smalltalk"
        and (each.id == wanted or word in title_of(each, snapshot.knowledge, translator).casefold())
    ]
    meant = [TeachingTarget("project", name) for name in projects_of(decide(wanted, snapshot).answer)]
    return list(dict.fromkeys([*named, *meant]))[:_FOUND]


def _usual_source(context: StaffContext, area: str) -> str:
    """The source of the newest project of an area, or else the city's first source."""
    sources = [project.source for project in context.knowledge.projects_of(area)] or list(context.city.sources)
    return sources[-1]


def _aspect(expected: ExpectedTeaching) -> Aspect:
    return next(aspect for aspect in ASPECT_NAMES if aspect == expected.choice)


def _status(expected: ExpectedTeaching) -> Status:
    return next(status for status in Status if status is expected.choice)
