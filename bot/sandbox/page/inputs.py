"""The input of each action of the page."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from bot.sandbox.methods.content import MAX_CAPTION, MAX_TEXT
from bot.sandbox.page.people import Role

#: The most bytes of a file, and of a frame with a file in base64 and its caption.
MAX_FILE, MAX_FRAME = 10_000_000, 14_000_000
#: The most simulated subscribers in total.
MAX_SUBSCRIBERS = 5_000
#: The most characters of a knowledge file.
_MAX_KNOWLEDGE = 5_000_000

Key = Annotated[str, Field(max_length=50)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Name = Annotated[str, Field(max_length=120)]


class Input(BaseModel):
    """The fields of an action."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Input):
    """An action without fields."""


class Write(Input):
    """A text for a chat."""

    key: Key
    text: Text
    reply_to: int | None = None


class Edit(Input):
    """A new text for one's own message."""

    key: Key
    message: int
    text: Text


class Press(Input):
    """A button below a message, by its position."""

    key: Key
    message: int
    row: int = Field(ge=0)
    column: int = Field(ge=0)


class Start(Input):
    """The Start button, or a deep link."""

    key: Key
    payload: str = Field(default="", max_length=64, pattern=r"^[A-Za-z0-9_-]*$")


class Attach(Input):
    """A file for a chat."""

    key: Key
    name: Name = ""
    content: Annotated[Base64Bytes, Field(max_length=MAX_FILE)]
    kind: Literal["document", "photo"] = "document"
    caption: str = Field(default="", max_length=MAX_CAPTION)


class Inline(Input):
    """A text after the bot's name in any chat."""

    person: int
    query: str = Field(max_length=256)


class Choose(Input):
    """A result of an inline query; without a key it goes into the person's chat with the bot."""

    person: int
    query_id: Name
    result_id: Name
    key: Key | None = None


class Block(Input):
    """Whether the person blocks the bot."""

    person: int
    blocked: bool


class AddPerson(Input):
    """A new person."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    language: Annotated[str, Field(pattern=r"^[a-z]{0,3}$")] = "en"
    role: Role = "citizen"


class SetLanguage(Input):
    """The language of a person's Telegram app."""

    person: int
    language: Annotated[str, Field(pattern=r"^[a-z]{0,3}$")]


class SetFaults(Input):
    """The state of Telegram's faults."""

    kind: Literal["none", "slow", "down", "429"]
    seconds: float | None = Field(default=None, gt=0, le=60)


class Count(Input):
    """The number of subscribers to add."""

    count: int = Field(ge=1, le=MAX_SUBSCRIBERS)


class Since(Input):
    """The number of the last call that the page has."""

    since: int = Field(default=0, ge=0)


class Why(Input):
    """A question to explain."""

    text: Text
    person: int | None = None


class KnowledgeFile(Input):
    """A knowledge file; an empty name means the file with the statements."""

    name: Name = ""


class KnowledgeText(Input):
    """A new text of a knowledge file; without `full` only errors are checked."""

    name: Name = ""
    text: str = Field(max_length=_MAX_KNOWLEDGE)
    full: bool = True


class Tour(Input):
    """The current step of the guided tour."""

    step: int = Field(ge=0, le=99)
