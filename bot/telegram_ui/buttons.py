"""What each button does: one dataclass for each kind. `callback_data` declares how they are written."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from bot.answers.reply import Target
from bot.broadcasts.model import Audience, BroadcastClass
from bot.i18n.languages import Language
from bot.knowledge import Status
from bot.knowledge.diff import EditableField
from bot.people.ports import Role

TargetKind: TypeAlias = Literal["project", "area", "overview"]
#: The view of a draft: all of it, or the choices for one part.
Page: TypeAlias = Literal["all", "class", "audience", "time", "links"]
#: A part of a draft that is typed, not chosen with a button.
Part: TypeAlias = Literal["text", "links", "time"]
ControlAction: TypeAlias = Literal["pause", "resume", "go_on", "cancel"]


class RenderMode(StrEnum):
    """Where a button shows its target, and how the buttons under that one behave.

    Browsing and paging edit one message in place, so that no trail of lists remains above it. Under an answer, a
    related project is a new question and the answer must stay readable, so it comes as a new message.
    """

    NEW_MESSAGE = "a"  #: a new message; its buttons do the same
    EDIT = "b"  #: in place; its buttons do the same
    EXPAND = "m"  #: in place; its buttons are those under an answer


class CallbackData:
    """What a button does."""

    __slots__ = ()


# --- Buttons of everyone ---


@dataclass(frozen=True, slots=True)
class OpenTarget(CallbackData):
    """Show a project, an area or the overview, in the language in which the button was offered."""

    kind: TargetKind
    id: str
    page: int
    language: Language
    mode: RenderMode

    @classmethod
    def of(cls, target: Target, language: Language, mode: RenderMode) -> "OpenTarget":
        return cls(target.kind, target.id, target.page, language, mode)

    @property
    def target(self) -> Target:
        return Target(self.kind, self.id, self.page)


@dataclass(frozen=True, slots=True)
class ChooseLanguage(CallbackData):
    """Use this language from now on; None: the language of each question."""

    language: Language | None


@dataclass(frozen=True, slots=True)
class Forget(CallbackData):
    """Answer whether to erase what is stored of this chat."""

    confirmed: bool


@dataclass(frozen=True, slots=True)
class RateAnswer(CallbackData):
    """Say whether an answer helped."""

    question: int
    helpful: bool


@dataclass(frozen=True, slots=True)
class NoneOfThese(CallbackData):
    """Nothing that was offered is what was asked."""

    question: int


@dataclass(frozen=True, slots=True)
class AskCity(CallbackData):
    """Pass a question on to the city's staff."""

    question: int


@dataclass(frozen=True, slots=True)
class TellMe(CallbackData):
    """Tell this chat when the group of a question is taught."""

    question: int


@dataclass(frozen=True, slots=True)
class WasThisIt(CallbackData):
    """Whether a person's answer helped: yes closes the ticket, no opens it again."""

    ticket: int
    helped: bool


# --- Buttons of staff ---


@dataclass(frozen=True, slots=True)
class ChooseProject(CallbackData):
    """List the projects that may answer a ticket; those of an area, or the likeliest first."""

    ticket: int
    area: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class AnswerWithProject(CallbackData):
    """Answer a ticket with what the bot says about a project."""

    ticket: int
    project: str


@dataclass(frozen=True, slots=True)
class ListProjects(CallbackData):
    """List the projects of an area to edit one; without an area, list the areas."""

    area: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class EditProject(CallbackData):
    """Show which fields of a project can be edited."""

    project: str


@dataclass(frozen=True, slots=True)
class EditField(CallbackData):
    """Show how a field can be edited."""

    project: str
    field: EditableField


@dataclass(frozen=True, slots=True)
class SetStatus(CallbackData):
    project: str
    status: Status


@dataclass(frozen=True, slots=True)
class SetToday(CallbackData):
    """Set `as_of` to today."""

    project: str


@dataclass(frozen=True, slots=True)
class AskText(CallbackData):
    """Ask for a new text; for a date where the field has no languages (None)."""

    project: str
    field: EditableField
    language: Language | None


@dataclass(frozen=True, slots=True)
class ClearField(CallbackData):
    """Remove the text of a field in every language."""

    project: str
    field: EditableField


@dataclass(frozen=True, slots=True)
class ListFacts(CallbackData):
    """List the facts of a project to edit one."""

    project: str


@dataclass(frozen=True, slots=True)
class EditFact(CallbackData):
    """Show the statement of a fact; facts are counted from 0."""

    project: str
    number: int


@dataclass(frozen=True, slots=True)
class AskStatement(CallbackData):
    """Ask for another statement of a fact."""

    project: str
    number: int
    language: Language


@dataclass(frozen=True, slots=True)
class UseOfferedWording(CallbackData):
    """Put the offered wording into a draft, in place of the texts that contradict a status or a date."""

    draft: str


@dataclass(frozen=True, slots=True)
class DecideDraft(CallbackData):
    """Publish a draft, or drop it."""

    draft: str
    publish: bool


@dataclass(frozen=True, slots=True)
class AcceptFile(CallbackData):
    """Use a saved file although many projects are missing from it; the first 40 characters of its digest."""

    digest: str


@dataclass(frozen=True, slots=True)
class SendSpreadsheet(CallbackData):
    """Send the knowledge as a spreadsheet."""


@dataclass(frozen=True, slots=True)
class UndoLastChange(CallbackData):
    """Show what undoing the last change would change."""


# --- Buttons of admins ---


@dataclass(frozen=True, slots=True)
class SetRole(CallbackData):
    """Give a person a role, or none (None); asked first, then confirmed."""

    person: int
    role: Role | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class OpenDraft(CallbackData):
    """Show a draft, or the choices for a part of it."""

    broadcast: int
    page: Page


@dataclass(frozen=True, slots=True)
class SetClass(CallbackData):
    broadcast: int
    kind: BroadcastClass


@dataclass(frozen=True, slots=True)
class SetAudience(CallbackData):
    broadcast: int
    audience: Audience


@dataclass(frozen=True, slots=True)
class SetImmediate(CallbackData):
    """Start as soon as the broadcast is confirmed."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class AskPart(CallbackData):
    """Ask for the text or the link buttons of a language, or for the time (language None)."""

    broadcast: int
    part: Part
    language: Language | None


@dataclass(frozen=True, slots=True)
class UseText(CallbackData):
    """Use a text that was sent without a pressed button in a draft, as the text of this language."""

    broadcast: int
    language: Language


@dataclass(frozen=True, slots=True)
class AnswerAsQuestion(CallbackData):
    """Answer such a text as a question."""


@dataclass(frozen=True, slots=True)
class RemoveText(CallbackData):
    """Remove the text, attachment and link buttons of a language."""

    broadcast: int
    language: Language


@dataclass(frozen=True, slots=True)
class RemoveLinks(CallbackData):
    broadcast: int
    language: Language


@dataclass(frozen=True, slots=True)
class RemoveAttachment(CallbackData):
    broadcast: int


@dataclass(frozen=True, slots=True)
class DeleteDraft(CallbackData):
    """Delete a draft; asked first, then confirmed."""

    broadcast: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ShowPreview(CallbackData):
    """Send a draft to its author as readers will see it, and ask for the confirmation."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ReuseTexts(CallbackData):
    """Begin a new draft with the texts of a finished broadcast."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class Review(CallbackData):
    """Show a broadcast that waits for approval to another admin."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class Approve(CallbackData):
    """The approval of a second admin."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ShowCard(CallbackData):
    """Show the progress of a broadcast, in place or as a new message."""

    broadcast: int
    new_message: bool


@dataclass(frozen=True, slots=True)
class AskCancel(CallbackData):
    """Ask for confirmation before a broadcast is cancelled."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ControlBroadcast(CallbackData):
    """Pause, resume or cancel; `go_on` confirms to resume a broadcast that paused itself."""

    broadcast: int
    action: ControlAction
