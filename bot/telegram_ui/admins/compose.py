"""`/broadcast`: the draft of a broadcast, one message that its buttons change, and the texts that it asks for."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from bot.broadcasts import messages as telling
from bot.broadcasts.content import (
    Editions,
    attachment_of,
    too_long,
    with_links,
    without_attachment,
    without_text,
)
from bot.broadcasts.model import AUDIENCES, CLASSES, Broadcast
from bot.i18n.languages import LANGUAGES, language_name
from bot.i18n.message import LazyMessage, Translator
from bot.telegram_ui.admins.callback_data import (
    AskPart,
    DropDraft,
    OpenDraft,
    Page,
    SetAtOnce,
    SetAudience,
    SetClass,
    ShowCard,
    ShowPreview,
    TakeOutAttachment,
    TakeOutLinks,
    TakeOutText,
    WriteAgain,
)
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.context import ExpectedPart, StaffContext

#: What a message shows: its text and its buttons.
View: TypeAlias = tuple[str, InlineKeyboardMarkup]
#: So many broadcasts under way are named.
_MOST_OTHERS = 8


async def begin(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """The draft that this admin works on; an empty one where there is none."""
    person = message.chat.id
    draft = await office.broadcasting.draft_of(person) or await office.broadcasting.begin(person)
    await office.gettext(message, *await composer(office, draft, phrases))


async def write_again(office: StaffContext, query: CallbackQuery, press: WriteAgain, phrases: Translator) -> None:
    """A draft with the texts of a broadcast that is over: what was tried on the test group goes to everybody."""
    person, gettext = query.from_user.id, phrases.gettext
    model, set_profile = await office.broadcasting.find(press.broadcast), await office.broadcasting.draft_of(person)
    if model is None:
        await office.tell(person, gettext("There is no such broadcast."))
        return
    if set_profile is not None and set_profile.editions:
        sentence = gettext(
            "You are writing {number} already. Send it, or erase the draft first.", number=set_profile.number
        )
        await office.tell(
            person, sentence, (gettext("Look at {number}", number=set_profile.number), OpenDraft(set_profile.id, "all"))
        )
        return
    audience = "everybody" if model.audience == "test" else model.audience
    draft = await office.broadcasting.begin(person)
    done = await office.broadcasting.rewrite(draft, editions=model.editions, kind=model.kind, audience=audience)
    if isinstance(done, LazyMessage):
        await office.tell(person, done.render(phrases))
        return
    await office.show(query, *await composer(office, done, phrases), anew=True)


async def open_draft(office: StaffContext, query: CallbackQuery, press: OpenDraft, phrases: Translator) -> None:
    """The draft, or the choices for a part of it, in place."""
    if draft := await own_draft(office, query, press.broadcast, phrases):
        if press.page == "all":
            await office.show(query, *await composer(office, draft, phrases))
        else:
            text, buttons = _PAGES[press.page](office, draft, phrases)
            back: Button = (phrases.gettext("« Back"), OpenDraft(draft.id, "all"))
            await office.show(query, text, office.desk.keyboards.pairs([*buttons, back], query.from_user.id))


async def set_class(office: StaffContext, query: CallbackQuery, press: SetClass, phrases: Translator) -> None:
    """Another class."""
    await _rewrite(office, query, press.broadcast, phrases, kind=press.kind)


async def set_audience(office: StaffContext, query: CallbackQuery, press: SetAudience, phrases: Translator) -> None:
    """To others."""
    await _rewrite(office, query, press.broadcast, phrases, audience=press.audience)


async def set_at_once(office: StaffContext, query: CallbackQuery, press: SetAtOnce, phrases: Translator) -> None:
    """As soon as it is confirmed."""
    await _rewrite(office, query, press.broadcast, phrases, at_once=True)


async def take_out_text(office: StaffContext, query: CallbackQuery, press: TakeOutText, phrases: Translator) -> None:
    """No text in a language any more."""
    await _change(office, query, press.broadcast, phrases, lambda editions: without_text(editions, press.language))


async def take_out_links(office: StaffContext, query: CallbackQuery, press: TakeOutLinks, phrases: Translator) -> None:
    """No buttons in a language any more."""
    await _change(office, query, press.broadcast, phrases, lambda editions: with_links(editions, press.language, ()))


async def take_out_attachment(
    office: StaffContext, query: CallbackQuery, press: TakeOutAttachment, phrases: Translator
) -> None:
    """No picture and no file any more."""
    await _change(office, query, press.broadcast, phrases, without_attachment)


async def drop_draft(office: StaffContext, query: CallbackQuery, press: DropDraft, phrases: Translator) -> None:
    """Erase a draft, which cannot be taken back, so it is asked once more."""
    draft = await own_draft(office, query, press.broadcast, phrases)
    if draft is None:
        return
    if press.confirmed and await office.broadcasting.drop(draft):
        await office.show(query, phrases.gettext("The draft is erased; nothing was sent. /broadcast begins a new one."))
        return
    buttons: list[Button] = [
        (phrases.gettext("Yes, erase it"), DropDraft(draft.id, confirmed=True)),
        (phrases.gettext("No, keep it"), OpenDraft(draft.id, "all")),
    ]
    question = phrases.gettext("Shall I erase the draft {number}, with all its texts?", number=draft.number)
    await office.show(query, question, office.desk.keyboards.pairs(buttons, query.from_user.id))


async def ask_part(office: StaffContext, query: CallbackQuery, press: AskPart, phrases: Translator) -> None:
    """Ask for a text, buttons, or the time."""
    draft, person = await own_draft(office, query, press.broadcast, phrases), query.from_user.id
    if draft is None:
        return
    question, buttons = _question(office, draft, press, phrases)
    office.prompts.put(person, ExpectedPart(draft.id, press.part, press.language, office.desk.now()))
    buttons.append((phrases.gettext("« Back"), OpenDraft(draft.id, "all")))
    await office.show(query, question, office.desk.keyboards.pairs(buttons, person), anew=True)


async def own_draft(
    office: StaffContext, query: CallbackQuery, identifier: int, phrases: Translator
) -> Broadcast | None:
    """The draft behind a button; None, and its author is told, when it is none any more."""
    draft = await office.broadcasting.find(identifier)
    if draft is not None and draft.state == "draft" and draft.author == query.from_user.id:
        return draft
    await office.show(query, no_draft_told(phrases), anew=True)
    return None


async def _rewrite(
    office: StaffContext, query: CallbackQuery, identifier: int, phrases: Translator, **values: Any
) -> None:  # fmt: skip
    """Change a draft and show it, in place."""
    draft = await own_draft(office, query, identifier, phrases)
    if draft is None:
        return
    done = await office.broadcasting.rewrite(draft, **values)
    if isinstance(done, LazyMessage):
        await office.show(query, done.render(phrases), anew=True)
    else:
        await office.show(query, *await composer(office, done, phrases))


async def _change(
    office: StaffContext,
    query: CallbackQuery,
    identifier: int,
    phrases: Translator,
    change: Callable[[Editions], Editions],
) -> None:
    """Change the editions of a draft, if what is left fits into messages."""
    draft = await own_draft(office, query, identifier, phrases)
    if draft is None:
        return
    editions = change(draft.editions)
    if problem := too_long(editions, draft.number, office.city.default_language):
        await office.show(query, problem.render(phrases), anew=True)
    else:
        await _rewrite(office, query, identifier, phrases, editions=editions)


async def composer(office: StaffContext, draft: Broadcast, phrases: Translator) -> View:
    """The draft as a message, with the buttons that change it."""
    size = await office.broadcasting.size(draft)
    others = (await office.broadcasting.under_way())[:_MOST_OTHERS]
    told = telling.format_draft(draft, size, office.city, phrases)
    if under_way := telling.format_active_broadcasts(draft, others, office.city, phrases):
        told = f"{told}\n\n{under_way}"
    buttons = [*_draft_buttons(draft, phrases), *_card_buttons(others, phrases)]
    return told, office.desk.keyboards.pairs(buttons, draft.author or 0)


def _draft_buttons(draft: Broadcast, phrases: Translator) -> list[Button]:
    gettext, identifier = phrases.gettext, draft.id
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
        buttons.append((gettext("Remove the attachment"), TakeOutAttachment(identifier)))
    if draft.editions:
        buttons.append((gettext("Preview and send"), ShowPreview(identifier)))
    buttons.append((gettext("✗ Erase the draft"), DropDraft(identifier, confirmed=False)))
    return buttons


def _card_buttons(others: list[Broadcast], phrases: Translator) -> list[Button]:
    return [
        (phrases.gettext("Look at {number}", number=other.number), ShowCard(other.id, anew=True)) for other in others
    ]


def _class_page(_: StaffContext, draft: Broadcast, phrases: Translator) -> tuple[str, list[Button]]:
    rules = "\n\n".join(telling.class_rule(kind, phrases) for kind in CLASSES)
    buttons: list[Button] = [
        (_marked(telling.class_name(kind, phrases), chosen=kind == draft.kind), SetClass(draft.id, kind))
        for kind in CLASSES
    ]
    return rules, buttons


def _audience_page(_: StaffContext, draft: Broadcast, phrases: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (_marked(telling.audience_name(who, phrases), chosen=who == draft.audience), SetAudience(draft.id, who))
        for who in AUDIENCES
    ]
    return phrases.gettext("To whom shall it go? The test group is for trying it out on colleagues."), buttons


def _time_page(_: StaffContext, draft: Broadcast, phrases: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (phrases.gettext("As soon as it is confirmed"), SetAtOnce(draft.id)),
        (phrases.gettext("At a certain time"), AskPart(draft.id, "time", None)),
    ]
    return phrases.gettext("When shall it be sent?"), buttons


def _links_page(_: StaffContext, draft: Broadcast, phrases: Translator) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (language_name(code), AskPart(draft.id, "links", code)) for code in LANGUAGES if code in draft.editions
    ]
    question = phrases.gettext(
        "Below which text? A text without buttons of its own has those of the city's main language, or of the first "
        "text that has some."
    )
    return question, buttons


_PAGES: Mapping[Page, Callable[[StaffContext, Broadcast, Translator], tuple[str, list[Button]]]] = {
    "class": _class_page, "audience": _audience_page, "time": _time_page, "links": _links_page,
}  # fmt: skip


def _question(office: StaffContext, draft: Broadcast, press: AskPart, phrases: Translator) -> tuple[str, list[Button]]:
    """What is asked, and the button that takes out what is there."""
    if press.language is None:
        return _time_asked(office, phrases), []
    edition = draft.editions.get(press.language)
    if press.part == "links":
        out: list[Button] = [(phrases.gettext("Take the buttons out"), TakeOutLinks(draft.id, press.language))]
        return telling.format_links_prompt(press.language, phrases), out if edition and edition.links else []
    out = [(phrases.gettext("Take this text out"), TakeOutText(draft.id, press.language))]
    return telling.format_text_prompt(press.language, phrases), out if edition else []


def _time_asked(office: StaffContext, phrases: Translator) -> str:
    return phrases.gettext(
        "Send me the time by the city's clocks, for example 18:30, or {day} 18:30. In the city it is now: {moment}",
        day=office.today().isoformat(),
        moment=office.moment(office.desk.now(), phrases),
    )


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def no_draft_told(phrases: Translator) -> str:
    """That what somebody would change is no draft of theirs any more."""
    return phrases.gettext("This draft was erased, or is confirmed already. /broadcast shows what there is.")
