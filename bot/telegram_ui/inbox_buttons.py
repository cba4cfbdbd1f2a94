"""The buttons of the inbox. `selection` encodes the marked examples, `target` is a reference to a target."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.knowledge import Aspect, Status
from bot.telegram_ui.buttons import CallbackData

TextStep: TypeAlias = Literal["search", "fact", "project"]
#: A property of a new entry: the aspect that a fact answers, or the status of a project.
Choice: TypeAlias = Aspect | Status | None


@dataclass(frozen=True, slots=True)
class ShowInbox(CallbackData):
    """Show a page of the groups."""

    page: int


@dataclass(frozen=True, slots=True)
class ShowGroup(CallbackData):
    """Show a group; without a selection all its examples are marked."""

    group: int
    selection: str


@dataclass(frozen=True, slots=True)
class DecideGroup(CallbackData):
    """Ignore a group permanently, or hide it for a while."""

    group: int
    state: Literal["ignored", "later"]


@dataclass(frozen=True, slots=True)
class BrowseTargets(CallbackData):
    """List the areas, the contents of an area or project (`target`), topics elsewhere or small talk."""

    group: int
    selection: str
    target: str  #: empty: see `list`
    list: Literal["areas", "topics", "smalltalk"]
    page: int


@dataclass(frozen=True, slots=True)
class AttachGroup(CallbackData):
    """Show what attaching the marked examples to a target would change."""

    group: int
    selection: str
    target: str


@dataclass(frozen=True, slots=True)
class ChooseForNew(CallbackData):
    """Choose what a new fact answers, or the status of a new project; `target` is where it belongs."""

    group: int
    selection: str
    target: str
    kind: Literal["fact", "project"]


@dataclass(frozen=True, slots=True)
class AskTeachingText(CallbackData):
    """Ask for a search term, the sentence of a fact, or the title and summary of a project."""

    step: TextStep
    group: int
    selection: str
    target: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class PublishTeaching(CallbackData):
    """Publish a proposal; if another version was published meanwhile, propose it again for `target`."""

    group: int
    selection: str
    target: str
    draft: str
