"""What admins read of a broadcast before it is sent: the draft, its choices, and the last question."""

from collections.abc import Sequence
from datetime import datetime

from bot.broadcasts.content import Editions, attachment_of, borrowed, excess, unread
from bot.broadcasts.labels import (
    audience_name,
    class_name,
    class_rule,
    duration_told,
    moment_told,
    people_told,
    state_told,
)
from bot.broadcasts.model import (
    ACTIVE,
    LONGEST_CAPTION,
    LONGEST_TEXT,
    MOST_LINKS,
    RECALL,
    Broadcast,
    quiet_until,
)
from bot.broadcasts.service import Size
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import Translator
from bot.knowledge import City


def draft_told(draft: Broadcast, size: Size, city: City, phrases: Translator) -> str:
    """A draft as it is now: what is said to whom and when, and what is missing or surprising."""
    gettext = phrases.gettext
    lines = [
        gettext("Broadcast {number}: a draft. Nothing is sent yet.", number=draft.number),
        "",
        gettext("Class: {name}", name=class_name(draft.kind, phrases)),
        gettext("To: {name}", name=_reach(draft, size, phrases)),
        gettext("When: {moment}", moment=_planned(draft, city, phrases)),
        gettext("Texts: {names}", names=_texts(draft, phrases)),
        gettext("Attachment: {name}", name=_attachment(draft, phrases)),
        gettext("Buttons: {names}", names=_links(draft, phrases)),
        gettext("Sending takes: {duration}", duration=duration_told(size.takes, phrases)),
    ]
    return "\n".join([*lines, *format_warnings(draft, size, city, phrases)])


def format_warnings(draft: Broadcast, size: Size, city: City, phrases: Translator) -> list[str]:
    """What may surprise its author: whose language is missing, whose text nobody gets, who else must say yes."""
    gettext, default = phrases.gettext, city.default_language
    lines = [
        gettext(
            "⚠ Whoever reads {language} gets the text in {other}.",
            language=language_name(code),
            other=language_name(source),
        )
        for code, source in borrowed(draft.editions, draft.audience, default).items()
    ]
    lines += [
        gettext("⚠ Nobody gets the text in {language}.", language=language_name(code))
        for code in unread(draft.editions, draft.audience, default)
    ]
    if size.needs_second:
        lines.append(gettext("⚠ It reaches so many that a second admin must say yes as well."))
    return lines


def others_told(draft: Broadcast, others: Sequence[Broadcast], city: City, phrases: Translator) -> str:
    """The broadcasts that are under way, a line for each, and what they mean for this one; empty without any."""
    if not others:
        return ""
    gettext = phrases.gettext
    lines = [gettext("Under way:"), *(f"• {one_line(other, city, phrases)}" for other in others)]
    sending = next((other for other in others if other.state in ACTIVE), None)
    if sending and draft.kind == "alert":
        lines.append(
            gettext(
                "An alert has to wait for {number} as well. Pause {number}, and the alert goes first.",
                number=sending.number,
            )
        )
    elif sending:
        lines.append(gettext("One is sent at a time: the next one waits for its turn."))
    return "\n".join(lines)


def one_line(broadcast: Broadcast, city: City, phrases: Translator) -> str:
    """A broadcast in a line: number, class, how far it is."""
    gettext = phrases.gettext
    state = state_told(broadcast.state, phrases)
    if broadcast.state == "queued" and broadcast.starts_at:
        state = gettext("starts at {moment}", moment=moment_told(broadcast.starts_at, city, phrases))
    return gettext("{number}, {name}: {state}", number=broadcast.number, name=class_name(broadcast.kind, phrases),
               state=state)  # fmt: skip


def launch_told(draft: Broadcast, size: Size, city: City, now: datetime, phrases: Translator) -> str:
    """The last question: how many it reaches, how it is sent and when, and which number to type."""
    gettext, number = phrases.gettext, size.head_count
    lines = [
        gettext("Above you see broadcast {number} as people will see it.", number=draft.number),
        "",
        *how_told(draft, size, city, now, phrases),
        *format_warnings(draft, size, city, phrases),
        "",
        gettext("Type the number {number} to send it. Anything else sends nothing.", number=number),
    ]
    return "\n".join(lines)


def how_told(broadcast: Broadcast, size: Size, city: City, now: datetime, phrases: Translator) -> list[str]:
    """To whom it goes, by which rules, when, and how long that takes."""
    gettext = phrases.gettext
    lines = [
        gettext("To: {name}", name=_reach(broadcast, size, phrases)),
        class_rule(broadcast.kind, phrases),
        gettext("When: {moment}", moment=_planned(broadcast, city, phrases)),
    ]
    start = max(broadcast.planned_at or now, now + RECALL)
    if until := quiet_until(broadcast.kind, city, start):
        lines.append(
            gettext("That is in the quiet hours: it waits until {moment}.", moment=moment_told(until, city, phrases))
        )
    lines.append(gettext("Sending takes: {duration}", duration=duration_told(size.takes, phrases)))
    return lines


def second_told(broadcast: Broadcast, size: Size, city: City, now: datetime, phrases: Translator) -> str:
    """What the second admin is asked, below the preview."""
    gettext = phrases.gettext
    author = broadcast.author if broadcast.author is not None else gettext("the operator")
    lines = [
        gettext("Above you see broadcast {number} as people will see it.", number=broadcast.number),
        gettext("It was confirmed by {person}, and needs your yes as well.", person=author),
        "",
        *how_told(broadcast, size, city, now, phrases),
        *format_warnings(broadcast, Size(size.head_count, size.takes, needs_second=False), city, phrases),
        "",
        gettext("It starts no earlier than a minute after your yes; until then it can be called back."),
    ]
    return "\n".join(lines)


def links_asked(language: Language, phrases: Translator) -> str:
    """How buttons are written."""
    return phrases.gettext(
        "Send me the buttons for {language}, one in a line: the words, a space, and the address. At most {most}.\n"
        "For example: Schedule https://www.example.org/schedule",
        language=language_name(language),
        most=MOST_LINKS,
    )


def text_asked(language: Language, phrases: Translator) -> str:
    """How a text is sent in."""
    return phrases.gettext(
        "Send me the text in {language}, with its formatting; or a photo or a file with the text below it.\nTo change "
        "it later, press the button again: editing your message in Telegram changes nothing.",
        language=language_name(language),
    )


def too_long_told(draft: Broadcast, editions: Editions, city: City, phrases: Translator) -> str:
    """By how much one of the texts would be too long in this draft; empty when all fit."""
    over = excess(editions, draft.number, city.default_language)
    if over is None:
        return ""
    language, number = over
    return phrases.gettext(
        "The text in {language} is too long by {number} characters, the number line counted. A text alone may have "
        "{text}, one below a photo or a file {caption}. Nothing was changed.",
        language=language_name(language),
        number=number,
        text=LONGEST_TEXT,
        caption=LONGEST_CAPTION,
    )


def _reach(broadcast: Broadcast, size: Size, phrases: Translator) -> str:
    return phrases.gettext(
        "{name}, {people}",
        name=audience_name(broadcast.audience, phrases),
        people=people_told(size.head_count, phrases),
    )


def _planned(broadcast: Broadcast, city: City, phrases: Translator) -> str:
    if broadcast.planned_at is None:
        return phrases.gettext("a minute after it is confirmed")
    return moment_told(broadcast.planned_at, city, phrases)


def _texts(draft: Broadcast, phrases: Translator) -> str:
    marks = [f"✓ {language_name(code)}" if code in draft.editions else f"– {language_name(code)}" for code in LANGUAGES]
    return phrases.gettext(", ").join(marks)


def _attachment(draft: Broadcast, phrases: Translator) -> str:
    found = attachment_of(draft.editions)
    if found is None:
        return phrases.gettext("none")
    return phrases.gettext("a photo") if found.kind == "photo" else phrases.gettext("a file")


def _links(draft: Broadcast, phrases: Translator) -> str:
    numbers = [
        f"{language_name(code)} {len(edition.links)}"
        for code in LANGUAGES
        if (edition := draft.editions.get(code)) and edition.links
    ]
    return phrases.gettext(", ").join(numbers) or phrases.gettext("none")
