"""What the operator gives for a broadcast, and the editions that become of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Base64Bytes, BaseModel, ConfigDict

from bot.broadcasts.content import Editions, excess, links_from, planned_from
from bot.broadcasts.model import LONGEST_CAPTION, LONGEST_TEXT, Attachment, Audience, BroadcastClass, Edition, Link
from bot.control.server import RejectedError
from bot.i18n.languages import Language, language_name
from bot.i18n.message import LazyMessage, lazy_gettext

#: As long as numbers of broadcasts become.
_A_NUMBER = "2026-0000"
#: Stands for one that is not at Telegram yet.
_SOME_FILE = Attachment("document", "")

_Fine = TypeVar("_Fine")


def _whole(text: str) -> str:
    """The text, if it can be sent and kept; ValueError when there is half a character in it.

    A terminal in another encoding gives such. They would fail only behind the draft that is replaced.
    """
    text.encode()
    return text


_Words: TypeAlias = Annotated[str, AfterValidator(_whole)]


class File(BaseModel):
    """A file that was read where the command runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["photo", "document"]
    name: _Words
    content: Base64Bytes


class Content(BaseModel):
    """A new broadcast as the operator gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: Mapping[Language, _Words] = {}
    links: Mapping[Language, Sequence[_Words]] = {}
    links_of_all: Sequence[_Words] = ()
    file: File | None = None
    kind: BroadcastClass = "notice"
    audience: Audience = "everybody"
    at: str | None = None
    to: int | None = None


def fine(thing: _Fine | LazyMessage) -> _Fine:
    """The thing, if it is one, and no sentence that says why it is none; else RefusalError."""
    if isinstance(thing, LazyMessage):
        raise RejectedError(thing)
    return thing


def editions_of(content: Content, default: Language) -> Editions:
    """The editions, as yet without the file; RefusalError when they could not be sent like this."""
    texts = {language: text.strip() for language, text in content.texts.items() if text.strip()}
    if not texts and content.file is None:
        raise RejectedError(lazy_gettext("A broadcast needs a text, a photo or a document."))
    texts = texts or {default: ""}
    alone = next((language for language in content.links if language not in texts), None)
    if alone:
        raise RejectedError(
            lazy_gettext("There are links but no text in this language: {language}.", language=language_name(alone))
        )
    editions = {
        language: Edition(text, links=_links(content.links.get(language) or content.links_of_all))
        for language, text in texts.items()
    }
    _check_length(with_attachment(editions, _SOME_FILE) if content.file else editions, default)
    return editions


def with_attachment(editions: Editions, attachment: Attachment) -> Editions:
    """The same, each with the attachment."""
    return {language: replace(edition, attachment=attachment) for language, edition in editions.items()}


def planned_at(content: Content, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it is to be sent; None: at once. RefusalError when that is no time."""
    return None if content.at is None else fine(planned_from(content.at, now, zone))


def _links(lines: Sequence[str]) -> tuple[Link, ...]:
    return fine(links_from("\n".join(lines)))


def _check_length(editions: Editions, default: Language) -> None:
    found = excess(editions, _A_NUMBER, default)
    if found is not None:
        language, number = found
        raise RejectedError(
            lazy_gettext(
                "This text is too long by {number} characters: {language}. Below a photo or a document Telegram"
                " takes {caption} of them, else {text}.",
                number=number,
                language=language_name(language),
                caption=LONGEST_CAPTION,
                text=LONGEST_TEXT,
            )
        )
