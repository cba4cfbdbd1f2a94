"""From the draft to its start: the preview, the number that its author types, and the yes of a second admin."""

from dataclasses import replace

from telegram import CallbackQuery, Message

from bot.adapters.telegram.keyboards import Button
from bot.adapters.telegram.staff.broadcast_buttons import Approve, AskCancel, OpenDraft, Review, ShowCard, ShowPreview
from bot.adapters.telegram.staff.composing import own_draft
from bot.adapters.telegram.staff.office import HeadCountPrompt, Office
from bot.adapters.telegram.staff.progress_card import place_card
from bot.core.broadcasts import Broadcast, Counts, Progress
from bot.core.drafting import number_from
from bot.core.phrases import Phrases
from bot.core.sayings import Saying
from bot.flows import previewing
from bot.flows.broadcasting import Size, why_not
from bot.flows.telling import launch_told, second_told


async def show_preview(office: Office, query: CallbackQuery, press: ShowPreview, phrases: Phrases) -> None:
    """Each edition as it will look, then the last question; nothing can be confirmed unless all of them came."""
    draft, person = await own_draft(office, query, press.broadcast, phrases), query.from_user.id
    if draft is None:
        return
    if draft.planned_at is not None and draft.planned_at <= office.desk.now():
        await _say(office, person, phrases.say("The time that was planned has passed. Choose another one."))
        return
    seen = await previewing.preview(
        draft, person, broadcasting=office.broadcasting, postman=office.postman, default=office.city.default_language
    )
    refusal = seen.told(phrases) if isinstance(seen, Saying) else await _refusal(office, seen, person, phrases)
    if refusal:
        await _say(office, person, refusal, (phrases.say("« Back"), OpenDraft(draft.id, "all")))
    elif isinstance(seen, Size):
        now = office.desk.now()
        office.prompts.put(person, HeadCountPrompt(draft.id, draft.revision, seen.head_count, now))
        change: Button = (phrases.say("« Change it"), OpenDraft(draft.id, "all"))
        await _say(office, person, launch_told(draft, seen, office.city, now, phrases), change)


async def take_number(office: Office, message: Message, prompt: HeadCountPrompt, phrases: Phrases) -> None:
    """The typed head count: the author's yes. A wrong number sends nothing, and another may be typed."""
    person, typed = message.chat.id, number_from(message.text or "")
    if typed != prompt.head_count:
        sentence = phrases.say(
            "That is not the number {number}. Nothing was sent; type it again, or press “Change it”.",
            number=prompt.head_count,
        )
        await office.say(message, sentence)
        return
    office.prompts.drop(person)
    done = await office.broadcasting.confirm(prompt.broadcast, prompt.revision, typed, person)
    if isinstance(done, Saying):
        await office.say(message, done.told(phrases))
        return
    await place_card(office, done, person, phrases)
    if done.state == "unapproved" and not await _ask_seconds(office, done):
        await office.say(
            message,
            phrases.say("I could not reach any other admin. They must press start in a chat with me, then /broadcast."),
        )


async def review(office: Office, query: CallbackQuery, press: Review, phrases: Phrases) -> None:
    """Show what waits for a second yes, and ask for it."""
    broadcast, person = await office.broadcasting.find(press.broadcast), query.from_user.id
    if broadcast is None:
        await _say(office, person, phrases.say("There is no such broadcast."))
    elif broadcast.state != "unapproved":
        await _say(office, person, why_not(broadcast).told(phrases))
    elif broadcast.author == person:
        await _say(office, person, phrases.say("Somebody else must say yes to this one: it is yours."))
    else:
        trouble = await _ask_second(office, broadcast, person)
        if trouble:
            await _say(office, person, trouble.told(phrases))


async def approve(office: Office, query: CallbackQuery, press: Approve, phrases: Phrases) -> None:
    """The yes of a second admin; of any number of them, the first counts, and the others read who was quicker."""
    person, say = query.from_user.id, phrases.say
    done = await office.broadcasting.approve(press.broadcast, person)
    if isinstance(done, Saying):
        present = await office.broadcasting.find(press.broadcast)
        told = done.told(phrases)
        if present and present.approved_by not in (None, person):
            quicker = say("{person} said yes already.", person=present.approved_by)
            told = f"{quicker}\n{told}"
        await office.show(query, told, anew=True)
        return
    office.news.note(Progress(done, Counts()))
    card: Button = (say("Look at {number}", number=done.number), ShowCard(done.id, anew=True))
    moment = office.moment(done.starts_at or office.desk.now(), phrases)
    text = say("You said yes to broadcast {number}. It starts at {moment}.", number=done.number, moment=moment)
    await office.show(query, text, office.desk.keyboards.pairs([card], person))
    await _tell_author(office, done, person)


async def _tell_author(office: Office, broadcast: Broadcast, by: int) -> None:
    if broadcast.author is None:
        return
    theirs = await office.desk.phrases_for(broadcast.author, None)
    moment = office.moment(broadcast.starts_at or office.desk.now(), theirs)
    text = theirs.say(
        "{person} said yes to your broadcast {number}. It starts at {moment}.",
        person=by, number=broadcast.number, moment=moment,
    )  # fmt: skip
    card: Button = (theirs.say("Look at {number}", number=broadcast.number), ShowCard(broadcast.id, anew=True))
    await _say(office, broadcast.author, text, card)


async def _refusal(office: Office, size: Size, author: int, phrases: Phrases) -> str:
    """Why a draft that was seen cannot be confirmed; empty when it can be."""
    if size.head_count == 0:
        return phrases.say("At this moment it would reach nobody, so it cannot be sent.")
    if size.needs_second and not await _others(office, author):
        return phrases.say(
            "It reaches so many that a second admin must say yes as well, and there is no other admin. /grant NUMBER "
            "admin makes somebody one; people learn their number with /id."
        )
    return ""


async def _others(office: Office, author: int | None) -> list[int]:
    """All admins but the author; StorageError."""
    members = await office.desk.roster.members()
    return [member.person for member in members if member.role == "admin" and member.person != author]


async def _ask_seconds(office: Office, broadcast: Broadcast) -> int:
    """Show it to all other admins, and ask for the yes of one; how many were reached."""
    people = await _others(office, broadcast.author)
    return len([person for person in people if await _ask_second(office, broadcast, person) is None])


async def _ask_second(office: Office, broadcast: Broadcast, person: int) -> Saying | None:
    """Nobody is asked who has not seen all of it: then it is said why."""
    default = office.city.default_language
    if trouble := await previewing.show(broadcast, person, postman=office.postman, default=default):
        return trouble
    phrases = await office.desk.phrases_for(person, None)
    size = await office.broadcasting.size(broadcast)
    confirmed = replace(size, head_count=broadcast.head_count or size.head_count)
    buttons: list[Button] = [
        (phrases.say("✓ Yes, send it"), Approve(broadcast.id)),
        (phrases.say("✗ No, cancel it"), AskCancel(broadcast.id)),
    ]
    text = second_told(broadcast, confirmed, office.city, office.desk.now(), phrases)
    await office.desk.gateway.send(person, text, keyboard=office.desk.keyboards.pairs(buttons, person))
    return None


async def _say(office: Office, person: int, text: str, *buttons: Button) -> None:
    keyboard = office.desk.keyboards.pairs(buttons, person) if buttons else None
    await office.desk.gateway.send(person, text, keyboard=keyboard)
