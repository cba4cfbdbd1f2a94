"""The buttons of broadcasts, and the letters by which they are written; each names its broadcast by the id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bot.broadcasts.model import Audience, BroadcastClass
from bot.i18n.languages import CALLBACK_LETTERS, LINKS_LETTERS, Language

#: What of a draft is shown: all of it, or the choices for a part.
Page: TypeAlias = Literal["all", "class", "audience", "time", "links"]
#: What is written, and not chosen with a button.
Part: TypeAlias = Literal["text", "links", "time"]
Step: TypeAlias = Literal["pause", "resume", "go_on", "cancel"]


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """Show a draft, or the choices for a part of it."""

    broadcast: int
    page: Page


@dataclass(frozen=True, slots=True)
class SetClass:
    """Another class."""

    broadcast: int
    kind: BroadcastClass


@dataclass(frozen=True, slots=True)
class SetAudience:
    """To others."""

    broadcast: int
    audience: Audience


@dataclass(frozen=True, slots=True)
class SetAtOnce:
    """As soon as it is confirmed."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class AskPart:
    """Ask for a text or the buttons of a language, or for the time, which has no language."""

    broadcast: int
    part: Part
    language: Language | None


@dataclass(frozen=True, slots=True)
class TakeOutText:
    """No text, attachment or buttons of their own in a language any more."""

    broadcast: int
    language: Language


@dataclass(frozen=True, slots=True)
class TakeOutLinks:
    """No buttons in a language any more."""

    broadcast: int
    language: Language


@dataclass(frozen=True, slots=True)
class TakeOutAttachment:
    """No picture and no file any more."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Erase a draft; first asked, then confirmed."""

    broadcast: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ShowPreview:
    """Send a draft to its author as it will look, and ask the last question."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class WriteAgain:
    """A new draft with the texts of a broadcast that is over."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class Review:
    """Show a broadcast that waits for a second yes to somebody who may give it."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class Approve:
    """The second yes."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show how far a broadcast is, in place or as a new message."""

    broadcast: int
    anew: bool


@dataclass(frozen=True, slots=True)
class AskCancel:
    """Ask whether a broadcast shall really be ended."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ControlBroadcast:
    """Pause a broadcast, let it go on, or end it; `go_on` is the yes where it stopped by itself."""

    broadcast: int
    act: Step


BroadcastPress: TypeAlias = (
    OpenDraft | SetClass | SetAudience | SetAtOnce | AskPart | TakeOutText | TakeOutLinks | TakeOutAttachment
    | DropDraft | ShowPreview | WriteAgain | Review | Approve | ShowCard | AskCancel | ControlBroadcast
)  # fmt: skip

_PAGES: Mapping[str, Page] = {"m": "all", "c": "class", "a": "audience", "w": "time", "l": "links"}
_CLASSES: Mapping[str, BroadcastClass] = {"a": "alert", "n": "notice", "o": "once"}
_AUDIENCES: Mapping[str, Audience] = {"a": "everybody", **CALLBACK_LETTERS, "t": "test"}
_PARTS: Mapping[str, tuple[Part, Language | None]] = {
    **{letter: ("text", language) for letter, language in CALLBACK_LETTERS.items()},
    **{letter: ("links", language) for letter, language in LINKS_LETTERS.items()},
    "w": ("time", None),
}
_STEPS: Mapping[str, Step] = {"p": "pause", "r": "resume", "y": "go_on", "c": "cancel"}
_YES: Mapping[str, bool] = {"y": True, "n": False}

#: The two letters of each press: one for the act, one for its value.
_LETTERS: Mapping[type[object], Callable[[Any], str]] = {
    OpenDraft: lambda press: f"p{_key(_PAGES, press.page)}",
    SetClass: lambda press: f"c{_key(_CLASSES, press.kind)}",
    SetAudience: lambda press: f"a{_key(_AUDIENCES, press.audience)}",
    SetAtOnce: lambda _: "o",
    AskPart: lambda press: f"t{_key(_PARTS, (press.part, press.language))}",
    TakeOutText: lambda press: f"u{_key(CALLBACK_LETTERS, press.language)}",
    TakeOutLinks: lambda press: f"k{_key(CALLBACK_LETTERS, press.language)}",
    TakeOutAttachment: lambda _: "h",
    DropDraft: lambda press: f"d{_key(_YES, press.confirmed)}",
    ShowPreview: lambda _: "v",
    WriteAgain: lambda _: "n",
    Review: lambda _: "r",
    Approve: lambda _: "y",
    ShowCard: lambda press: f"s{_key(_YES, press.anew)}",
    AskCancel: lambda _: "q",
    ControlBroadcast: lambda press: f"g{_key(_STEPS, press.act)}",
}
#: The letter of an act -> the press, from the id and the letter of its value.
_PRESSES: Mapping[str, Callable[[int, str], BroadcastPress]] = {
    "p": lambda broadcast, page: OpenDraft(broadcast, _PAGES[page]),
    "c": lambda broadcast, kind: SetClass(broadcast, _CLASSES[kind]),
    "a": lambda broadcast, audience: SetAudience(broadcast, _AUDIENCES[audience]),
    "o": lambda broadcast, _: SetAtOnce(broadcast),
    "t": lambda broadcast, part: AskPart(broadcast, *_PARTS[part]),
    "u": lambda broadcast, language: TakeOutText(broadcast, CALLBACK_LETTERS[language]),
    "k": lambda broadcast, language: TakeOutLinks(broadcast, CALLBACK_LETTERS[language]),
    "h": lambda broadcast, _: TakeOutAttachment(broadcast),
    "d": lambda broadcast, yes: DropDraft(broadcast, _YES[yes]),
    "v": lambda broadcast, _: ShowPreview(broadcast),
    "n": lambda broadcast, _: WriteAgain(broadcast),
    "r": lambda broadcast, _: Review(broadcast),
    "y": lambda broadcast, _: Approve(broadcast),
    "s": lambda broadcast, yes: ShowCard(broadcast, _YES[yes]),
    "q": lambda broadcast, _: AskCancel(broadcast),
    "g": lambda broadcast, act: ControlBroadcast(broadcast, _STEPS[act]),
}


def letters_of(press: BroadcastPress) -> str:
    """One or two letters for the act and its value."""
    return _LETTERS[type(press)](press)


def press_by_letters(act: str, value: str, broadcast: int) -> BroadcastPress:
    """The press that was written so; KeyError when there is none."""
    return _PRESSES[act](broadcast, value)


def _key(table: Mapping[str, object], value: object) -> str:
    return next(key for key, known in table.items() if known == value)
