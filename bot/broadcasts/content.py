"""The content of a broadcast: parses and validates texts, attachments, link buttons and times, for chat and CLI."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.model import (
    Attachment,
    Audience,
    Edition,
    Link,
    edition_for,
    numbered_text,
)
from bot.i18n.dates import parse_time
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.text_length import MAX_CAPTION, MAX_TEXT, utf16_length
from bot.i18n.visible import is_visible

#: Editions by language.
Editions = Mapping[Language, Edition]

#: The most link buttons of an edition, and the longest label of one in UTF-16 units.
MAX_LINKS, MAX_LABEL = 6, 40
#: Later times are refused: the year is probably mistyped.
MAX_AHEAD = timedelta(days=366)

_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"(?P<label>\S.*?)\s+(?P<url>https?://[^\s/.]+\.\S+)", re.IGNORECASE)
_DIGIT_SEPARATORS = re.compile(r"[\s,.'’]")


# --- Editions -------------------------------------------------------------------------------------------------------


def with_text(editions: Editions, language: Language, text: str, attachment: Attachment | None) -> Editions:
    """Replace the text of a language. Its buttons stay; its attachment stays if `attachment` is None."""
    before = editions.get(language, Edition(""))
    return {**editions, language: replace(before, html=text, attachment=attachment or before.attachment)}


def without_text(editions: Editions, language: Language) -> Editions:
    """The editions without the one of a language."""
    return {code: edition for code, edition in editions.items() if code != language}


def with_links(editions: Editions, language: Language, links: tuple[Link, ...]) -> Editions:
    """Replace the buttons of a language, if it has an edition."""
    return {code: replace(one, links=links) if code == language else one for code, one in editions.items()}


def with_attachment(editions: Editions, attachment: Attachment) -> Editions:
    """Add the attachment to each edition."""
    return {language: replace(edition, attachment=attachment) for language, edition in editions.items()}


def without_attachment(editions: Editions) -> Editions:
    """Remove all attachments; an edition that then has no content is removed."""
    return {code: replace(one, attachment=None) for code, one in editions.items() if one.html}


def attachment_of(editions: Editions) -> Attachment | None:
    """The first attachment, or None."""
    return next((one.attachment for code in LANGUAGES if (one := editions.get(code)) and one.attachment), None)


def audience_languages(audience: Audience) -> tuple[Language, ...]:
    """The languages that recipients may have."""
    match audience:
        case "everybody" | "test":
            return LANGUAGES
        case language:
            return (language,)


def fallback_languages(editions: Editions, audience: Audience, default: Language) -> dict[Language, Language]:
    """Language of readers without an edition -> the language that they get; empty without any edition."""
    if not editions:
        return {}
    got = {language: edition_for(editions, language, default)[0] for language in audience_languages(audience)}
    return {language: source for language, source in got.items() if source != language}


def unused_languages(editions: Editions, audience: Audience, default: Language) -> list[Language]:
    """The languages whose edition no recipient gets."""
    if not editions:
        return []
    got = {edition_for(editions, language, default)[0] for language in audience_languages(audience)}
    return [language for language in LANGUAGES if language in editions and language not in got]


# --- Lengths ---------------------------------------------------------------------------------------------------------


def visible_length(text: str) -> int:
    """The length of Telegram's HTML as Telegram counts it: UTF-16 units without tags."""
    return utf16_length(_shown(text))


def is_blank(text: str) -> bool:
    """Whether a reader of a text in Telegram's HTML sees nothing."""
    return not is_visible(_shown(text))


def _shown(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def text_overflow(editions: Editions, number: str, default: Language) -> tuple[Language, int] | None:
    """The first language whose text is too long, and by how many units, or None.

    The line with the number counts, and so does an attachment that is taken from another edition.
    """
    for language in LANGUAGES:
        if language in editions:
            _, edition = edition_for(editions, language, default)
            limit = MAX_CAPTION if edition.attachment else MAX_TEXT
            overflow = visible_length(numbered_text(edition, number, language)) - limit
            if overflow > 0:
                return language, overflow
    return None


def length_problem(editions: Editions, number: str, default: Language) -> LazyMessage | None:
    """The error message for a text that is too long, or None."""
    found = text_overflow(editions, number, default)
    if found is None:
        return None
    language, overflow = found
    return lazy_gettext(
        "The text in {language} is too long by {number} characters, the number line counted. A text alone may have "
        "{text}, one below a photo or a file {caption}. Nothing was changed.",
        language=language_name(language),
        number=overflow,
        text=MAX_TEXT,
        caption=MAX_CAPTION,
    )


# --- Typed input -----------------------------------------------------------------------------------------------------


def parse_links(text: str) -> tuple[Link, ...] | LazyMessage:
    """Parse link buttons, one per line: label, space, address. Return an error message if a line is invalid."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINKS:
        return lazy_gettext(
            "These are {number} buttons; at most {most} are possible.", number=len(lines), most=MAX_LINKS
        )
    return _parse_lines(lines)


def _parse_lines(lines: Iterable[str]) -> tuple[Link, ...] | LazyMessage:
    links: list[Link] = []
    for line in lines:
        found = _LINK.fullmatch(line)
        if found is None or not is_visible(found["label"]):
            return lazy_gettext(
                "I cannot read this line: “{line}”. Write the words of the button, a space, and an address that begins "
                "with https:// or http://",
                line=line,
            )
        if (overflow := utf16_length(found["label"]) - MAX_LABEL) > 0:
            return lazy_gettext(
                "The words of a button have at most {most} characters; “{label}” has {number} too many.",
                most=MAX_LABEL,
                label=found["label"],
                number=overflow,
            )
        links.append(Link(found["label"], found["url"]))
    return tuple(links)


def parse_planned_time(text: str, now: datetime, zone: ZoneInfo) -> datetime | LazyMessage:
    """Parse the start time of a broadcast in the city's time zone. Return an error message if it is invalid."""
    planned = parse_time(text.strip(), now, zone)
    local = now.astimezone(zone)
    if planned is None:
        return lazy_gettext(
            "I cannot read this as a time. Write 18:30 for the next time that it is half past six in the evening, or "
            "{day} 18:30 for a certain day.",
            day=(local + timedelta(days=1)).date().isoformat(),
        )
    if planned <= now:
        return lazy_gettext("This time has passed: in the city it is {time} now.", time=f"{local:%Y-%m-%d %H:%M}")
    if planned - now > MAX_AHEAD:
        return lazy_gettext("This is more than a year away. Is the year right?")
    return planned


def parse_number(text: str) -> int | None:
    """Parse a typed head count, also with separators and full-width digits; None if it is not a number."""
    digits = _DIGIT_SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return int(digits) if digits.isdecimal() and len(digits) <= 12 else None
