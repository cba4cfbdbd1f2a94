"""Field types of a knowledge file with their limits, and the model of the small talk that ships with the program."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Value, lazy_gettext
from bot.i18n.visible import is_visible
from bot.knowledge.diagnostics import quoted
from bot.knowledge.status import Status

#: What a question asks about a subject; `i18n/locales/smalltalk.yaml` has the words for each.
Aspect = Literal["when", "where", "how-many", "which", "who", "for-whom", "cost", "why", "how", "progress"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]

#: What texts must not contain. Replies are plain text, so markup would be visible; invisible characters, and those that
#: change the writing direction, could change the apparent meaning of a sentence.
_STRAY = {
    "lost": (
        "\ufffd",
        lazy_gettext("{name} has lost a letter: {piece}"),
        lazy_gettext("write it again, and save as UTF-8"),
    ),
    "control": (
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]",
        lazy_gettext("{name} contains a control character: {piece}"),
        lazy_gettext("delete it; it may be invisible, so write the text again if need be"),
    ),
    "markup": (
        r"</?[A-Za-z!][^<>]{0,200}>|&(?:#\w{1,8}|[A-Za-z]{2,10});|\]\(\s*\w+:",
        lazy_gettext("{name} contains markup: {piece}"),
        lazy_gettext("replies are plain text: write it without tags"),
    ),
    "link": (
        r"(?i:\b(?:javascript|vbscript)\s*:|\bdata:\w+/|\b(?!https?:)[a-z][a-z0-9+.-]{1,15}://)",
        lazy_gettext("{name} contains a link that is not a web address: {piece}"),
        lazy_gettext("only https:// and http:// links can be opened"),
    ),
}
_ANY_STRAY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, (pattern, _, _) in _STRAY.items()))


if TYPE_CHECKING:
    LanguageCode = str
else:
    LanguageCode = Literal[LANGUAGES]


def not_fit(message: LazyMessage, hint: LazyMessage, **values: Value) -> PydanticCustomError:
    """A validation error in words for the person who edits the file: what is wrong, and what to do.

    The `{name}` in `message` is filled in later, when the path of the value is known.
    """
    return PydanticCustomError("not_fit", "{message}", {"message": message, "hint": hint, "values": values})


def _plain(text: str) -> str:
    if text and not is_visible(text):
        message = lazy_gettext("{name} has only invisible characters")
        raise not_fit(message, lazy_gettext("write a text, or take the line out"))
    found = _ANY_STRAY.search(text)
    if found:
        _, message, hint = _STRAY[found.lastgroup or "control"]
        piece = quoted(found[0]) if found[0].isprintable() else f"U+{ord(found[0][0]):04X}"
        raise not_fit(message, hint, piece=piece)
    return text


#: The most characters of a way of asking.
MAX_PHRASE = 300
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PHRASE), AfterValidator(_plain)]
#: A name or number that is shown as it is.
Label = Annotated[str, StringConstraints(max_length=80), AfterValidator(_plain)]


class Model(BaseModel):
    """A part of the knowledge file: immutable, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def without_empty_options(cls, entry: Any) -> Any:
        """Treat an optional field without a value as absent."""
        if not isinstance(entry, dict) or None not in entry.values():
            return entry
        optional = {name for name, known in cls.model_fields.items() if not known.is_required()}
        return {name: value for name, value in entry.items() if value is not None or name not in optional}


def _per_language(value_type: Any, default: object) -> type[Model]:
    """A model with one optional field for each language of the bot."""
    fields: dict[str, Any] = dict.fromkeys(LANGUAGES, (value_type, default))
    return create_model("PerLanguage", __base__=Model, **fields)


if TYPE_CHECKING:
    _Texts = Model
else:
    _Texts = _per_language(str | None, None)


class Translated(_Texts):
    """One text in the bot's languages, each at most `limit` characters long."""

    limit: ClassVar[int] = 80
    one_line: ClassVar[bool] = True

    @field_validator(*LANGUAGES)
    @classmethod
    def fits(cls, text: str | None) -> str | None:
        """Refuse a text that does not fit into a reply."""
        if text and len(text) > cls.limit:
            hint = lazy_gettext("at most {number} fit into a reply", number=cls.limit)
            raise not_fit(lazy_gettext("{name} is {number:,} characters long"), hint, number=len(text))
        if text and cls.one_line and "\n" in text:
            hint = lazy_gettext("it is shown in one line: write it without `|`")
            raise not_fit(lazy_gettext("{name} has more than one line"), hint)
        return _plain(text) if text else None

    def text_in(self, language: Language) -> str | None:
        """The text in `language`, or None."""
        text: str | None = getattr(self, language)
        return text

    def in_language(self, language: Language, default: Language) -> str:
        """The text in `language`, or else in the city's `default` language; empty if there is neither."""
        return self.text_in(language) or self.text_in(default) or ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts, in the order of the languages."""
        return tuple(text for language in LANGUAGES if (text := self.text_in(language)))


class Note(Translated):
    """Half a sentence."""

    limit: ClassVar[int] = 120


class Sentence(Translated):
    """One sentence that can lead a reply."""

    limit: ClassVar[int] = 200


class Summary(Translated):
    """Two sentences: the body of a reply about a project."""

    limit: ClassVar[int] = 280
    one_line: ClassVar[bool] = False


class Overview(Translated):
    """A few sentences: the body of a reply about an area."""

    limit: ClassVar[int] = 480
    one_line: ClassVar[bool] = False


#: The ways of asking in one language; the limit is far higher than needed, and only bounds a broken file.
_Ways = Annotated[tuple[Phrase, ...], Field(max_length=2000)]


if TYPE_CHECKING:
    _WaysByLanguage = Model
else:
    _WaysByLanguage = _per_language(_Ways, ())


class Phrasings(_WaysByLanguage):
    """Ways in which citizens ask, by language."""

    def texts_in(self, language: Language) -> tuple[str, ...]:
        """The phrasings of one language."""
        texts: tuple[str, ...] = getattr(self, language)
        return texts

    def sample(self, most: int) -> Iterator[str]:
        """About `most` phrasings of each language, evenly spread over the list."""
        for language in LANGUAGES:
            texts = self.texts_in(language)
            yield from texts[:: -(-len(texts) // most) or 1]

    def by_language(self) -> Iterator[tuple[Language, str]]:
        """Every phrasing with its language."""
        for language in LANGUAGES:
            for text in self.texts_in(language):
                yield language, text


# --- Small talk ------------------------------------------------------------------------------------------------------

Intent = Literal[
    "greeting",
    "thanks",
    "goodbye",
    "who-are-you",
    "human",
    "how-are-you",
    "praise",
    "insult",
    "agreement",
    "overview",
]
INTENTS: tuple[Intent, ...] = get_args(Intent)


class SmalltalkFile(Model):
    """Small talk and the words that ask for an aspect, for every city."""

    intents: dict[Intent, Phrasings]
    overview_by_status: dict[Status, Phrasings]
    aspects: dict[Aspect, Phrasings]
    schedule: Phrasings
    """Words that ask for a time of day, the days of the week or how often: the aspect "when", but no single date."""

    price: Phrasings
    """Words that ask what a visitor pays: the aspect "cost", but not what a project costs the city."""

    follow_up: Phrasings
    """Words that only make sense together with an earlier message."""

    function_words: Phrasings
    """Words that say nothing about the subject."""
