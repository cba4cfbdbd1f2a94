"""The review of a draft: what it would change, with buttons to publish or discard it."""

from telegram import CallbackQuery

from bot.answers.render import show
from bot.answers.reply import Target
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.knowledge import Project
from bot.publishing.contradictions import offered_edits
from bot.publishing.messages import format_diagnostics, format_preview, format_version
from bot.publishing.results import Conflict, Drafted, DraftExpired, Outcome, Preview, Published, Unchanged, Unusable
from bot.telegram_ui.buttons import AcceptFile, DecideDraft, EditProject, SetToday, UseOfferedWording
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import PendingEdit
from bot.telegram_ui.keyboards import Button


async def show_drafted(
    context: StaffContext,
    chat: int,
    drafted: Drafted,
    translator: Translator,
    *,
    edited: str | None = None,
    language: Language | None = None,
) -> bool:
    """Show the result of drafting; return False if the input must be sent again.

    `edited` is the id of the project that was edited with buttons, and `language` that of the edited text.
    """
    gettext = translator.gettext
    match drafted:
        case Preview():
            project = drafted.knowledge.project_by_id.get(edited) if edited else None
            await _show_preview(context, chat, drafted, translator, project=project, language=language)
        case Unusable():
            errors = format_diagnostics(drafted.diagnostics, translator, "error", lines=not edited)
            head = gettext("This cannot be used as it is; nothing was changed.")
            request = gettext("Please fix it and send it again.")
            await context.send(chat, f"{head}\n{errors}\n{request}")
            return False
        case Unchanged():
            await context.send(chat, gettext("That is how it is already; there is nothing to publish."))
        case Conflict() | DraftExpired():
            context.pending.edits.pop(chat, None)
            await context.send(chat, format_outcome(context, drafted, translator))
    return True


async def _show_preview(
    context: StaffContext,
    chat: int,
    preview: Preview,
    translator: Translator,
    *,
    project: Project | None,
    language: Language | None,
) -> None:
    """Show what a draft would change; a `project` that is edited with buttons can be edited further."""
    text = format_preview(preview, context.knowledge, translator)
    if project:
        context.pending.edits[chat] = PendingEdit(preview.draft.id, project)
        text = f"{text}\n\n{_format_card(context, preview, project, language, translator)}"
    else:
        context.pending.edits.pop(chat, None)
    buttons = _choices(context, preview, project, translator)
    await context.send(chat, text, context.keyboards.pairs(buttons, chat))


async def decide(context: StaffContext, query: CallbackQuery, data: DecideDraft, translator: Translator) -> None:
    """Publish the draft, or discard it."""
    person, gettext = query.from_user.id, translator.gettext
    context.pending.edits.pop(person, None)
    if not data.publish and await context.publisher.drafts.discard(data.draft):
        await context.show(query, gettext("All right, nothing was changed."))
        return
    outcome = await context.publisher.publish(data.draft, person) if data.publish else DraftExpired()
    if isinstance(outcome, Preview):
        await context.show(query, format_outcome(context, outcome, translator), new_message=True)
        await show_drafted(context, person, outcome, translator)
        return
    is_repeated = isinstance(outcome, DraftExpired)  # a second tap must not replace the answer to the first one
    await context.show(query, format_outcome(context, outcome, translator), new_message=is_repeated)


async def use_offered_wording(
    context: StaffContext, query: CallbackQuery, data: UseOfferedWording, translator: Translator
) -> None:
    """Preview the draft with the suggested wording."""
    person, pending = query.from_user.id, context.pending.edits.get(query.from_user.id)
    drafted = await context.publisher.drafts.with_offered_wording(data.draft, person)
    edited = pending.project.id if pending and pending.draft == data.draft else None
    await show_drafted(context, person, drafted, translator, edited=edited)


async def accept(context: StaffContext, query: CallbackQuery, data: AcceptFile, translator: Translator) -> None:
    """Publish a saved file although many projects are missing from it."""
    rejected = context.publisher.rejected
    digest = rejected.digest if rejected and rejected.digest.startswith(data.digest) else ""
    outcome = await context.publisher.accept_removals(digest, query.from_user.id)
    await context.show(query, format_outcome(context, outcome, translator), new_message=True)


def _format_conflict(context: StaffContext, conflict: Conflict, translator: Translator) -> str:
    gettext = translator.gettext
    if conflict.is_unread:
        return gettext(
            "The file on the server was changed or removed a moment ago, and I am still reading it. Nothing of yours "
            "was published. Look at /knowledge in a few seconds, and make your change then."
        )
    if conflict.newest is None:
        return gettext(
            "The file on the server was saved meanwhile and is being held back. /knowledge tells why; nothing of yours "
            "was published."
        )
    return gettext(
        "Meanwhile another version was published: {version}. Nothing of yours was published. Look at /knowledge, and "
        "make your change in the new version.",
        version=format_version(conflict.newest, context.format_moment(conflict.newest.at, translator), translator),
    )


def format_outcome(context: StaffContext, outcome: Outcome, translator: Translator) -> str:
    match outcome:
        case Published():
            return translator.gettext("Published: I answer from it now. To undo it, send /undo.")
        case Preview():
            return translator.gettext(
                "Meanwhile a colleague published another change. Yours is not published yet: with both, some questions "
                "lose their answers. Please look at it again."
            )
        case Conflict():
            return _format_conflict(context, outcome, translator)
        case DraftExpired():
            return translator.gettext(
                "This change is no longer waiting: it was published, dropped or replaced, or is a day old."
            )


def _choices(context: StaffContext, preview: Preview, project: Project | None, translator: Translator) -> list[Button]:
    gettext = translator.gettext
    choices: list[Button] = [(gettext("✓ Publish"), DecideDraft(preview.draft.id, publish=True))]
    if offered_edits(preview.effects.contradictions):
        choices.append((gettext("Use the offered wording"), UseOfferedWording(preview.draft.id)))
    if project:
        choices.append((gettext("Change more"), EditProject(project.id)))
        if project.as_of != context.today():
            choices.append((gettext("As of today"), SetToday(project.id)))
    choices.append((gettext("✗ Discard"), DecideDraft(preview.draft.id, publish=False)))
    return choices


def _format_card(
    context: StaffContext, preview: Preview, project: Project, language: Language | None, translator: Translator
) -> str:
    """The project's card in the edited language; another language would not show the edit."""
    card_translator = context.translator_in(language) if language else translator
    reply = show(Target("project", project.id), preview.knowledge, card_translator, context.today())
    head = translator.gettext("Citizens would read:")
    return f"{head}\n\n{reply.text}" if reply else ""
