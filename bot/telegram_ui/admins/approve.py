"""The yes of a second admin: whoever gives it has seen the whole broadcast, and is not its author."""

from dataclasses import replace

from telegram import CallbackQuery

from bot.broadcasts import preview as previewing
from bot.broadcasts.messages import format_approval_request
from bot.broadcasts.model import Broadcast, Counts, Progress
from bot.broadcasts.service import rejection_reason
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.callback_data import Approve, AskCancel, Review, ShowCard
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.context import StaffContext


async def review(office: StaffContext, query: CallbackQuery, press: Review, phrases: Translator) -> None:
    """Show what waits for a second yes, and ask for it."""
    broadcast, person = await office.broadcasting.find(press.broadcast), query.from_user.id
    if broadcast is None:
        await office.tell(person, phrases.gettext("There is no such broadcast."))
    elif broadcast.state != "unapproved":
        await office.tell(person, rejection_reason(broadcast).render(phrases))
    elif broadcast.author == person:
        await office.tell(person, phrases.gettext("Somebody else must say yes to this one: it is yours."))
    else:
        trouble = await _ask_second(office, broadcast, person)
        if trouble:
            await office.tell(person, trouble.render(phrases))


async def approve(office: StaffContext, query: CallbackQuery, press: Approve, phrases: Translator) -> None:
    """The yes of a second admin; of any number of them, the first counts, and the others read who was quicker."""
    person, gettext = query.from_user.id, phrases.gettext
    done = await office.broadcasting.approve(press.broadcast, person)
    if isinstance(done, LazyMessage):
        set_profile = await office.broadcasting.find(press.broadcast)
        told = done.render(phrases)
        if set_profile and set_profile.approved_by not in (None, person):
            quicker = gettext("{person} said yes already.", person=set_profile.approved_by)
            told = f"{quicker}\n{told}"
        await office.show(query, told, anew=True)
        return
    office.news.broadcast_changed(Progress(done, Counts()))
    card: Button = (gettext("Look at {number}", number=done.number), ShowCard(done.id, anew=True))
    moment = office.moment(done.starts_at or office.desk.now(), phrases)
    text = gettext("You said yes to broadcast {number}. It starts at {moment}.", number=done.number, moment=moment)
    await office.show(query, text, office.desk.keyboards.pairs([card], person))
    await _tell_author(office, done, person)


async def others(office: StaffContext, author: int | None) -> list[int]:
    """All admins but the author; StorageError."""
    members = await office.desk.roster.members()
    return [member.person for member in members if member.role == "admin" and member.person != author]


async def ask_seconds(office: StaffContext, broadcast: Broadcast) -> int:
    """Show it to all other admins, and ask for the yes of one; how many were reached."""
    people = await others(office, broadcast.author)
    return len([person for person in people if await _ask_second(office, broadcast, person) is None])


async def _tell_author(office: StaffContext, broadcast: Broadcast, by: int) -> None:
    if broadcast.author is None:
        return
    theirs = await office.desk.phrases_for(broadcast.author, None)
    moment = office.moment(broadcast.starts_at or office.desk.now(), theirs)
    text = theirs.gettext(
        "{person} said yes to your broadcast {number}. It starts at {moment}.",
        person=by, number=broadcast.number, moment=moment,
    )  # fmt: skip
    card: Button = (theirs.gettext("Look at {number}", number=broadcast.number), ShowCard(broadcast.id, anew=True))
    await office.tell(broadcast.author, text, card)


async def _ask_second(office: StaffContext, broadcast: Broadcast, person: int) -> LazyMessage | None:
    """Nobody is asked who has not seen all of it: then it is said why."""
    default = office.city.default_language
    if trouble := await previewing.show(broadcast, person, transport=office.transport, default=default):
        return trouble
    phrases = await office.desk.phrases_for(person, None)
    size = await office.broadcasting.size(broadcast)
    confirmed = replace(size, head_count=broadcast.head_count or size.head_count)
    buttons: list[Button] = [
        (phrases.gettext("✓ Yes, send it"), Approve(broadcast.id)),
        (phrases.gettext("✗ No, cancel it"), AskCancel(broadcast.id)),
    ]
    await office.tell(
        person, format_approval_request(broadcast, confirmed, office.city, office.desk.now(), phrases), *buttons
    )
    return None
