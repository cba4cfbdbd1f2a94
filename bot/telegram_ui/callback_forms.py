"""How a class of buttons is encoded in callback data: its template, and the codes of its fields.

Each class of `buttons`, `inbox_buttons` and `broadcast_buttons` declares its own with `button`. `callback_data` states
the rules for changing a code or a template.
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

# --- Encoding of values ---


@dataclass(frozen=True, slots=True)
class Value:
    """The encoding of a field: its pattern, and both directions."""

    pattern: str
    pack: Callable[[Any], str] = str
    unpack: Callable[[str], Any] = str


def coded(codes: Mapping[Any, str], members: Iterable[object] = ()) -> Value:
    """A value of a closed set, by its declared code; raises ValueError if one of the `members` has no code."""
    values = {code: value for value, code in codes.items()}
    if len(values) != len(codes):
        raise ValueError(f"two values share a code: {codes}")
    if missing := [member for member in members if member not in codes]:
        raise ValueError(f"declare a code for {missing}")
    return Value("|".join(map(re.escape, sorted(values, key=len, reverse=True))), codes.__getitem__, values.__getitem__)


def _base_36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base_36(number // 36) if number >= 36 else "") + digits[number % 36]


_LANGUAGE_CODES = {info.code: info.callback_letter for info in LANGUAGE_INFO.values()}

NAME = Value("[A-Za-z0-9_-]{0,40}")
NUMBER = Value("-?[0-9]{1,19}", str, int)
#: The index of a fact among those of its project.
FACT = Value(f"[0-9]{{1,{len(str(MAX_FACTS - 1))}}}", str, int)
#: In base 36: next to a project's id there is room for six characters.
TICKET = Value("[0-9a-z]{1,6}", _base_36, lambda text: int(text, 36))
PAGE = Value("(?:[1-9][0-9]{0,2})?", lambda page: "" if page == 1 else str(page), lambda text: int(text or 1))
DIGEST = Value("[0-9a-f]{0,40}", lambda digest: digest[:40])
YES_NO = coded({True: "y", False: "n"})
TARGET_KIND = coded({"project": "p", "area": "a", "overview": "o"})
LANGUAGE = coded(_LANGUAGE_CODES)
LANGUAGE_OR_NONE = coded({**_LANGUAGE_CODES, None: "-"})
FIELD = coded(
    {"status": "s", "status_note": "n", "as_of": "a", "expected_completion": "e", "summary": "t", "due": "d"}, EDITABLE
)
STATUS = coded({status: status.info.code for status in Status})
SELECTION = Value("(?:[0-9a-f]{6})?")
REFERENCE = Value("(?:[0-9a-f]{8})?")
TARGET_LIST = coded({"areas": "a", "topics": "t", "smalltalk": "s"})
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
CONFIRMED = coded({True: "c", False: "r"})
ROLE = coded({"admin": "a", "staff": "s", None: "n"})
DRAFT_PAGE = coded({"all": "m", "class": "c", "audience": "a", "time": "w", "links": "l"})
CLASS = coded({"alert": "a", "notice": "n", "once": "o"}, CLASSES)
AUDIENCE = coded({"everybody": "a", "test": "t", **_LANGUAGE_CODES}, AUDIENCES)
PART = coded({"text": "x", "links": "l", "time": "w"})
ACTION = coded({"pause": "p", "resume": "r", "go_on": "y", "cancel": "c"})


# --- Forms ---


@dataclass(frozen=True, slots=True)
class Form:
    """The encoding of one kind of button. `fixed` are the fields that the template does not contain."""

    kind: type[Any]
    template: str
    values: Mapping[str, Value]
    fixed: Mapping[str, object]
    pattern: re.Pattern[str]

    def pack(self, data: object) -> str:
        return self.template.format_map({name: value.pack(getattr(data, name)) for name, value in self.values.items()})

    def unpack(self, payload: str) -> Any:
        found = self.pattern.fullmatch(payload)
        if found is None:
            return None
        fields = {name: value.unpack(found[name]) for name, value in self.values.items()}
        return self.kind(**fields, **self.fixed)

    @classmethod
    def of(cls, kind: type[Any], template: str, /, **fields: Any) -> "Form":
        """The form of a class; a field that is given as a plain value is not in the template."""
        values = {name: value for name, value in fields.items() if isinstance(value, Value)}
        fixed = {name: value for name, value in fields.items() if name not in values}
        groups = {name: f"(?P<{name}>{value.pattern})" for name, value in values.items()}
        pattern = re.compile(template.replace(".", r"\.").format_map(groups))
        return cls(kind, template, values, fixed, pattern)


#: Class of buttons -> its form; `button` fills it.
FORMS: dict[type[object], Form] = {}
_Class = TypeVar("_Class", bound=type)


def button(template: str, /, **fields: Any) -> Callable[[_Class], _Class]:
    """Declare how the class of buttons below is written: a template, and a `Value` for each field of the class."""

    def declare(kind: _Class) -> _Class:
        FORMS[kind] = Form.of(kind, template, **fields)
        return kind

    return declare
