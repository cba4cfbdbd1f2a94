"""Encodes buttons in Telegram's 64 bytes of callback data, and decodes them when they are pressed.

Each kind of button is a dataclass of `buttons`, and one row of `_FORMS` declares its encoding: a template with a
placeholder for each field. `pack` fills the template in, and `unpack` matches the data against the same template.
Values of a closed set (a status, a language) are written as the codes that the tables here declare.

Callback data is `1` (the version), a tag of 14 characters and the payload of at most 47 characters. The tag is an HMAC
over the chat and the payload. Its key derives from the bot's token, so a button stays valid after a restart, nobody
else can create one, and a button from one chat does nothing in another.

Buttons stay on people's screens for years, so:

- A declared code is never reused for another value, even if its value is removed. Codes do not depend on the order of
  an enumeration: a new status gets its own code and shifts none.
- A replaced template moves to `_OLD_FORMS`, which is only read.
- `tests/telegram_ui/golden_callbacks.json` contains buttons of earlier versions; all of them must stay readable.
- Unreadable data (forged, from another chat, or of a removed kind) is None, and the person reads that the button is out
  of date.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.broadcasts.model import AUDIENCES, CLASSES
from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES
from bot.knowledge import ASPECTS, Status
from bot.knowledge.diff import EDITABLE
from bot.telegram_ui import buttons, inbox_buttons
from bot.telegram_ui.buttons import CallbackData, RenderMode

_VERSION = "1"
_TAG_BYTES = 10
_TAG_CHARACTERS = 14

# --- Encoding of values ---


@dataclass(frozen=True, slots=True)
class _Value:
    """The encoding of a field: its pattern, and both directions."""

    pattern: str
    pack: Callable[[Any], str] = str
    unpack: Callable[[str], Any] = str


def _coded(codes: Mapping[Any, str], members: Iterable[object] = ()) -> _Value:
    """A value of a closed set, by its declared code; raises ValueError if one of the `members` has no code."""
    values = {code: value for value, code in codes.items()}
    if len(values) != len(codes):
        raise ValueError(f"two values share a code: {codes}")
    if missing := [member for member in members if member not in codes]:
        raise ValueError(f"declare a code for {missing}")
    return _Value(
        "|".join(map(re.escape, sorted(values, key=len, reverse=True))), codes.__getitem__, values.__getitem__
    )


def _base_36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base_36(number // 36) if number >= 36 else "") + digits[number % 36]


_LANGUAGE_CODES = {info.code: info.callback_letter for info in LANGUAGE_INFO.values()}

_NAME = _Value("[A-Za-z0-9_-]{0,40}")
_NUMBER = _Value("-?[0-9]{1,19}", str, int)
_FACT = _Value("[0-9]{1,2}", str, int)
#: In base 36: next to a project's id there is room for six characters.
_TICKET = _Value("[0-9a-z]{1,6}", _base_36, lambda text: int(text, 36))
_PAGE = _Value("(?:[1-9][0-9]{0,2})?", lambda page: "" if page == 1 else str(page), lambda text: int(text or 1))
_DIGEST = _Value("[0-9a-f]{0,40}", lambda digest: digest[:40])
_YES_NO = _coded({True: "y", False: "n"})
_MODE = _coded({mode: mode.value for mode in RenderMode})
_TARGET_KIND = _coded({"project": "p", "area": "a", "overview": "o"})
_LANGUAGE = _coded(_LANGUAGE_CODES)
_LANGUAGE_OR_NONE = _coded({**_LANGUAGE_CODES, None: "-"})
_FIELD = _coded(
    {"status": "s", "status_note": "n", "as_of": "a", "expected_completion": "e", "summary": "t", "due": "d"}, EDITABLE
)
_STATUS = _coded({status: status.info.code for status in Status})
_SELECTION = _Value("(?:[0-9a-f]{6})?")
_REFERENCE = _Value("(?:[0-9a-f]{8})?")
_TARGET_LIST = _coded({"areas": "a", "topics": "t", "smalltalk": "s"})
_CHOICE = _coded(
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
_CONFIRMED = _coded({True: "c", False: "r"})
_ROLE = _coded({"admin": "a", "staff": "s", None: "n"})
_DRAFT_PAGE = _coded({"all": "m", "class": "c", "audience": "a", "time": "w", "links": "l"})
_CLASS = _coded({"alert": "a", "notice": "n", "once": "o"}, CLASSES)
_AUDIENCE = _coded({"everybody": "a", "test": "t", **_LANGUAGE_CODES}, AUDIENCES)
_PART = _coded({"text": "x", "links": "l", "time": "w"})
_ACTION = _coded({"pause": "p", "resume": "r", "go_on": "y", "cancel": "c"})


@dataclass(frozen=True, slots=True)
class _Form:
    """The encoding of one kind of button. `fixed` are the fields that the template does not contain."""

    kind: type[Any]
    template: str
    values: Mapping[str, _Value]
    fixed: Mapping[str, object]
    pattern: re.Pattern[str]

    def pack(self, data: CallbackData) -> str:
        return self.template.format_map({name: value.pack(getattr(data, name)) for name, value in self.values.items()})

    def unpack(self, payload: str) -> CallbackData | None:
        found = self.pattern.fullmatch(payload)
        if found is None:
            return None
        fields = {name: value.unpack(found[name]) for name, value in self.values.items()}
        data: CallbackData = self.kind(**fields, **self.fixed)
        return data


def _form(kind: type[Any], template: str, /, **fields: Any) -> _Form:
    values = {name: value for name, value in fields.items() if isinstance(value, _Value)}
    fixed = {name: value for name, value in fields.items() if name not in values}
    groups = {name: f"(?P<{name}>{value.pattern})" for name, value in values.items()}
    pattern = re.compile(template.replace(".", r"\.").format_map(groups))
    return _Form(kind, template, values, fixed, pattern)


_OLD_STATUS = _coded(
    {
        Status.ANNOUNCED: "u",
        Status.PLANNED: "v",
        Status.IN_PROGRESS: "w",
        Status.COMPLETED: "x",
        Status.DELAYED: "y",
        Status.CANCELLED: "z",
    }
)
_OLD_TEXT, _OLD_LINKS = _coded({"en": "e", "zh": "z", "ru": "r"}), _coded({"en": "f", "zh": "y", "ru": "s"})

# --- The forms ---

_FORMS = (
    _form(
        buttons.OpenTarget,
        "{kind}{mode}{language}{page}.{id}",
        kind=_TARGET_KIND,
        mode=_MODE,
        language=_LANGUAGE,
        page=_PAGE,
        id=_NAME,
    ),
    _form(buttons.ChooseLanguage, "l{language}", language=_coded({None: "", **{code: code for code in LANGUAGES}})),
    _form(buttons.Forget, "{confirmed}", confirmed=_coded({True: "f", False: "k"})),
    _form(buttons.RateAnswer, "h{helpful}.{question}", helpful=_YES_NO, question=_NUMBER),
    _form(buttons.NoneOfThese, "n.{question}", question=_NUMBER),
    _form(buttons.AskCity, "q.{question}", question=_NUMBER),
    _form(buttons.TellMe, "w.{question}", question=_NUMBER),
    _form(buttons.WasThisIt, "t{helped}.{ticket}", helped=_YES_NO, ticket=_NUMBER),
    _form(buttons.ChooseProject, "tl{ticket}.{page}.{area}", ticket=_TICKET, page=_PAGE, area=_NAME),
    _form(buttons.AnswerWithProject, "tp{ticket}.{project}", ticket=_TICKET, project=_NAME),
    _form(buttons.ListProjects, "sl{page}.{area}", page=_PAGE, area=_NAME),
    _form(buttons.EditProject, "sp.{project}", project=_NAME),
    _form(buttons.EditField, "sf{field}.{project}", field=_FIELD, project=_NAME),
    _form(buttons.SetStatus, "ss{status}.{project}", status=_STATUS, project=_NAME),
    _form(buttons.SetToday, "sd.{project}", project=_NAME),
    _form(buttons.AskText, "sq{field}{language}.{project}", field=_FIELD, language=_LANGUAGE_OR_NONE, project=_NAME),
    _form(buttons.ClearField, "sx{field}.{project}", field=_FIELD, project=_NAME),
    _form(buttons.ListFacts, "sv.{project}", project=_NAME),
    _form(buttons.EditFact, "sv{number}.{project}", number=_FACT, project=_NAME),
    _form(buttons.AskStatement, "sw{number}{language}.{project}", number=_FACT, language=_LANGUAGE, project=_NAME),
    _form(buttons.UseOfferedWording, "so.{draft}", draft=_NAME),
    _form(buttons.DecideDraft, "s{publish}.{draft}", publish=_YES_NO, draft=_NAME),
    _form(buttons.AcceptFile, "sa.{digest}", digest=_DIGEST),
    _form(buttons.SendSpreadsheet, "sg."),
    _form(buttons.UndoLastChange, "su."),
    _form(inbox_buttons.ShowInbox, "sil{page}.", page=_PAGE),
    _form(inbox_buttons.ShowGroup, "sig{selection}.{group}", selection=_SELECTION, group=_NUMBER),
    _form(inbox_buttons.DecideGroup, "sid{state}.{group}", state=_coded({"ignored": "i", "later": "l"}), group=_NUMBER),
    _form(
        inbox_buttons.BrowseTargets,
        "sib{list}{selection}.{group}.{target}.{page}",
        list=_TARGET_LIST,
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
        page=_PAGE,
    ),
    _form(
        inbox_buttons.AttachGroup,
        "sia{selection}.{group}.{target}",
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
    ),
    _form(
        inbox_buttons.ChooseForNew,
        "sin{kind}{selection}.{group}.{target}",
        kind=_coded({"fact": "f", "project": "p"}),
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
    ),
    _form(
        inbox_buttons.AskTeachingText,
        "siq{step}{choice}{selection}.{group}.{target}",
        step=_coded({"search": "s", "fact": "f", "project": "p"}),
        choice=_CHOICE,
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
    ),
    _form(
        inbox_buttons.PublishTeaching,
        "sip{selection}.{group}.{target}.{draft}",
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
        draft=_NAME,
    ),
    _form(buttons.SetRole, "s{confirmed}{role}.{person}", confirmed=_CONFIRMED, role=_ROLE, person=_NUMBER),
    _form(buttons.OpenDraft, "sbp{page}.{broadcast}", page=_DRAFT_PAGE, broadcast=_NUMBER),
    _form(buttons.SetClass, "sbc{kind}.{broadcast}", kind=_CLASS, broadcast=_NUMBER),
    _form(buttons.SetAudience, "sba{audience}.{broadcast}", audience=_AUDIENCE, broadcast=_NUMBER),
    _form(buttons.SetImmediate, "sbo.{broadcast}", broadcast=_NUMBER),
    _form(
        buttons.AskPart, "sbt{part}{language}.{broadcast}", part=_PART, language=_LANGUAGE_OR_NONE, broadcast=_NUMBER
    ),
    _form(buttons.UseText, "sbe{language}.{broadcast}", language=_LANGUAGE, broadcast=_NUMBER),
    _form(buttons.AnswerAsQuestion, "sbi."),
    _form(buttons.RemoveText, "sbu{language}.{broadcast}", language=_LANGUAGE, broadcast=_NUMBER),
    _form(buttons.RemoveLinks, "sbk{language}.{broadcast}", language=_LANGUAGE, broadcast=_NUMBER),
    _form(buttons.RemoveAttachment, "sbh.{broadcast}", broadcast=_NUMBER),
    _form(buttons.DeleteDraft, "sbd{confirmed}.{broadcast}", confirmed=_YES_NO, broadcast=_NUMBER),
    _form(buttons.ShowPreview, "sbv.{broadcast}", broadcast=_NUMBER),
    _form(buttons.ReuseTexts, "sbn.{broadcast}", broadcast=_NUMBER),
    _form(buttons.Review, "sbr.{broadcast}", broadcast=_NUMBER),
    _form(buttons.Approve, "sby.{broadcast}", broadcast=_NUMBER),
    _form(buttons.ShowCard, "sbs{new_message}.{broadcast}", new_message=_YES_NO, broadcast=_NUMBER),
    _form(buttons.AskCancel, "sbq.{broadcast}", broadcast=_NUMBER),
    _form(buttons.ControlBroadcast, "sbg{action}.{broadcast}", action=_ACTION, broadcast=_NUMBER),
)
#: Templates of earlier versions, for reading only.
_OLD_FORMS = (
    _form(
        inbox_buttons.AskTeachingText,
        "siq{step}{choice}{selection}.{group}.{target}",
        step=_coded({"project": "p"}),
        choice=_OLD_STATUS,
        selection=_SELECTION,
        group=_NUMBER,
        target=_REFERENCE,
    ),
    _form(buttons.AskPart, "sbt{language}.{broadcast}", part="text", language=_OLD_TEXT, broadcast=_NUMBER),
    _form(buttons.AskPart, "sbt{language}.{broadcast}", part="links", language=_OLD_LINKS, broadcast=_NUMBER),
    _form(buttons.AskPart, "sbtw.{broadcast}", part="time", language=None, broadcast=_NUMBER),
)
_FORM_OF = {form.kind: form for form in _FORMS}


def payload_of(data: CallbackData) -> str:
    """The payload of a button, at most 47 characters."""
    return _FORM_OF[type(data)].pack(data)


def parse_payload(payload: str) -> CallbackData | None:
    """The button of a payload; None if no form matches."""
    found = (form.unpack(payload) for form in (*_FORMS, *_OLD_FORMS))
    return next((data for data in found if data is not None), None)


class CallbackCodec:
    """Signs and reads the callback data of one bot."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def for_token(cls, token: str) -> "CallbackCodec":
        """The codec of the bot with this token."""
        return cls(hashlib.sha256(f"buttons {token}".encode()).digest())

    def pack(self, data: CallbackData, chat: int) -> str:
        """Create callback data that is valid in this chat only."""
        payload = payload_of(data)
        return f"{_VERSION}{self._tag(payload, chat)}{payload}"

    def unpack(self, text: str, chat: int) -> CallbackData | None:
        """The button of some callback data; None if this bot never offered it in this chat."""
        payload = text[1 + _TAG_CHARACTERS :]
        # Compare encoded tags, not decoded ones: several last letters decode to the same bytes.
        expected = f"{_VERSION}{self._tag(payload, chat)}{payload}" if text.isascii() else ""
        return parse_payload(payload) if expected and hmac.compare_digest(expected, text) else None

    def _tag(self, payload: str, chat: int) -> str:
        digest = hmac.digest(self._key, f"{_VERSION}:{chat}:{payload}".encode(), "sha256")
        return urlsafe_b64encode(digest[:_TAG_BYTES]).decode().rstrip("=")
