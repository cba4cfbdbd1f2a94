"""A change is shown before it counts: what it would change, and the buttons for yes and no."""

from telegram import CallbackQuery

from bot.answers.render import show
from bot.answers.reply import Target
from bot.errors import FileError
from bot.i18n.phrases import Phrases
from bot.knowledge import Project
from bot.knowledge.edits import Edit
from bot.publishing.messages import diagnostics_told, preview_told, version_told
from bot.publishing.results import Drafted, Gone, Outcome, Overtaken, Preview, Published, Unchanged, Unusable
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import Accept, Decide, EditProject, SetToday
from bot.telegram_ui.staff.context import Basket, Office


async def show_drafted(
    office: Office, chat: int, drafted: Drafted, phrases: Phrases, *, edited: Edit | None = None
) -> bool:
    """Show what came of a change; `edited` is what buttons just changed. False when it must be sent anew."""
    say, send = phrases.say, office.desk.gateway.send
    match drafted:
        case Preview():
            project = drafted.knowledge.project_by_id.get(edited.project) if edited else None
            if project:
                office.baskets.put(chat, Basket(drafted.draft.id, project))
            else:
                office.baskets.drop(chat)
            text = preview_told(drafted, office.publisher.live.snapshot.knowledge, phrases)
            if edited:
                text = f"{text}\n\n{_as_citizens_see(office, drafted, edited, phrases)}"
            await send(
                chat, text, keyboard=office.desk.keyboards.pairs(_choices(office, drafted, project, phrases), chat)
            )
        case Unusable():
            told = diagnostics_told(drafted.diagnostics, phrases, "error", lines=not edited)
            await send(
                chat,
                "\n".join(
                    [say("This cannot be used as it is; nothing was changed."), told, say("Mend it and send it again.")]
                ),
            )
            return False
        case Unchanged():
            await send(chat, say("That is how it is already; there is nothing to publish."))
        case Overtaken() | Gone():
            office.baskets.drop(chat)
            await send(chat, _outcome_told(office, drafted, phrases))
    return True


async def decide(office: Office, query: CallbackQuery, press: Decide, phrases: Phrases) -> None:
    """The author's yes or no to a draft."""
    person, say = query.from_user.id, phrases.say
    office.baskets.drop(person)
    if not press.publish:
        await office.publisher.drop(press.draft)
        await office.show(query, say("All right, nothing was changed."))
        return
    try:
        outcome = await office.publisher.publish(press.draft, person)
    except FileError as error:
        await office.show(query, error.why.told(phrases), anew=True)
        return
    # A second tap on "Publish" must not write over what the first one was told.
    await office.show(query, _outcome_told(office, outcome, phrases), anew=isinstance(outcome, Gone))


async def accept(office: Office, query: CallbackQuery, press: Accept, phrases: Phrases) -> None:
    """Somebody says yes to a saved file that lost many projects."""
    held = office.publisher.held
    digest = held.digest if held and held.digest.startswith(press.digest) else ""
    try:
        outcome = await office.publisher.accept(digest, query.from_user.id)
    except FileError as error:
        await office.show(query, error.why.told(phrases), anew=True)
        return
    await office.show(query, _outcome_told(office, outcome, phrases), anew=True)


def overtaken_told(office: Office, overtaken: Overtaken, phrases: Phrases) -> str:
    """That somebody else was quicker, who, and what to do."""
    say = phrases.say
    if overtaken.newest is None:
        return say(
            "The file on the server was saved meanwhile and is being held back. /knowledge tells why; nothing of yours "
            "was published."
        )
    return say(
        "Meanwhile another version was published: {version}. Nothing of yours was published. Look at /knowledge, and "
        "make your change in the new version.",
        version=version_told(overtaken.newest, office.moment(overtaken.newest.at, phrases), phrases),
    )


def _outcome_told(office: Office, outcome: Outcome, phrases: Phrases) -> str:
    match outcome:
        case Published():
            return phrases.say("Published: I answer from it now. /undo takes it back.")
        case Overtaken():
            return overtaken_told(office, outcome, phrases)
        case Gone():
            return phrases.say(
                "This change is no longer waiting: it was published, dropped or replaced, or is a day old."
            )


def _choices(office: Office, preview: Preview, project: Project | None, phrases: Phrases) -> list[Button]:
    say = phrases.say
    choices: list[Button] = [(say("✓ Publish"), Decide(preview.draft.id, publish=True))]
    if project:
        choices.append((say("Change more"), EditProject(project.id)))
        if project.as_of != office.today():
            choices.append((say("As of today"), SetToday(project.id)))
    choices.append((say("✗ Leave it"), Decide(preview.draft.id, publish=False)))
    return choices


def _as_citizens_see(office: Office, preview: Preview, edited: Edit, phrases: Phrases) -> str:
    """The card, in the language that was edited: in another nothing of it would be seen."""
    theirs = office.desk.phrases_in(edited.language) if edited.language else phrases
    reply = show(Target("project", edited.project), preview.knowledge, theirs, office.today())
    head = phrases.say("Citizens would read:")
    return f"{head}\n\n{reply.text}" if reply else ""
