"""Encodes buttons in Telegram's 64 bytes of callback data, and decodes them when they are pressed.

Each kind of button is a dataclass of `buttons`, `inbox_buttons` or `broadcast_buttons`. The `button` above it declares
its encoding: a template with a placeholder for each field. `pack` fills the template in, and `unpack` matches the data
against the same template. Values of a closed set (a status, a language) are written as the codes that `button_codecs`
declares.

Callback data is `1` (the version), a tag of 14 characters and the payload of at most 47 characters. The tag is an HMAC
over the chat and the payload. Its key derives from the bot's token, so a button stays valid after a restart, nobody
else can create one, and a button from one chat does nothing in another.

Buttons stay on people's screens for years, so:

- A declared code is never reused for another value, even if its value is removed. Codes do not depend on the order of
  an enumeration: a new status gets its own code and shifts none.
- A replaced template moves to `_OLD_CODECS`, which is only read.
- `tests/telegram_ui/golden_callbacks.json` contains buttons of earlier versions; all of them must stay readable.
- Unreadable data (forged, from another chat, or of a removed kind) is None, and the person reads that the button is out
  of date.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from bot.knowledge import Status
from bot.telegram_ui import broadcast_buttons, inbox_buttons
from bot.telegram_ui.button_codecs import BUTTON_CODECS, NUMBER, REFERENCE, SELECTION, ButtonCodec, coded
from bot.telegram_ui.buttons import CallbackData

_VERSION = "1"
#: The length of a tag, as bytes and in base64.
_TAG_BYTES = 10
_TAG_CHARACTERS = 14

_OLD_STATUS = coded(
    {
        Status.ANNOUNCED: "u",
        Status.PLANNED: "v",
        Status.IN_PROGRESS: "w",
        Status.COMPLETED: "x",
        Status.DELAYED: "y",
        Status.CANCELLED: "z",
    }
)
#: A letter was both the part of a broadcast, its text or its links, and the language.
_OLD_TEXT, _OLD_LINKS = coded({"en": "e", "zh": "z", "ru": "r"}), coded({"en": "f", "zh": "y", "ru": "s"})

#: Templates of earlier versions, for reading only.
_OLD_CODECS = (
    ButtonCodec.of(
        inbox_buttons.AskTeachingText,
        "siq{step}{choice}{selection}.{group}.{target}",
        step=coded({"project": "p"}),
        choice=_OLD_STATUS,
        selection=SELECTION,
        group=NUMBER,
        target=REFERENCE,
    ),
    ButtonCodec.of(
        broadcast_buttons.AskPart, "sbt{language}.{broadcast}", part="text", language=_OLD_TEXT, broadcast=NUMBER
    ),
    ButtonCodec.of(
        broadcast_buttons.AskPart, "sbt{language}.{broadcast}", part="links", language=_OLD_LINKS, broadcast=NUMBER
    ),
    ButtonCodec.of(broadcast_buttons.AskPart, "sbtw.{broadcast}", part="time", language=None, broadcast=NUMBER),
)


def payload_of(data: CallbackData) -> str:
    """The payload of a button, at most 47 characters."""
    return BUTTON_CODECS[type(data)].pack(data)


def parse_payload(payload: str) -> CallbackData | None:
    """The button of a payload; None if no template matches."""
    found = (codec.unpack(payload) for codec in (*BUTTON_CODECS.values(), *_OLD_CODECS))
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
