"""Encodes buttons in callback data: a template for each class of buttons, and the codes of its fields.

Each class of `buttons`, `inbox_buttons` and `broadcast_buttons` declares its encoding with the decorator `button`.
`callback_data` states the rules for changing a code or a template.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.broadcasts.model import AUDIENCES, CLASSES
from bot.i18n.languages import LANGUAGE_INFO
from bot.knowledge import ASPECTS, Status
from bot.knowledge.edits import EDITABLE
from bot.knowledge.model import MAX_FACTS

# --- Fields ---


@dataclass(frozen=True, slots=True)
class FieldCodec:
    """Encodes and decodes the field of a button."""

    pattern: str  #: what the encoded field matches
    pack: Callable[[Any], str] = str
    unpack: Callable[[str], Any] = str


def coded(codes: Mapping[Any, str], members: Iterable[object] = ()) -> FieldCodec:
    """Encode the values of a closed set by declared codes; raises ValueError if one of the `members` has no code."""
    values = {code: value for value, code in codes.items()}
    if len(values) != len(codes):
        raise ValueError(f"two values share a code: {codes}")
    if missing := [member for member in members if member not in codes]:
        raise ValueError(f"declare a code for {missing}")
    pattern = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    return FieldCodec(pattern, codes.__getitem__, values.__getitem__)


def _base_36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base_36(number // 36) if number >= 36 else "") + digits[number % 36]


_LANGUAGE_CODES = {info.code: info.callback_letter for info in LANGUAGE_INFO.values()}

#: The id of a project, an area or a draft; empty if there is none.
NAME = FieldCodec("[A-Za-z0-9_-]{0,40}")
#: A number that Telegram or the database gives: a person, a chat, a group of questions, a broadcast.
NUMBER = FieldCodec("-?[0-9]{1,19}", str, int)
#: The index of a fact among those of its project.
FACT = FieldCodec(f"[0-9]{{1,{len(str(MAX_FACTS - 1))}}}", str, int)
#: The number of a ticket in base 36: next to a project's id there is room for six characters.
TICKET = FieldCodec("[0-9a-z]{1,6}", _base_36, lambda text: int(text, 36))
#: The number of a page; empty for the first.
PAGE = FieldCodec("(?:[1-9][0-9]{0,2})?", lambda page: "" if page == 1 else str(page), lambda text: int(text or 1))
#: The first 40 hexadecimal digits of a file's digest.
DIGEST = FieldCodec("[0-9a-f]{0,40}", lambda digest: digest[:40])
YES_NO = coded({True: "y", False: "n"})
#: What a button opens.
TARGET_KIND = coded({"project": "p", "area": "a", "overview": "o"})
LANGUAGE = coded(_LANGUAGE_CODES)
LANGUAGE_OR_NONE = coded({**_LANGUAGE_CODES, None: "-"})
#: The field of a project that is edited.
FIELD = coded(
    {"status": "s", "status_note": "n", "as_of": "a", "expected_completion": "e", "summary": "t", "due": "d"}, EDITABLE
)
STATUS = coded({status: status.info.code for status in Status})
#: Which examples of a group of questions are marked, from `bot.telegram_ui.staff.inbox.selection_of`; may be empty.
SELECTION = FieldCodec("(?:[0-9a-f]{6})?")
#: What the questions are taught, from `bot.inbox.targets.reference_of`; may be empty.
REFERENCE = FieldCodec("(?:[0-9a-f]{8})?")
#: A list to choose from what the questions are taught.
TARGET_LIST = coded({"areas": "a", "topics": "t", "smalltalk": "s"})
#: The property of a new entry: the aspect that a fact answers, or the status of a project.
CHOICE = coded(
    {
        None: "-",
        "when": "W",
        "where": "P",
        "how-many": "N",
        "which": "C",
        "who": "O",
        "for-whom": "F",
        "cost": "M",
        "why": "Y",
        "how": "H",
        "progress": "G",
        **{status: f"s{status.info.code}" for status in Status},
    },
    ASPECTS,
)
#: Whether a change of a role is confirmed or only requested.
CONFIRMED = coded({True: "c", False: "r"})
#: The role that a person gets; None takes the role away.
ROLE = coded({"admin": "a", "staff": "s", None: "n"})
#: A page of the view of a draft broadcast.
DRAFT_PAGE = coded({"all": "m", "class": "c", "audience": "a", "time": "w", "links": "l"})
#: The class of a broadcast.
CLASS = coded({"alert": "a", "notice": "n", "once": "o"}, CLASSES)
#: The audience of a broadcast.
AUDIENCE = coded({"everybody": "a", "test": "t", **_LANGUAGE_CODES}, AUDIENCES)
#: The part of a draft broadcast that is typed next.
PART = coded({"text": "x", "links": "l", "time": "w"})
#: What is done with a broadcast.
ACTION = coded({"pause": "p", "resume": "r", "go_on": "y", "cancel": "c"})


# --- Buttons ---


@dataclass(frozen=True, slots=True)
class ButtonCodec:
    """Encodes and decodes the buttons of one class."""

    kind: type[Any]
    template: str
    codecs: Mapping[str, FieldCodec]
    fixed: Mapping[str, object]  #: the values of fields that are not in the template
    pattern: re.Pattern[str]

    def pack(self, data: object) -> str:
        return self.template.format_map({name: codec.pack(getattr(data, name)) for name, codec in self.codecs.items()})

    def unpack(self, payload: str) -> Any:
        """The button, or None if the payload does not match the template."""
        found = self.pattern.fullmatch(payload)
        if found is None:
            return None
        fields = {name: codec.unpack(found[name]) for name, codec in self.codecs.items()}
        return self.kind(**fields, **self.fixed)

    @classmethod
    def of(cls, kind: type[Any], template: str, /, **fields: Any) -> "ButtonCodec":
        """The codec of a class; a field that is given as a plain value is not in the template."""
        codecs = {name: value for name, value in fields.items() if isinstance(value, FieldCodec)}
        fixed = {name: value for name, value in fields.items() if name not in codecs}
        groups = {name: f"(?P<{name}>{codec.pattern})" for name, codec in codecs.items()}
        pattern = re.compile(template.replace(".", r"\.").format_map(groups))
        return cls(kind, template, codecs, fixed, pattern)


#: Class of buttons -> its codec; `button` fills it.
BUTTON_CODECS: dict[type[object], ButtonCodec] = {}
_Class = TypeVar("_Class", bound=type)


def button(template: str, /, **fields: Any) -> Callable[[_Class], _Class]:
    """Declare the encoding of the decorated class: a template, and a `FieldCodec` for each field of the class."""

    def declare(kind: _Class) -> _Class:
        BUTTON_CODECS[kind] = ButtonCodec.of(kind, template, **fields)
        return kind

    return declare
