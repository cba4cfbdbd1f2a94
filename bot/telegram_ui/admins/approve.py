"""Approval by a second admin, who is not the author and has seen the whole broadcast."""

from dataclasses import replace

from telegram import CallbackQuery

from bot.broadcasts import preview as previewing
from bot.broadcasts.messages import format_approval_request
from bot.broadcasts.model import Broadcast, Counts, Progress
from bot.broadcasts.service import rejection_reason
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.broadcast_buttons import Approve, AskCancel, Review, ShowCard
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.texts import format_person


async def review(context: StaffContext, query: CallbackQuery, data: Review, translator: Translator) -> None:
    """Show a broadcast that waits for approval, and ask for it."""
    broadcast, person = await context.broadcasts.store.broadcast(data.broadcast), query.from_user.id
    if broadcast is None:
        await context.notify(person, translator.gettext("There is no such broadcast."))
    elif broadcast.state != "unapproved":
        await context.notify(person, rejection_reason(broadcast).render(translator))
    elif broadcast.author == person:
        await context.notify(person, translator.gettext("Another admin must approve this one: it is yours."))
    else:
        problem = await _request_approval(context, broadcast, person)
        if problem:
            await context.notify(person, problem.render(translator))


async def approve(context: StaffContext, query: CallbackQuery, data: Approve, translator: Translator) -> None:
    """Approve the broadcast. The first approval counts; later admins read who approved it."""
    person, gettext = query.from_user.id, translator.gettext
    done = await context.broadcasts.approve(data.broadcast, person)
    if isinstance(done, LazyMessage):
        existing = await context.broadcasts.store.broadcast(data.broadcast)
        text = done.render(translator)
        if existing and existing.approved_by not in (None, person):
            quicker = gettext("{person} approved it already.", person=existing.approved_by)
            text = f"{quicker}\n{text}"
        await context.show(query, text, new_message=True)
        return
    context.events.broadcast_changed(Progress(done, Counts()))
    moment = context.format_moment(done.starts_at or context.now(), translator)
    text = gettext("You approved broadcast {number}. It starts at {moment}.", number=done.number, moment=moment)
    await context.show(query, text, context.keyboards.pairs([card_button(done, translator)], person))
    await _notify_author(context, done, format_person(query.from_user))


async def other_admins(context: StaffContext, author: int | None) -> list[int]:
    """All admins except the author; raises StorageError."""
    return [person for person in await context.roles.admin_ids() if person != author]


def card_button(broadcast: Broadcast, translator: Translator) -> Button:
    """The button that shows the progress of a broadcast in a new message."""
    label = translator.gettext("Show {number}", number=broadcast.number)
    return label, ShowCard(broadcast.id, new_message=True)


async def request_approvals(context: StaffContext, broadcast: Broadcast, author: str = "") -> int:
    """Show the broadcast to all admins except its author and ask for approval; return how many were reached.

    `author` is the author's name; without it their number is shown.
    """
    people = await other_admins(context, broadcast.author)
    return len([person for person in people if await _request_approval(context, broadcast, person, author) is None])


async def _notify_author(context: StaffContext, broadcast: Broadcast, by: str) -> None:
    if broadcast.author is None:
        return
    theirs = await context.translator_for(broadcast.author, None)
    moment = context.format_moment(broadcast.starts_at or context.now(), theirs)
    text = theirs.gettext(
        "{person} approved your broadcast {number}. It starts at {moment}.",
        person=by,
        number=broadcast.number,
        moment=moment,
    )
    await context.notify(broadcast.author, text, card_button(broadcast, theirs))


async def _request_approval(
    context: StaffContext, broadcast: Broadcast, person: int, author: str = ""
) -> LazyMessage | None:
    """Preview the broadcast to an admin and ask for approval; return the reason if it could not be shown completely."""
    default = context.city.default_language
    if problem := await previewing.show(broadcast, person, transport=context.transport, default=default):
        return problem
    translator, name = await context.translator_for(person, None), author or str(broadcast.author or "")
    size = await context.broadcasts.size(broadcast)
    confirmed = replace(size, head_count=broadcast.head_count or size.head_count)
    buttons: list[Button] = [
        (translator.gettext("✓ Yes, send it"), Approve(broadcast.id)),
        (translator.gettext("✗ No, cancel it"), AskCancel(broadcast.id)),
    ]
    await context.notify(
        person,
        format_approval_request(broadcast, confirmed, context.city, context.now(), translator, author=name),
        *buttons,
    )
    return None
