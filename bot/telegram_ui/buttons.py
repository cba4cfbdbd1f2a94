"""What each button does: one dataclass for each kind, and above it how it is encoded in callback data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from bot.answers.reply import Target
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import Status
from bot.knowledge.edits import EditableField
from bot.people.ports import Role
from bot.telegram_ui.button_codecs import (
    CONFIRMED,
    DIGEST,
    FACT,
    FIELD,
    LANGUAGE,
    LANGUAGE_OR_NONE,
    NAME,
    NUMBER,
    PAGE,
    ROLE,
    STATUS,
    TARGET_KIND,
    TICKET,
    YES_NO,
    button,
    coded,
)

TargetKind: TypeAlias = Literal["project", "area", "overview"]


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


@button(
    "{kind}{mode}{language}{page}.{id}",
    kind=TARGET_KIND,
    mode=coded({mode: mode.value for mode in RenderMode}),
    language=LANGUAGE,
    page=PAGE,
    id=NAME,
)
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


@button("l{language}", language=coded({None: "", **{code: code for code in LANGUAGES}}))
@dataclass(frozen=True, slots=True)
class ChooseLanguage(CallbackData):
    """Use this language from now on; None: the language of each question."""

    language: Language | None


@button("{confirmed}", confirmed=coded({True: "f", False: "k"}))
@dataclass(frozen=True, slots=True)
class Forget(CallbackData):
    """Answer whether to erase what is stored of this chat."""

    confirmed: bool


@button("h{helpful}.{question}", helpful=YES_NO, question=NUMBER)
@dataclass(frozen=True, slots=True)
class RateAnswer(CallbackData):
    """Say whether an answer helped."""

    question: int
    helpful: bool


@button("n.{question}", question=NUMBER)
@dataclass(frozen=True, slots=True)
class NoneOfThese(CallbackData):
    """Nothing that was offered is what was asked."""

    question: int


@button("q.{question}", question=NUMBER)
@dataclass(frozen=True, slots=True)
class AskCity(CallbackData):
    """Pass a question on to the city's staff."""

    question: int


@button("w.{question}", question=NUMBER)
@dataclass(frozen=True, slots=True)
class TellMe(CallbackData):
    """Tell this chat when the group of a question is taught."""

    question: int


@button("t{helped}.{ticket}", helped=YES_NO, ticket=NUMBER)
@dataclass(frozen=True, slots=True)
class WasThisIt(CallbackData):
    """Whether a person's answer helped: yes closes the ticket, no opens it again."""

    ticket: int
    helped: bool


# --- Buttons of staff ---


@button("tl{ticket}.{page}.{area}", ticket=TICKET, page=PAGE, area=NAME)
@dataclass(frozen=True, slots=True)
class ChooseProject(CallbackData):
    """List the projects that may answer a ticket; those of an area, or the likeliest first."""

    ticket: int
    area: str = ""
    page: int = 1


@button("tp{ticket}.{project}", ticket=TICKET, project=NAME)
@dataclass(frozen=True, slots=True)
class AnswerWithProject(CallbackData):
    """Answer a ticket with what the bot says about a project."""

    ticket: int
    project: str


@button("sl{page}.{area}", page=PAGE, area=NAME)
@dataclass(frozen=True, slots=True)
class ListProjects(CallbackData):
    """List the projects of an area to edit one; without an area, list the areas."""

    area: str
    page: int = 1


@button("sp.{project}", project=NAME)
@dataclass(frozen=True, slots=True)
class EditProject(CallbackData):
    """Show which fields of a project can be edited."""

    project: str


@button("sf{field}.{project}", field=FIELD, project=NAME)
@dataclass(frozen=True, slots=True)
class EditField(CallbackData):
    """Show how a field can be edited."""

    project: str
    field: EditableField


@button("ss{status}.{project}", status=STATUS, project=NAME)
@dataclass(frozen=True, slots=True)
class SetStatus(CallbackData):
    project: str
    status: Status


@button("sd.{project}", project=NAME)
@dataclass(frozen=True, slots=True)
class SetToday(CallbackData):
    """Set `as_of` to today."""

    project: str


@button("sq{field}{language}.{project}", field=FIELD, language=LANGUAGE_OR_NONE, project=NAME)
@dataclass(frozen=True, slots=True)
class AskText(CallbackData):
    """Ask for a new text; for a date where the field has no languages (None)."""

    project: str
    field: EditableField
    language: Language | None


@button("sx{field}.{project}", field=FIELD, project=NAME)
@dataclass(frozen=True, slots=True)
class ClearField(CallbackData):
    """Remove the text of a field in every language."""

    project: str
    field: EditableField


@button("sv.{project}", project=NAME)
@dataclass(frozen=True, slots=True)
class ListFacts(CallbackData):
    """List the facts of a project to edit one."""

    project: str


@button("sv{number}.{project}", number=FACT, project=NAME)
@dataclass(frozen=True, slots=True)
class EditFact(CallbackData):
    """Show the statement of a fact; facts are counted from 0."""

    project: str
    number: int


@button("sw{number}{language}.{project}", number=FACT, language=LANGUAGE, project=NAME)
@dataclass(frozen=True, slots=True)
class AskStatement(CallbackData):
    """Ask for another statement of a fact."""

    project: str
    number: int
    language: Language


@button("so.{draft}", draft=NAME)
@dataclass(frozen=True, slots=True)
class UseOfferedWording(CallbackData):
    """Put the offered wording into a draft, in place of the texts that contradict a status or a date."""

    draft: str


@button("s{publish}.{draft}", publish=YES_NO, draft=NAME)
@dataclass(frozen=True, slots=True)
class DecideDraft(CallbackData):
    """Publish a draft, or drop it."""

    draft: str
    publish: bool


@button("sa.{digest}", digest=DIGEST)
@dataclass(frozen=True, slots=True)
class AcceptFile(CallbackData):
    """Use a saved file although many projects are missing from it; the first 40 characters of its digest."""

    digest: str


@button("sg.")
@dataclass(frozen=True, slots=True)
class SendSpreadsheet(CallbackData):
    """Send the knowledge as a spreadsheet."""


@button("su.")
@dataclass(frozen=True, slots=True)
class UndoLastChange(CallbackData):
    """Show what undoing the last change would change."""


# --- Buttons of admins ---


@button("s{confirmed}{role}.{person}", confirmed=CONFIRMED, role=ROLE, person=NUMBER)
@dataclass(frozen=True, slots=True)
class SetRole(CallbackData):
    """Give a person a role, or none (None); asked first, then confirmed."""

    person: int
    role: Role | None
    confirmed: bool
