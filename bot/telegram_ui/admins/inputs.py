"""What an admin sends for a draft: a text, perhaps with a photo or a file, link buttons, or the time."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Message

from bot.broadcasts import messages as telling
from bot.broadcasts.content import parse_links, parse_planned_time, too_long, with_links, with_text
from bot.broadcasts.model import Attachment, Broadcast
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.compose import composer, no_draft_told
from bot.telegram_ui.staff.context import ExpectedPart, StaffContext


async def take_part(office: StaffContext, message: Message, prompt: ExpectedPart, phrases: Translator) -> None:
    """What was asked for has come; where it cannot be used, it may be sent again."""
    draft = await office.broadcasting.find(prompt.broadcast)
    if draft is None or draft.state != "draft" or draft.author != message.chat.id:
        office.prompts.drop(message.chat.id)
        await office.gettext(message, no_draft_told(phrases))
        return
    changes = await _changes(office, message, draft, prompt, phrases)
    if not isinstance(changes, str):
        done = await office.broadcasting.rewrite(draft, **changes)
        if not isinstance(done, LazyMessage):
            office.prompts.drop(message.chat.id)
            await office.gettext(message, *await composer(office, done, phrases))
            return
        changes = done.render(phrases)
    await office.gettext(message, changes)


def is_rest_of_album(office: StaffContext, message: Message) -> bool:
    """Whether it is a further picture of an album of which the first was looked at."""
    album = message.media_group_id
    return album is not None and office.albums.get(message.chat.id) == album


async def _changes(
    office: StaffContext, message: Message, draft: Broadcast, prompt: ExpectedPart, phrases: Translator
) -> Mapping[str, Any] | str:
    """What a message changes in a draft, or why it cannot be used."""
    if prompt.language is None:
        zone = ZoneInfo(office.city.time_zone)
        planned = parse_planned_time(message.text or "", office.desk.now(), zone)
        return planned.render(phrases) if isinstance(planned, LazyMessage) else {"planned_at": planned}
    if prompt.part == "links":
        if message.text is None:
            return telling.format_links_prompt(prompt.language, phrases)
        links = parse_links(message.text)
        if isinstance(links, LazyMessage):
            return links.render(phrases)
        return {"editions": with_links(draft.editions, prompt.language, links)}
    return await _text_change(office, message, draft, prompt, phrases)


async def _text_change(
    office: StaffContext, message: Message, draft: Broadcast, prompt: ExpectedPart, phrases: Translator
) -> Mapping[str, Any] | str:
    """The same for a text. A picture without words goes with the text that is there already."""
    if message.media_group_id is not None:
        office.albums.put(message.chat.id, message.media_group_id)
        await office.gettext(
            message, phrases.gettext("Only one photo or file is possible: I look at the first one only.")
        )
    attachment = _attachment_in(message)
    if prompt.language is None or (attachment is None and message.text is None):
        return phrases.gettext("For this I need a text, a photo or a file; nothing else can be sent.")
    before = draft.editions.get(prompt.language)
    text = (message.text_html or message.caption_html or "") or (before.html if before else "")
    editions = with_text(draft.editions, prompt.language, text, attachment)
    problem = too_long(editions, draft.number, office.city.default_language)
    return problem.render(phrases) if problem else {"editions": editions}


def _attachment_in(message: Message) -> Attachment | None:
    """The largest size of a photo, or a file; a moving picture is none, although Telegram calls it a file as well."""
    if message.photo:
        return Attachment("photo", max(message.photo, key=lambda size: size.width * size.height).file_id)
    if message.document and not message.animation:
        return Attachment("document", message.document.file_id)
    return None
