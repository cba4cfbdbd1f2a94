"""What an admin writes for a broadcast: how it goes into the draft, and whether Telegram will take it."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.model import (
    LONGEST_CAPTION,
    LONGEST_LABEL,
    LONGEST_TEXT,
    MOST_LINKS,
    Attachment,
    Audience,
    Edition,
    Link,
    edition_for,
    text_of,
)
from bot.i18n.dates import parse_time
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, lazy_gettext

#: Editions by their language.
Editions = Mapping[Language, Edition]

#: Whoever plans further ahead has mistyped the year.
FURTHEST = timedelta(days=366)
_MARKUP = re.compile(r"<[^>]*>")
_LINK = re.compile(r"(?P<label>\S.*?)\s+(?P<url>https?://[^\s/.]+\.\S+)", re.IGNORECASE)
#: What people put between the digits of a long number.
_BETWEEN_DIGITS = re.compile(r"[\s,.'’]")


def length_of(text: str) -> int:
    """The length of Telegram's HTML as Telegram counts it: in UTF-16 units of what is seen."""
    return _units(html.unescape(_MARKUP.sub("", text)))


def excess(editions: Editions, number: str, default: Language) -> tuple[Language, int] | None:
    """The first language whose text is too long, and by how many units; None when all fit.

    The number line counts, and so does an attachment that comes from another language.
    """
    for language in LANGUAGES:
        if language in editions:
            _, edition = edition_for(editions, language, default)
            longest = LONGEST_CAPTION if edition.attachment else LONGEST_TEXT
            over = length_of(text_of(edition, number, language)) - longest
            if over > 0:
                return language, over
    return None


def with_text(editions: Editions, language: Language, text: str, attachment: Attachment | None) -> Editions:
    """The editions with another text in a language; its buttons stay, and so does an attachment unless one comes."""
    before = editions.get(language, Edition(""))
    return {**editions, language: replace(before, html=text, attachment=attachment or before.attachment)}


def without_text(editions: Editions, language: Language) -> Editions:
    """The editions without the one of a language."""
    return {code: edition for code, edition in editions.items() if code != language}


def with_links(editions: Editions, language: Language, links: tuple[Link, ...]) -> Editions:
    """The editions with other buttons under the one of a language, if there is one."""
    return {code: replace(one, links=links) if code == language else one for code, one in editions.items()}


def without_attachment(editions: Editions) -> Editions:
    """The editions without their pictures and files; one that had nothing else is none any more."""
    return {code: replace(one, attachment=None) for code, one in editions.items() if one.html}


def attachment_of(editions: Editions) -> Attachment | None:
    """The first attachment; None when no language has one."""
    return next((one.attachment for code in LANGUAGES if (one := editions.get(code)) and one.attachment), None)


def readers(audience: Audience) -> tuple[Language, ...]:
    """The languages of those who are written to."""
    match audience:
        case "everybody" | "test":
            return LANGUAGES
        case language:
            return (language,)


def borrowed(editions: Editions, audience: Audience, default: Language) -> dict[Language, Language]:
    """Whose readers get the text of another language, and of which; empty without any text."""
    if not editions:
        return {}
    got = {language: edition_for(editions, language, default)[0] for language in readers(audience)}
    return {language: source for language, source in got.items() if source != language}


def unread(editions: Editions, audience: Audience, default: Language) -> list[Language]:
    """The languages whose text nobody of the audience gets."""
    got = {edition_for(editions, language, default)[0] for language in readers(audience)} if editions else set()
    return [language for language in LANGUAGES if language in editions and language not in got]


def links_from(text: str) -> tuple[Link, ...] | LazyMessage:
    """The buttons that somebody wrote, one in a line: the words, a space, and the address; else what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINKS:
        return lazy_gettext(
            "These are {number} buttons; at most {most} are possible.", number=len(lines), most=MOST_LINKS
        )
    return _links(lines)


def _links(lines: Iterable[str]) -> tuple[Link, ...] | LazyMessage:
    links: list[Link] = []
    for line in lines:
        found = _LINK.fullmatch(line)
        if found is None:
            return lazy_gettext(
                "I cannot read this line: “{line}”. Write the words of the button, a space, and an address that begins "
                "with https:// or http://",
                line=line,
            )
        if (over := _units(found["label"]) - LONGEST_LABEL) > 0:
            return lazy_gettext(
                "The words of a button have at most {most} characters; “{label}” has {number} too many.",
                most=LONGEST_LABEL, label=found["label"], number=over,
            )  # fmt: skip
        links.append(Link(found["label"], found["url"]))
    return tuple(links)


def planned_from(text: str, now: datetime, zone: ZoneInfo) -> datetime | LazyMessage:
    """The time that somebody wrote for a broadcast; else why it is none."""
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
    if planned - now > FURTHEST:
        return lazy_gettext("This is more than a year away. Is the year right?")
    return planned


def number_from(text: str) -> int | None:
    """The number that somebody typed; None when it is none."""
    digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
    return int(digits) if digits.isdecimal() and len(digits) <= 12 else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
