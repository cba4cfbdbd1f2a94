"""`/broadcast`: the draft of a broadcast, one message that its buttons change, and the texts that it asks for."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from bot.broadcasts import labels as wording
from bot.broadcasts import messages as telling
from bot.broadcasts.content import (
    Editions,
    attachment_of,
    with_links,
    without_attachment,
    without_text,
)
from bot.broadcasts.model import AUDIENCES, CLASSES, Broadcast
from bot.i18n.message import Saying
from bot.i18n.phrases import Phrases
from bot.matching.normalize import LANGUAGES
from bot.people.privacy import language_name
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
from bot.telegram_ui.staff.context import Office, PartPrompt

#: What a message shows: its text and its buttons.
View: TypeAlias = tuple[str, InlineKeyboardMarkup]
#: So many broadcasts under way are named.
_MOST_OTHERS = 8


async def begin(office: Office, message: Message, _: str, phrases: Phrases) -> None:
    """The draft that this admin works on; an empty one where there is none."""
    person = message.chat.id
    draft = await office.broadcasting.draft_of(person) or await office.broadcasting.begin(person)
    await office.say(message, *await composer(office, draft, phrases))


async def write_again(office: Office, query: CallbackQuery, press: WriteAgain, phrases: Phrases) -> None:
    """A draft with the texts of a broadcast that is over: what was tried on the test group goes to everybody."""
    person, say = query.from_user.id, phrases.say
    model, present = await office.broadcasting.find(press.broadcast), await office.broadcasting.draft_of(person)
    if model is None:
        await office.tell(person, say("There is no such broadcast."))
        return
    if present is not None and present.editions:
        sentence = say("You are writing {number} already. Send it, or erase the draft first.", number=present.number)
        await office.tell(
            person, sentence, (say("Look at {number}", number=present.number), OpenDraft(present.id, "all"))
        )
        return
    audience = "everybody" if model.audience == "test" else model.audience
    draft = await office.broadcasting.begin(person)
    done = await office.broadcasting.rewrite(draft, editions=model.editions, kind=model.kind, audience=audience)
    if isinstance(done, Saying):
        await office.tell(person, done.told(phrases))
        return
    await office.show(query, *await composer(office, done, phrases), anew=True)


async def open_draft(office: Office, query: CallbackQuery, press: OpenDraft, phrases: Phrases) -> None:
    """The draft, or the choices for a part of it, in place."""
    if draft := await own_draft(office, query, press.broadcast, phrases):
        if press.page == "all":
            await office.show(query, *await composer(office, draft, phrases))
        else:
            text, buttons = _PAGES[press.page](office, draft, phrases)
            back: Button = (phrases.say("« Back"), OpenDraft(draft.id, "all"))
            await office.show(query, text, office.desk.keyboards.pairs([*buttons, back], query.from_user.id))


async def set_class(office: Office, query: CallbackQuery, press: SetClass, phrases: Phrases) -> None:
    """Another class."""
    await _rewrite(office, query, press.broadcast, phrases, kind=press.kind)


async def set_audience(office: Office, query: CallbackQuery, press: SetAudience, phrases: Phrases) -> None:
    """To others."""
    await _rewrite(office, query, press.broadcast, phrases, audience=press.audience)


async def set_at_once(office: Office, query: CallbackQuery, press: SetAtOnce, phrases: Phrases) -> None:
    """As soon as it is confirmed."""
    await _rewrite(office, query, press.broadcast, phrases, at_once=True)


async def take_out_text(office: Office, query: CallbackQuery, press: TakeOutText, phrases: Phrases) -> None:
    """No text in a language any more."""
    await _change(office, query, press.broadcast, phrases, lambda editions: without_text(editions, press.language))


async def take_out_links(office: Office, query: CallbackQuery, press: TakeOutLinks, phrases: Phrases) -> None:
    """No buttons in a language any more."""
    await _change(office, query, press.broadcast, phrases, lambda editions: with_links(editions, press.language, ()))


async def take_out_attachment(office: Office, query: CallbackQuery, press: TakeOutAttachment, phrases: Phrases) -> None:
    """No picture and no file any more."""
    await _change(office, query, press.broadcast, phrases, without_attachment)


async def drop_draft(office: Office, query: CallbackQuery, press: DropDraft, phrases: Phrases) -> None:
    """Erase a draft, which cannot be taken back, so it is asked once more."""
    draft = await own_draft(office, query, press.broadcast, phrases)
    if draft is None:
        return
    if press.confirmed and await office.broadcasting.drop(draft):
        await office.show(query, phrases.say("The draft is erased; nothing was sent. /broadcast begins a new one."))
        return
    buttons: list[Button] = [
        (phrases.say("Yes, erase it"), DropDraft(draft.id, confirmed=True)),
        (phrases.say("No, keep it"), OpenDraft(draft.id, "all")),
    ]
    question = phrases.say("Shall I erase the draft {number}, with all its texts?", number=draft.number)
    await office.show(query, question, office.desk.keyboards.pairs(buttons, query.from_user.id))


async def ask_part(office: Office, query: CallbackQuery, press: AskPart, phrases: Phrases) -> None:
    """Ask for a text, buttons, or the time."""
    draft, person = await own_draft(office, query, press.broadcast, phrases), query.from_user.id
    if draft is None:
        return
    question, buttons = _question(office, draft, press, phrases)
    office.prompts.put(person, PartPrompt(draft.id, press.part, press.language, office.desk.now()))
    buttons.append((phrases.say("« Back"), OpenDraft(draft.id, "all")))
    await office.show(query, question, office.desk.keyboards.pairs(buttons, person), anew=True)


async def own_draft(office: Office, query: CallbackQuery, identifier: int, phrases: Phrases) -> Broadcast | None:
    """The draft behind a button; None, and its author is told, when it is none any more."""
    draft = await office.broadcasting.find(identifier)
    if draft is not None and draft.state == "draft" and draft.author == query.from_user.id:
        return draft
    await office.show(query, no_draft_told(phrases), anew=True)
    return None


async def _rewrite(
    office: Office, query: CallbackQuery, identifier: int, phrases: Phrases, **values: Any
) -> None:  # fmt: skip
    """Change a draft and show it, in place."""
    draft = await own_draft(office, query, identifier, phrases)
    if draft is None:
        return
    done = await office.broadcasting.rewrite(draft, **values)
    if isinstance(done, Saying):
        await office.show(query, done.told(phrases), anew=True)
    else:
        await office.show(query, *await composer(office, done, phrases))


async def _change(
    office: Office, query: CallbackQuery, identifier: int, phrases: Phrases, change: Callable[[Editions], Editions]
) -> None:
    """Change the editions of a draft, if what is left fits into messages."""
    draft = await own_draft(office, query, identifier, phrases)
    if draft is None:
        return
    editions = change(draft.editions)
    if too_long := telling.too_long_told(draft, editions, office.city, phrases):
        await office.show(query, too_long, anew=True)
    else:
        await _rewrite(office, query, identifier, phrases, editions=editions)


async def composer(office: Office, draft: Broadcast, phrases: Phrases) -> View:
    """The draft as a message, with the buttons that change it."""
    size = await office.broadcasting.size(draft)
    others = (await office.broadcasting.under_way())[:_MOST_OTHERS]
    told = telling.draft_told(draft, size, office.city, phrases)
    if under_way := telling.others_told(draft, others, office.city, phrases):
        told = f"{told}\n\n{under_way}"
    buttons = [*_draft_buttons(draft, phrases), *_card_buttons(others, phrases)]
    return told, office.desk.keyboards.pairs(buttons, draft.author or 0)


def _draft_buttons(draft: Broadcast, phrases: Phrases) -> list[Button]:
    say, identifier = phrases.say, draft.id
    buttons: list[Button] = [
        (f"{'✓ ' if code in draft.editions else ''}{language_name(code)}", AskPart(identifier, "text", code))
        for code in LANGUAGES
    ]
    pages: list[tuple[str, Page]] = [
        (say("Class"), "class"),
        (say("To whom"), "audience"),
        (say("When"), "time"),
    ]
    if draft.editions:
        pages.append((say("Buttons"), "links"))
    buttons += [(label, OpenDraft(identifier, page)) for label, page in pages]
    if attachment_of(draft.editions):
        buttons.append((say("Remove the attachment"), TakeOutAttachment(identifier)))
    if draft.editions:
        buttons.append((say("Preview and send"), ShowPreview(identifier)))
    buttons.append((say("✗ Erase the draft"), DropDraft(identifier, confirmed=False)))
    return buttons


def _card_buttons(others: list[Broadcast], phrases: Phrases) -> list[Button]:
    return [(phrases.say("Look at {number}", number=other.number), ShowCard(other.id, anew=True)) for other in others]


def _class_page(_: Office, draft: Broadcast, phrases: Phrases) -> tuple[str, list[Button]]:
    rules = "\n\n".join(wording.class_rule(kind, phrases) for kind in CLASSES)
    buttons: list[Button] = [
        (_marked(wording.class_name(kind, phrases), chosen=kind == draft.kind), SetClass(draft.id, kind))
        for kind in CLASSES
    ]
    return rules, buttons


def _audience_page(_: Office, draft: Broadcast, phrases: Phrases) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (_marked(wording.audience_name(who, phrases), chosen=who == draft.audience), SetAudience(draft.id, who))
        for who in AUDIENCES
    ]
    return phrases.say("To whom shall it go? The test group is for trying it out on colleagues."), buttons


def _time_page(_: Office, draft: Broadcast, phrases: Phrases) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (phrases.say("As soon as it is confirmed"), SetAtOnce(draft.id)),
        (phrases.say("At a certain time"), AskPart(draft.id, "time", None)),
    ]
    return phrases.say("When shall it be sent?"), buttons


def _links_page(_: Office, draft: Broadcast, phrases: Phrases) -> tuple[str, list[Button]]:
    buttons: list[Button] = [
        (language_name(code), AskPart(draft.id, "links", code)) for code in LANGUAGES if code in draft.editions
    ]
    question = phrases.say(
        "Below which text? A text without buttons of its own has those of the city's main language, or of the first "
        "text that has some."
    )
    return question, buttons


_PAGES: Mapping[Page, Callable[[Office, Broadcast, Phrases], tuple[str, list[Button]]]] = {
    "class": _class_page, "audience": _audience_page, "time": _time_page, "links": _links_page,
}  # fmt: skip


def _question(office: Office, draft: Broadcast, press: AskPart, phrases: Phrases) -> tuple[str, list[Button]]:
    """What is asked, and the button that takes out what is there."""
    if press.language is None:
        return _time_asked(office, phrases), []
    edition = draft.editions.get(press.language)
    if press.part == "links":
        out: list[Button] = [(phrases.say("Take the buttons out"), TakeOutLinks(draft.id, press.language))]
        return telling.links_asked(press.language, phrases), out if edition and edition.links else []
    out = [(phrases.say("Take this text out"), TakeOutText(draft.id, press.language))]
    return telling.text_asked(press.language, phrases), out if edition else []


def _time_asked(office: Office, phrases: Phrases) -> str:
    return phrases.say(
        "Send me the time by the city's clocks, for example 18:30, or {day} 18:30. In the city it is now: {moment}",
        day=office.today().isoformat(),
        moment=office.moment(office.desk.now(), phrases),
    )


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def no_draft_told(phrases: Phrases) -> str:
    """That what somebody would change is no draft of theirs any more."""
    return phrases.say("This draft was erased, or is confirmed already. /broadcast shows what there is.")
