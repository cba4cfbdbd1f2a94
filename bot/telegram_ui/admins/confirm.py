"""Confirmation of a draft: the preview, and the head count that the author types."""

from telegram import CallbackQuery, Message

from bot.broadcasts import preview as previewing
from bot.broadcasts.content import parse_number
from bot.broadcasts.messages import format_confirmation
from bot.broadcasts.service import Estimate
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.approve import other_admins, request_approvals
from bot.telegram_ui.admins.compose import back_button, own_draft
from bot.telegram_ui.admins.progress import send_card
from bot.telegram_ui.broadcast_buttons import OpenDraft, ShowPreview
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedHeadCount
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.texts import format_person


async def show_preview(context: StaffContext, query: CallbackQuery, data: ShowPreview, translator: Translator) -> None:
    """Send every edition to the author; if all of them arrived, ask for the head count."""
    draft, person = await own_draft(context, query, data.broadcast, translator), query.from_user.id
    if draft is None:
        return
    if draft.planned_at is not None and draft.planned_at <= context.now():
        await context.notify(person, translator.gettext("The time that was planned has passed. Choose another one."))
        return
    seen = await previewing.preview(
        draft,
        person,
        broadcasting=context.broadcasts,
        transport=context.transport,
        default=context.city.default_language,
    )
    if isinstance(seen, LazyMessage):
        await context.notify(person, seen.render(translator), back_button(draft, translator))
    elif refusal := await _refusal(context, seen, person, translator):
        await context.notify(person, refusal, back_button(draft, translator))
    else:
        now = context.now()
        context.pending.inputs[person] = ExpectedHeadCount(draft.id, draft.revision, seen.head_count, now)
        change: Button = (translator.gettext("« Change it"), OpenDraft(draft.id, "all"))
        await context.notify(person, format_confirmation(draft, seen, context.city, now, translator), change)


async def receive_head_count(
    context: StaffContext, message: Message, expected: ExpectedHeadCount, translator: Translator
) -> None:
    """Confirm the broadcast if the typed head count is right; a wrong one may be typed again."""
    person, typed = message.chat.id, parse_number(message.text or "")
    if typed != expected.head_count:
        sentence = translator.gettext(
            "That is not {number}. Nothing was sent; type it again, or press “Change it”.",
            number=expected.head_count,
        )
        await context.send(message.chat.id, sentence)
        return
    context.pending.inputs.pop(person, None)
    done = await context.broadcasts.confirm(expected.broadcast, expected.revision, typed, person)
    if isinstance(done, LazyMessage):
        await context.send(message.chat.id, done.render(translator))
        return
    await send_card(context, done, person, translator)
    if done.state == "unapproved" and not await request_approvals(context, done, _author(message)):
        await context.send(
            message.chat.id,
            translator.gettext(
                "I could not reach any other admin. They must press start in a chat with me, then /broadcast."
            ),
        )


def _author(message: Message) -> str:
    return format_person(message.from_user) if message.from_user else str(message.chat.id)


async def _refusal(context: StaffContext, size: Estimate, author: int, translator: Translator) -> str:
    """Why a previewed draft cannot be confirmed; empty if it can."""
    if size.head_count == 0:
        return translator.gettext(
            "At the moment it would reach no one, so it cannot be sent. Only people who have pressed Start can be "
            "reached, also in the test group."
        )
    if size.needs_approval and not await other_admins(context, author):
        return translator.gettext(
            "It reaches so many people that a second admin must approve it, and there is no other admin. /grant ID "
            "admin gives these rights; people see their Telegram ID with /id."
        )
    return ""
