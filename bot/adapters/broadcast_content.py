"""What the operator gives for a broadcast, and the editions that become of it."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict

from bot.adapters.control import RefusalError
from bot.adapters.telegram.texts import units
from bot.core.broadcasts import (
    LONGEST_CAPTION,
    LONGEST_LABEL,
    LONGEST_TEXT,
    MOST_LINKS,
    Attachment,
    Audience,
    BroadcastClass,
    Edition,
    Link,
    text_of,
)
from bot.core.sayings import saying
from bot.core.text import Language
from bot.flows.privacy import language_name

_LINK = re.compile(r"\s*(?P<label>\S.*?)\s+(?P<url>https?://\S+)\s*")
_TAG = re.compile(r"<[^>]*>")
#: As long as numbers of broadcasts become.
_A_NUMBER = "2026-0000"


class File(BaseModel):
    """A file that was read where the command runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["photo", "document"]
    name: str
    content: Base64Bytes


class Content(BaseModel):
    """A new broadcast as the operator gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: Mapping[Language, str] = {}
    links: Mapping[Language, Sequence[str]] = {}
    links_of_all: Sequence[str] = ()
    file: File | None = None
    kind: BroadcastClass = "notice"
    audience: Audience = "everybody"
    at: str | None = None
    to: int | None = None


def editions_of(content: Content, default: Language) -> dict[Language, Edition]:
    """The editions, as yet without the file; RefusalError when they could not be sent like this."""
    texts = {language: text.strip() for language, text in content.texts.items() if text.strip()}
    if not texts and content.file is None:
        raise RefusalError(saying("A broadcast needs a text, a photo or a document."))
    texts = texts or {default: ""}
    alone = next((language for language in content.links if language not in texts), None)
    if alone:
        raise RefusalError(
            saying("There are links but no text in this language: {language}.", language=language_name(alone))
        )
    editions = {
        language: Edition(text, links=_links(content.links.get(language) or content.links_of_all))
        for language, text in texts.items()
    }
    for language, edition in editions.items():
        _check_length(edition, language, LONGEST_CAPTION if content.file else LONGEST_TEXT)
    return editions


def with_attachment(editions: Mapping[Language, Edition], attachment: Attachment) -> dict[Language, Edition]:
    """The same, each with the attachment."""
    return {language: replace(edition, attachment=attachment) for language, edition in editions.items()}


def _links(lines: Sequence[str]) -> tuple[Link, ...]:
    if len(lines) > MOST_LINKS:
        raise RefusalError(saying("More than {most} links do not fit below a text.", most=MOST_LINKS))
    return tuple(map(_link, lines))


def _link(line: str) -> Link:
    found = _LINK.fullmatch(line)
    if found is None:
        raise RefusalError(
            saying("“{line}” is no link: write the words, a space, and the address with https://.", line=line)
        )
    if units(found["label"]) > LONGEST_LABEL:
        raise RefusalError(
            saying("“{label}” is too long for a button: at most {most} characters.", label=found["label"],
                   most=LONGEST_LABEL)
        )  # fmt: skip
    return Link(found["label"], found["url"])


def _check_length(edition: Edition, language: Language, longest: int) -> None:
    visible = html.unescape(_TAG.sub("", text_of(edition, _A_NUMBER, language)))
    excess = units(visible) - longest
    if excess > 0:
        raise RefusalError(
            saying("This text is too long by {number} characters: {language}. Below a photo or a document Telegram"
                   " takes {caption} of them, else {text}.",
                   number=excess, language=language_name(language), caption=LONGEST_CAPTION, text=LONGEST_TEXT)
        )  # fmt: skip
