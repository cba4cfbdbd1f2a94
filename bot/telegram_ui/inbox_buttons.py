"""The buttons of the inbox. `selection` encodes the marked examples, `target` is a reference to a target."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.knowledge import Aspect, Status
from bot.telegram_ui.button_codecs import CHOICE, NAME, NUMBER, PAGE, REFERENCE, SELECTION, TARGET_LIST, button, coded
from bot.telegram_ui.buttons import CallbackData

TextStep: TypeAlias = Literal["search", "fact", "project"]
#: A property of a new entry: the aspect that a fact answers, or the status of a project.
Choice: TypeAlias = Aspect | Status | None


@button("sil{page}.", page=PAGE)
@dataclass(frozen=True, slots=True)
class ShowInbox(CallbackData):
    """Show a page of the groups."""

    page: int


@button("sig{selection}.{group}", selection=SELECTION, group=NUMBER)
@dataclass(frozen=True, slots=True)
class ShowGroup(CallbackData):
    """Show a group; without a selection all its examples are marked."""

    group: int
    selection: str


@button("sid{state}.{group}", state=coded({"ignored": "i", "later": "l"}), group=NUMBER)
@dataclass(frozen=True, slots=True)
class DecideGroup(CallbackData):
    """Ignore a group permanently, or hide it for a while."""

    group: int
    state: Literal["ignored", "later"]


@button(
    "sib{list}{selection}.{group}.{target}.{page}",
    list=TARGET_LIST,
    selection=SELECTION,
    group=NUMBER,
    target=REFERENCE,
    page=PAGE,
)
@dataclass(frozen=True, slots=True)
class BrowseTargets(CallbackData):
    """List the areas, the contents of an area or project (`target`), topics elsewhere or small talk."""

    group: int
    selection: str
    target: str  #: empty: see `list`
    list: Literal["areas", "topics", "smalltalk"]
    page: int


@button("sia{selection}.{group}.{target}", selection=SELECTION, group=NUMBER, target=REFERENCE)
@dataclass(frozen=True, slots=True)
class AttachGroup(CallbackData):
    """Show what attaching the marked examples to a target would change."""

    group: int
    selection: str
    target: str


@button(
    "sin{kind}{selection}.{group}.{target}",
    kind=coded({"fact": "f", "project": "p"}),
    selection=SELECTION,
    group=NUMBER,
    target=REFERENCE,
)
@dataclass(frozen=True, slots=True)
class ChooseForNew(CallbackData):
    """Choose what a new fact answers, or the status of a new project; `target` is where it belongs."""

    group: int
    selection: str
    target: str
    kind: Literal["fact", "project"]


@button(
    "siq{step}{choice}{selection}.{group}.{target}",
    step=coded({"search": "s", "fact": "f", "project": "p"}),
    choice=CHOICE,
    selection=SELECTION,
    group=NUMBER,
    target=REFERENCE,
)
@dataclass(frozen=True, slots=True)
class AskTeachingText(CallbackData):
    """Ask for a search term, the sentence of a fact, or the title and summary of a project."""

    step: TextStep
    group: int
    selection: str
    target: str
    choice: Choice


@button("sip{selection}.{group}.{target}.{draft}", selection=SELECTION, group=NUMBER, target=REFERENCE, draft=NAME)
@dataclass(frozen=True, slots=True)
class PublishTeaching(CallbackData):
    """Publish a proposal; if another version was published meanwhile, propose it again for `target`."""

    group: int
    selection: str
    target: str
    draft: str
