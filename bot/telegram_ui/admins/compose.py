"""`/broadcast`: the draft of a broadcast, shown as one message with buttons that change it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from telegram import CallbackQuery, Message

from bot.broadcasts import messages
from bot.broadcasts.content import (
    Editions,
    attachment_of,
    length_problem,
    with_links,
    without_attachment,
    without_text,
)
from bot.broadcasts.model import AUDIENCES, CLASSES, Broadcast
from bot.i18n.languages import LANGUAGES, language_name
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.approve import card_button
from bot.telegram_ui.broadcast_buttons import (
    AskPart,
    DeleteDraft,
    OpenDraft,
    Page,
    RemoveAttachment,
    RemoveLinks,
    RemoveText,
    ReuseTexts,
    SetAudience,
    SetClass,
    SetImmediate,
    ShowPreview,
)
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.expected_input import ExpectedPart, OpenComposer
from bot.telegram_ui.keyboards import Button, View

#: The most active broadcasts that are listed.
_MAX_OTHERS = 8


async def open_composer(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    """Open the admin's draft, or create one."""
    person = message.chat.id
    draft = await context.broadcasts.draft_of(person) or await context.broadcasts.begin(person)
    await context.send(message.chat.id, *await composer_view(context, draft, translator))


async def reuse_texts(context: StaffContext, query: CallbackQuery, data: ReuseTexts, translator: Translator) -> None:
    """Create a draft with the texts of a finished broadcast; one for the test group becomes one for everybody."""
    person, gettext = query.from_user.id, translator.gettext
    source = await context.broadcasts.store.broadcast(data.broadcast)
    current = await context.broadcasts.draft_of(person)
    if source is None:
        await context.notify(person, gettext("There is no such broadcast."))
        return
    if current is not None and current.editions:
        sentence = gettext(
            "You are writing {number} already. Send it, or erase the draft first.", number=current.number
        )
        await context.notify(
            person, sentence, (gettext("Show {number}", number=current.number), OpenDraft(current.id, "all"))
        )
        return
    audience = "everybody" if source.audience == "test" else source.audience
    draft = await context.broadcasts.begin(person)
    done = await context.broadcasts.rewrite(
        replace(draft, editions=source.editions, kind=source.kind, audience=audience)
    )
    if isinstance(done, LazyMessage):
        await context.notify(person, done.render(translator))
        return
    await context.show(query, *await composer_view(context, done, translator), new_message=True)


async def open_draft(context: StaffContext, query: CallbackQuery, data: OpenDraft, translator: Translator) -> None:
    if draft := await own_draft(context, query, data.broadcast, translator):
        if data.page == "all":
            await context.show(query, *await composer_view(context, draft, translator))
        else:
            text, buttons = _PAGES[data.page](context, draft, translator)
            buttons.append(back_button(draft, translator))
            await context.show(query, text, context.keyboards.pairs(buttons, query.from_user.id))


async def set_class(context: StaffContext, query: CallbackQuery, data: SetClass, translator: Translator) -> None:
    await _rewrite(context, query, data.broadcast, translator, kind=data.kind)


async def set_audience(context: StaffContext, query: CallbackQuery, data: SetAudience, translator: Translator) -> None:
    await _rewrite(context, query, data.broadcast, translator, audience=data.audience)


async def set_immediate(
    context: StaffContext, query: CallbackQuery, data: SetImmediate, translator: Translator
) -> None:
    await _rewrite(context, query, data.broadcast, translator, planned_at=None)


async def remove_text(context: StaffContext, query: CallbackQuery, data: RemoveText, translator: Translator) -> None:
    await _change(context, query, data.broadcast, translator, lambda editions: without_text(editions, data.language))


async def remove_links(context: StaffContext, query: CallbackQuery, data: RemoveLinks, translator: Translator) -> None:
    await _change(context, query, data.broadcast, translator, lambda editions: with_links(editions, data.language, ()))


async def remove_attachment(
    context: StaffContext, query: CallbackQuery, data: RemoveAttachment, translator: Translator
) -> None:
    await _change(context, query, data.broadcast, translator, without_attachment)


async def delete_draft(context: StaffContext, query: CallbackQuery, data: DeleteDraft, translator: Translator) -> None:
    """Delete a draft after a confirmation, because this cannot be undone."""
    draft = await own_draft(context, query, data.broadcast, translator)
    if draft is None:
        return
    if data.confirmed and await context.broadcasts.store.drop_broadcast(draft.id):
        await context.show(
            query, translator.gettext("The draft is erased; nothing was sent. /broadcast begins a new one.")
        )
        return
    buttons: list[Button] = [
        (translator.gettext("Yes, erase it"), DeleteDraft(draft.id, confirmed=True)),
        (translator.gettext("No, keep it"), OpenDraft(draft.id, "all")),
    ]
    question = translator.gettext("Erase the draft {number}, with all its texts?", number=draft.number)
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id))


async def ask_part(context: StaffContext, query: CallbackQuery, data: AskPart, translator: Translator) -> None:
    """Ask for a text, link buttons, or the time."""
    draft, person = await own_draft(context, query, data.broadcast, translator), query.from_user.id
    if draft is None:
        return
    question, buttons = _question(context, draft, data, translator)
    context.pending.inputs[person] = ExpectedPart(draft.id, data.part, data.language, context.now())
    buttons.append(back_button(draft, translator))
    await context.show(query, question, context.keyboards.pairs(buttons, person), new_message=True)


def back_button(draft: Broadcast, translator: Translator) -> Button:
    return translator.gettext("« Back"), OpenDraft(draft.id, "all")


async def own_draft(
    context: StaffContext, query: CallbackQuery, identifier: int, translator: Translator
) -> Broadcast | None:
    """The person's own draft; None, after a message, if it no longer exists."""
    draft = await context.broadcasts.store.broadcast(identifier)
    if draft is not None and draft.state == "draft" and draft.author == query.from_user.id:
        return draft
    await context.show(query, no_draft_text(translator), new_message=True)
    return None


async def _rewrite(
    context: StaffContext, query: CallbackQuery, identifier: int, translator: Translator, **values: Any
) -> None:
    """Change a draft and show it in place."""
    draft = await own_draft(context, query, identifier, translator)
    if draft is None:
        return
    done = await context.broadcasts.rewrite(replace(draft, **values))
    if isinstance(done, LazyMessage):
        await context.show(query, done.render(translator), new_message=True)
    else:
        await context.show(query, *await composer_view(context, done, translator))


async def _change(
    context: StaffContext,
    query: CallbackQuery,
    identifier: int,
    translator: Translator,
    change: Callable[[Editions], Editions],
) -> None:
    """Change the editions of a draft, if each still fits into a message."""
    draft = await own_draft(context, query, identifier, translator)
    if draft is None:
        return
    editions = change(draft.editions)
    if problem := length_problem(editions, draft.number, context.city.default_language):
        await context.show(query, problem.render(translator), new_message=True)
    else:
        await _rewrite(context, query, identifier, translator, editions=editions)


async def composer_view(context: StaffContext, draft: Broadcast, translator: Translator) -> View:
    """The draft as a message, with buttons that change it; the author's next text may be meant for it."""
    if draft.author is not None:
        context.pending.inputs[draft.author] = OpenComposer(draft.id, context.now())
    size = await context.broadcasts.size(draft)
    others = (await context.broadcasts.under_way())[:_MAX_OTHERS]
    text = messages.format_draft(draft, size, context.city, translator)
    if under_way := messages.format_active_broadcasts(draft, others, context.city, translator):
        text = f"{text}\n\n{under_way}"
    buttons = [*_draft_buttons(draft, translator), *_card_buttons(others, translator)]
    return text, context.keyboards.pairs(buttons, draft.author or 0)


def _draft_buttons(draft: Broadcast, translator: Translator) -> list[Button]:
    gettext, identifier = translator.gettext, draft.id
    buttons: list[Button] = [
        (f"{'✓ ' if code in draft.editions else ''}{language_name(code)}", AskPart(identifier, "text", code))
        for code in LANGUAGES
    ]
    pages: list[tuple[str, Page]] = [
        (gettext("Class"), "class"),
        (gettext("To whom"), "audience"),
        (gettext("When"), "time"),
    ]
    if draft.editions:
        pages.append((gettext("Buttons"), "links"))
    buttons += [(label, OpenDraft(identifier, page)) for label, page in pages]
    if attachment_of(draft.editions):
        buttons.append((gettext("Remove the attachment"), RemoveAttachment(identifier)))
    if draft.editions:
        buttons.append((gettext("Preview and send"), ShowPreview(identifier)))
    buttons.append((gettext("✗ Erase the draft"), DeleteDraft(identifier, confirmed=False)))
    return buttons


def _card_buttons(others: list[Broadcast], translator: Translator) -> list[Button]:
    return [card_button(other, translator) for other in others]


def _class_page(_: StaffContext, draft: Broadcast, translator: Translator) -> tuple[str, list[Button]]:
    rules = "\n\n".join(messages.class_rule(kind, translator) for kind in CLASSES)
    buttons: list[Button] = [
        (_marked(messages.class_name(kind, translator), chosen=kind == draft.kind), SetClass(draft.id, kind))
        for kind in CLASSES
    ]
    return rules, buttons


def _audience_page(_: StaffContext, draft: Broadcast, translator: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (_marked(messages.audience_name(who, translator), chosen=who == draft.audience), SetAudience(draft.id, who))
        for who in AUDIENCES
    ]
    return translator.gettext("Who should get it? The test group is for trying it out on colleagues."), buttons


def _time_page(_: StaffContext, draft: Broadcast, translator: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (translator.gettext("As soon as it is confirmed"), SetImmediate(draft.id)),
        (translator.gettext("At a certain time"), AskPart(draft.id, "time", None)),
    ]
    return translator.gettext("When should it be sent?"), buttons


def _links_page(_: StaffContext, draft: Broadcast, translator: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (language_name(code), AskPart(draft.id, "links", code)) for code in LANGUAGES if code in draft.editions
    ]
    question = translator.gettext(
        "Below which text? A text without buttons of its own has those of the city's main language, or of the first "
        "text that has some."
    )
    return question, buttons


_PAGES: Mapping[Page, Callable[[StaffContext, Broadcast, Translator], tuple[str, list[Button]]]] = {
    "class": _class_page,
    "audience": _audience_page,
    "time": _time_page,
    "links": _links_page,
}


def _question(
    context: StaffContext, draft: Broadcast, data: AskPart, translator: Translator
) -> tuple[str, list[Button]]:
    """The question, with a button that removes the present value."""
    if data.language is None:
        return _time_asked(context, translator), []
    edition = draft.editions.get(data.language)
    if data.part == "links":
        out: list[Button] = [(translator.gettext("Remove the buttons"), RemoveLinks(draft.id, data.language))]
        return messages.format_links_prompt(data.language, translator), out if edition and edition.links else []
    out = [(translator.gettext("Remove this text"), RemoveText(draft.id, data.language))]
    return messages.format_text_prompt(data.language, translator), out if edition else []


def _time_asked(context: StaffContext, translator: Translator) -> str:
    return translator.gettext(
        "Send me the time by the city's clocks, for example 18:30, or {day} 18:30. In the city it is now: {moment}",
        day=context.today().isoformat(),
        moment=context.format_moment(context.now(), translator),
    )


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def no_draft_text(translator: Translator) -> str:
    return translator.gettext("This draft was erased, or is confirmed already. /broadcast shows what there is.")
