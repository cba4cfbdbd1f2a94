"""From the draft to its start: the preview, and the number that its author types."""

from telegram import CallbackQuery, Message

from bot.broadcasts import preview as previewing
from bot.broadcasts.content import parse_number
from bot.broadcasts.messages import format_confirmation
from bot.broadcasts.service import Estimate
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.approve import ask_seconds, others
from bot.telegram_ui.admins.callback_data import OpenDraft, ShowPreview
from bot.telegram_ui.admins.compose import own_draft
from bot.telegram_ui.admins.progress import place_card
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.context import ExpectedHeadCount, StaffContext


async def show_preview(office: StaffContext, query: CallbackQuery, press: ShowPreview, phrases: Translator) -> None:
    """Each edition as it will look, then the last question; nothing can be confirmed unless all of them came."""
    draft, person = await own_draft(office, query, press.broadcast, phrases), query.from_user.id
    if draft is None:
        return
    if draft.planned_at is not None and draft.planned_at <= office.desk.now():
        await office.tell(person, phrases.gettext("The time that was planned has passed. Choose another one."))
        return
    seen = await previewing.preview(
        draft,
        person,
        broadcasting=office.broadcasting,
        transport=office.transport,
        default=office.city.default_language,
    )
    refusal = seen.render(phrases) if isinstance(seen, LazyMessage) else await _refusal(office, seen, person, phrases)
    if refusal:
        await office.tell(person, refusal, (phrases.gettext("« Back"), OpenDraft(draft.id, "all")))
    elif isinstance(seen, Estimate):
        now = office.desk.now()
        office.prompts.put(person, ExpectedHeadCount(draft.id, draft.revision, seen.head_count, now))
        change: Button = (phrases.gettext("« Change it"), OpenDraft(draft.id, "all"))
        await office.tell(person, format_confirmation(draft, seen, office.city, now, phrases), change)


async def take_number(office: StaffContext, message: Message, prompt: ExpectedHeadCount, phrases: Translator) -> None:
    """The typed head count: the author's yes. A wrong number sends nothing, and another may be typed."""
    person, typed = message.chat.id, parse_number(message.text or "")
    if typed != prompt.head_count:
        sentence = phrases.gettext(
            "That is not {number}. Nothing was sent; type it again, or press “Change it”.",
            number=prompt.head_count,
        )
        await office.gettext(message, sentence)
        return
    office.prompts.drop(person)
    done = await office.broadcasting.confirm(prompt.broadcast, prompt.revision, typed, person)
    if isinstance(done, LazyMessage):
        await office.gettext(message, done.render(phrases))
        return
    await place_card(office, done, person, phrases)
    if done.state == "unapproved" and not await ask_seconds(office, done):
        await office.gettext(
            message,
            phrases.gettext(
                "I could not reach any other admin. They must press start in a chat with me, then /broadcast."
            ),
        )


async def _refusal(office: StaffContext, size: Estimate, author: int, phrases: Translator) -> str:
    """Why a draft that was seen cannot be confirmed; empty when it can be."""
    if size.head_count == 0:
        return phrases.gettext(
            "At this moment it would reach nobody, so it cannot be sent. Only those can be reached who have pressed "
            "start, also in the test group."
        )
    if size.needs_approval and not await others(office, author):
        return phrases.gettext(
            "It reaches so many that a second admin must say yes as well, and there is no other admin. /grant NUMBER "
            "admin makes somebody one; people learn their number with /id."
        )
    return ""
