"""What each button of broadcasts does. All of them are for admins."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.broadcasts.model import Audience, BroadcastClass
from bot.i18n.languages import Language
from bot.telegram_ui.button_codecs import (
    ACTION,
    AUDIENCE,
    CLASS,
    DRAFT_PAGE,
    LANGUAGE,
    LANGUAGE_OR_NONE,
    NUMBER,
    PART,
    YES_NO,
    button,
)
from bot.telegram_ui.buttons import CallbackData

#: The view of a draft: all of it, or the choices for one part.
Page: TypeAlias = Literal["all", "class", "audience", "time", "links"]
#: A part of a draft that is typed, not chosen with a button.
Part: TypeAlias = Literal["text", "links", "time"]
ControlAction: TypeAlias = Literal["pause", "resume", "go_on", "cancel"]


@button("sbp{page}.{broadcast}", page=DRAFT_PAGE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class OpenDraft(CallbackData):
    """Show a draft, or the choices for a part of it."""

    broadcast: int
    page: Page


@button("sbc{kind}.{broadcast}", kind=CLASS, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class SetClass(CallbackData):
    broadcast: int
    kind: BroadcastClass


@button("sba{audience}.{broadcast}", audience=AUDIENCE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class SetAudience(CallbackData):
    broadcast: int
    audience: Audience


@button("sbo.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class SetImmediate(CallbackData):
    """Start as soon as the broadcast is confirmed."""

    broadcast: int


@button("sbt{part}{language}.{broadcast}", part=PART, language=LANGUAGE_OR_NONE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class AskPart(CallbackData):
    """Ask for the text or the link buttons of a language, or for the time (language None)."""

    broadcast: int
    part: Part
    language: Language | None


@button("sbe{language}.{broadcast}", language=LANGUAGE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class UseText(CallbackData):
    """Use a text that was sent without a pressed button in a draft, as the text of this language."""

    broadcast: int
    language: Language


@button("sbi.")
@dataclass(frozen=True, slots=True)
class AnswerAsQuestion(CallbackData):
    """Answer such a text as a question."""


@button("sbu{language}.{broadcast}", language=LANGUAGE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class RemoveText(CallbackData):
    """Remove the text, attachment and link buttons of a language."""

    broadcast: int
    language: Language


@button("sbk{language}.{broadcast}", language=LANGUAGE, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class RemoveLinks(CallbackData):
    broadcast: int
    language: Language


@button("sbh.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class RemoveAttachment(CallbackData):
    broadcast: int


@button("sbd{confirmed}.{broadcast}", confirmed=YES_NO, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class DeleteDraft(CallbackData):
    """Delete a draft; asked first, then confirmed."""

    broadcast: int
    confirmed: bool


@button("sbv.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class ShowPreview(CallbackData):
    """Send a draft to its author as readers will see it, and ask for the confirmation."""

    broadcast: int


@button("sbn.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class ReuseTexts(CallbackData):
    """Begin a new draft with the texts of a finished broadcast."""

    broadcast: int


@button("sbr.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class Review(CallbackData):
    """Show a broadcast that waits for approval to another admin."""

    broadcast: int


@button("sby.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class Approve(CallbackData):
    """The approval of a second admin."""

    broadcast: int


@button("sbs{new_message}.{broadcast}", new_message=YES_NO, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class ShowCard(CallbackData):
    """Show the progress of a broadcast, in place or as a new message."""

    broadcast: int
    new_message: bool


@button("sbq.{broadcast}", broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class AskCancel(CallbackData):
    """Ask for confirmation before a broadcast is cancelled."""

    broadcast: int


@button("sbg{action}.{broadcast}", action=ACTION, broadcast=NUMBER)
@dataclass(frozen=True, slots=True)
class ControlBroadcast(CallbackData):
    """Pause, resume or cancel; `go_on` confirms to resume a broadcast that paused itself."""

    broadcast: int
    action: ControlAction
