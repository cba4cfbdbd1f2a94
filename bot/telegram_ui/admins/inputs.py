"""An admin's input for a draft: a text with or without an attachment, link buttons, or the time."""

import html
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from telegram import Message, MessageEntity

from bot.broadcasts import messages
from bot.broadcasts.content import is_blank, length_problem, parse_links, parse_planned_time, with_links, with_text
from bot.broadcasts.model import Attachment, Broadcast
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.compose import composer_view, no_draft_text
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedPart


async def receive_part(context: StaffContext, message: Message, expected: ExpectedPart, translator: Translator) -> None:
    """Put the input into the draft; an unusable one may be sent again."""
    draft = await context.broadcasts.store.broadcast(expected.broadcast)
    if draft is None or draft.state != "draft" or draft.author != message.chat.id:
        context.pending.inputs.pop(message.chat.id, None)
        await context.send(message.chat.id, no_draft_text(translator))
        return
    changed = await _changed(context, message, draft, expected, translator)
    if not isinstance(changed, str):
        done = await context.broadcasts.rewrite(changed)
        if not isinstance(done, LazyMessage):
            context.pending.inputs.pop(message.chat.id, None)
            await context.send(message.chat.id, *await composer_view(context, done, translator))
            return
        changed = done.render(translator)
    await context.send(message.chat.id, changed)


async def ignore(context: StaffContext, message: Message, _: object, translator: Translator) -> None:
    """Ignore the other pictures of an album; the person was told that only the first is used."""


async def _changed(
    context: StaffContext, message: Message, draft: Broadcast, expected: ExpectedPart, translator: Translator
) -> Broadcast | str:
    """The draft with the input of a message, or why the input is unusable."""
    if expected.language is None:
        zone = ZoneInfo(context.city.time_zone)
        planned = parse_planned_time(message.text or "", context.now(), zone)
        return planned.render(translator) if isinstance(planned, LazyMessage) else replace(draft, planned_at=planned)
    if expected.part == "links":
        if message.text is None:
            return messages.format_links_prompt(expected.language, translator)
        links = parse_links(message.text)
        if isinstance(links, LazyMessage):
            return links.render(translator)
        return replace(draft, editions=with_links(draft.editions, expected.language, links))
    return await _with_text(context, message, draft, expected, translator)


async def _with_text(
    context: StaffContext, message: Message, draft: Broadcast, expected: ExpectedPart, translator: Translator
) -> Broadcast | str:
    """The same for a text; an attachment without a caption keeps the present text."""
    if message.media_group_id is not None:
        context.pending.albums[message.chat.id] = message.media_group_id
        await context.send(
            message.chat.id, translator.gettext("Only one photo or file is possible: I look at the first one only.")
        )
    attachment, text = _attachment_in(message), _html_of(message)
    if expected.language is None or (attachment is None and (message.text is None or is_blank(text))):
        return translator.gettext("For this I need a text, a photo or a file; nothing else can be sent.")
    before = draft.editions.get(expected.language)
    if is_blank(text):
        text = before.html if before else ""
    editions = with_text(draft.editions, expected.language, text, attachment)
    problem = length_problem(editions, draft.number, context.city.default_language)
    return problem.render(translator) if problem else replace(draft, editions=editions)


def _html_of(message: Message) -> str:
    """The text or caption with its formatting, as Telegram's HTML.

    python-telegram-bot does not escape the address of a text link: a `"` would end the attribute, and Telegram would
    read `&lt` as `<`.
    """
    copy = Message(
        message.message_id,
        message.date,
        message.chat,
        text=message.text,
        caption=message.caption,
        entities=_with_escaped_urls(message.entities),
        caption_entities=_with_escaped_urls(message.caption_entities),
    )
    return copy.text_html or copy.caption_html or ""


def _with_escaped_urls(entities: Sequence[MessageEntity]) -> list[MessageEntity]:
    return [
        MessageEntity(entity.type, entity.offset, entity.length, url=html.escape(entity.url)) if entity.url else entity
        for entity in entities
    ]


def _attachment_in(message: Message) -> Attachment | None:
    """The largest size of a photo, or a file. Animations are excluded, although Telegram sends them as documents."""
    if message.photo:
        return Attachment("photo", max(message.photo, key=lambda size: size.width * size.height).file_id)
    if message.document and not message.animation:
        return Attachment("document", message.document.file_id)
    return None
