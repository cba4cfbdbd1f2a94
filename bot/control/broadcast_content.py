"""A new broadcast as the command line sends it, and its editions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Base64Bytes

from bot.broadcasts.content import Editions, is_blank, length_problem, parse_links, parse_planned_time, with_attachment
from bot.broadcasts.model import Attachment, Audience, BroadcastClass, Edition
from bot.control.server import Input, RejectedError, require
from bot.i18n.languages import Language, language_name
from bot.i18n.message import lazy_gettext

#: Stands for the number of a broadcast that has none yet, to measure the length of its text.
_SAMPLE_NUMBER = "2026-0000"
#: Stands for an attachment that is not uploaded yet, to measure the length of the caption.
_PLACEHOLDER = Attachment("document", "")


def _encodable(text: str) -> str:
    """The text; raises ValueError if it contains lone surrogates, which a terminal in another encoding can produce."""
    text.encode()
    return text


_Text: TypeAlias = Annotated[str, AfterValidator(_encodable)]


class File(Input):
    """A file that the command line has read."""

    kind: Literal["photo", "document"]
    name: _Text
    content: Base64Bytes


class Content(Input):
    """A new broadcast."""

    texts: Mapping[Language, _Text] = {}
    links: Mapping[Language, Sequence[_Text]] = {}
    links_of_all: Sequence[_Text] = ()  #: for texts without links of their own
    file: File | None = None
    kind: BroadcastClass = "notice"
    audience: Audience = "everybody"
    at: str | None = None  #: None: as soon as it is confirmed
    to: int | None = None  #: the admin who gets the preview

    def editions(self, default: Language) -> Editions:
        """The editions without the file, which is not uploaded yet; raises RejectedError if they cannot be sent."""
        texts = {language: text.strip() for language, text in self.texts.items() if not is_blank(text)}
        if not texts and self.file is None:
            raise RejectedError(lazy_gettext("A broadcast needs a text, a photo or a document."))
        texts = texts or {default: ""}
        self._require_texts(texts)
        editions = {
            language: Edition(
                text, links=require(parse_links("\n".join(self.links.get(language) or self.links_of_all)))
            )
            for language, text in texts.items()
        }
        measured = with_attachment(editions, _PLACEHOLDER) if self.file else editions
        if problem := length_problem(measured, _SAMPLE_NUMBER, default):
            raise RejectedError(problem)
        return editions

    def _require_texts(self, texts: Mapping[Language, str]) -> None:
        """Raise RejectedError if there are links for a language without a text."""
        without = next((language for language in self.links if language not in texts), None)
        if without:
            name = language_name(without)
            raise RejectedError(
                lazy_gettext("There are links but no text in this language: {language}.", language=name)
            )

    def planned_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The start time, or None for at once; raises RejectedError if `at` is not a time."""
        return None if self.at is None else require(parse_planned_time(self.at, now, zone))
