"""A change is shown before it counts: what it would change, and the buttons for yes and no."""

from telegram import CallbackQuery

from bot.answers.render import show
from bot.answers.reply import Target
from bot.errors import FileError
from bot.i18n.message import Translator
from bot.knowledge import Project
from bot.knowledge.diff import Edit
from bot.publishing.messages import format_diagnostics, format_preview, format_version
from bot.publishing.results import Conflict, Drafted, DraftExpired, Outcome, Preview, Published, Unchanged, Unusable
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import AcceptFile, DecideDraft, EditProject, SetToday
from bot.telegram_ui.staff.context import PendingEdit, StaffContext


async def show_drafted(
    office: StaffContext, chat: int, drafted: Drafted, phrases: Translator, *, edited: Edit | None = None
) -> bool:
    """Show what came of a change; `edited` is what buttons just changed. False when it must be sent anew."""
    gettext, send = phrases.gettext, office.desk.gateway.send
    match drafted:
        case Preview():
            project = drafted.knowledge.project_by_id.get(edited.project) if edited else None
            if project:
                office.baskets.put(chat, PendingEdit(drafted.draft.id, project))
            else:
                office.baskets.drop(chat)
            text = format_preview(drafted, office.publisher.live.snapshot.knowledge, phrases)
            if edited:
                text = f"{text}\n\n{_as_citizens_see(office, drafted, edited, phrases)}"
            await send(
                chat, text, keyboard=office.desk.keyboards.pairs(_choices(office, drafted, project, phrases), chat)
            )
        case Unusable():
            told = format_diagnostics(drafted.diagnostics, phrases, "error", lines=not edited)
            await send(
                chat,
                "\n".join(
                    [
                        gettext("This cannot be used as it is; nothing was changed."),
                        told,
                        gettext("Mend it and send it again."),
                    ]
                ),
            )
            return False
        case Unchanged():
            await send(chat, gettext("That is how it is already; there is nothing to publish."))
        case Conflict() | DraftExpired():
            office.baskets.drop(chat)
            await send(chat, _outcome_told(office, drafted, phrases))
    return True


async def decide(office: StaffContext, query: CallbackQuery, press: DecideDraft, phrases: Translator) -> None:
    """The author's yes or no to a draft."""
    person, gettext = query.from_user.id, phrases.gettext
    office.baskets.drop(person)
    if not press.publish:
        await office.publisher.drafts.discard(press.draft)
        await office.show(query, gettext("All right, nothing was changed."))
        return
    try:
        outcome = await office.publisher.publish(press.draft, person)
    except FileError as error:
        await office.show(query, error.why.render(phrases), anew=True)
        return
    # A second tap on "Publish" must not write over what the first one was told.
    await office.show(query, _outcome_told(office, outcome, phrases), anew=isinstance(outcome, DraftExpired))


async def accept(office: StaffContext, query: CallbackQuery, press: AcceptFile, phrases: Translator) -> None:
    """Somebody says yes to a saved file that lost many projects."""
    held = office.publisher.rejected
    digest = held.digest if held and held.digest.startswith(press.digest) else ""
    try:
        outcome = await office.publisher.accept_removals(digest, query.from_user.id)
    except FileError as error:
        await office.show(query, error.why.render(phrases), anew=True)
        return
    await office.show(query, _outcome_told(office, outcome, phrases), anew=True)


def overtaken_told(office: StaffContext, overtaken: Conflict, phrases: Translator) -> str:
    """That somebody else was quicker, who, and what to do."""
    gettext = phrases.gettext
    if overtaken.newest is None:
        return gettext(
            "The file on the server was saved meanwhile and is being held back. /knowledge tells why; nothing of yours "
            "was published."
        )
    return gettext(
        "Meanwhile another version was published: {version}. Nothing of yours was published. Look at /knowledge, and "
        "make your change in the new version.",
        version=format_version(overtaken.newest, office.moment(overtaken.newest.at, phrases), phrases),
    )


def _outcome_told(office: StaffContext, outcome: Outcome, phrases: Translator) -> str:
    match outcome:
        case Published():
            return phrases.gettext("Published: I answer from it now. /undo takes it back.")
        case Conflict():
            return overtaken_told(office, outcome, phrases)
        case DraftExpired():
            return phrases.gettext(
                "This change is no longer waiting: it was published, dropped or replaced, or is a day old."
            )


def _choices(office: StaffContext, preview: Preview, project: Project | None, phrases: Translator) -> list[Button]:
    gettext = phrases.gettext
    choices: list[Button] = [(gettext("✓ Publish"), DecideDraft(preview.draft.id, publish=True))]
    if project:
        choices.append((gettext("Change more"), EditProject(project.id)))
        if project.as_of != office.today():
            choices.append((gettext("As of today"), SetToday(project.id)))
    choices.append((gettext("✗ Leave it"), DecideDraft(preview.draft.id, publish=False)))
    return choices


def _as_citizens_see(office: StaffContext, preview: Preview, edited: Edit, phrases: Translator) -> str:
    """The card, in the language that was edited: in another nothing of it would be seen."""
    theirs = office.desk.phrases_in(edited.language) if edited.language else phrases
    reply = show(Target("project", edited.project), preview.knowledge, theirs, office.today())
    head = phrases.gettext("Citizens would read:")
    return f"{head}\n\n{reply.text}" if reply else ""
