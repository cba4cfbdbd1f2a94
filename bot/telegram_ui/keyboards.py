"""Buttons, and what they mean when they are pressed: signed, so that nobody can press what was not offered.

Callback data is `1`, a tag of 14 characters, and what the button does in at most 47: kind, manner, language,
page and id of a target. An id has up to 40 characters, so all of it fits into Telegram's 64 bytes.
"""

import hmac
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.answers.reply import Option, Target
from bot.i18n.languages import CALLBACK_LETTERS, LANGUAGE_INFO, LANGUAGES, Language
from bot.telegram_ui.staff import callback_data as staff

_VERSION = "1"
_TAG_BYTES = 10
_TAG_CHARACTERS = 14
_MOST_ROWS = 3
#: The width of a label, in Latin letters, that leaves room for another in its row.
_HALF_A_ROW = 18
#: The longest part of callback data behind the tag: three letters, three digits, a dot and an id.
_OPEN = re.compile(r"([pao])([abm])([a-z])([1-9][0-9]{0,2})?\.([a-z0-9-]{0,40})")


class RenderMode(StrEnum):
    """Where a button shows its target, and how the buttons under that one behave.

    Whoever leafs through a list wants one message that changes, as in every good bot, and no trail of lists
    above it; so browsing and paging edit in place. Under an answer a related project is a new question, and
    the answer must stay readable; so that one comes as a new message.
    """

    BELOW = "a"  #: a new message; its buttons do the same
    BROWSE = "b"  #: in place; its buttons do the same
    MORE = "m"  #: in place; its buttons are those under an answer


@dataclass(frozen=True, slots=True)
class Open:
    """Show a target, in the language in which the button was offered."""

    target: Target
    language: Language
    manner: RenderMode


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Speak this language from now on; None: that of each question."""

    language: Language | None


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase what is kept of this chat, or rather not."""

    confirmed: bool


Press = Open | ChooseLanguage | Forget | staff.StaffPress
Button = tuple[str, Press]

_KINDS: dict[str, Literal["project", "area", "overview"]] = {"p": "project", "a": "area", "o": "overview"}


class Keyboards:
    """Writes and reads the buttons of one bot."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def rows(
        self, buttons: Sequence[Button], chat: int, *, below: Sequence[Button] = ()
    ) -> InlineKeyboardMarkup | None:
        """The buttons for this chat in at most three rows, and others `below` with a row each; None without any."""
        made, others = self._made(buttons, chat), self._made(below, chat)
        return InlineKeyboardMarkup([*in_rows(made), *([other] for other in others)]) if made or others else None

    def pairs(self, buttons: Sequence[Button], chat: int) -> InlineKeyboardMarkup:
        """Any number of buttons, two in a row where both are short: for staff, who work with them."""
        rows: list[list[InlineKeyboardButton]] = []
        for button in self._made(buttons, chat):
            short = rows and len(rows[-1]) == 1 and max(map(_width, (button.text, rows[-1][0].text))) <= _HALF_A_ROW
            rows = [*rows[:-1], [rows[-1][0], button]] if short else [*rows, [button]]
        return InlineKeyboardMarkup(rows)

    def _made(self, buttons: Sequence[Button], chat: int) -> list[InlineKeyboardButton]:
        return [InlineKeyboardButton(label, callback_data=self.write(press, chat)) for label, press in buttons]

    def options(
        self,
        options: Sequence[Option],
        chat: int,
        *,
        language: Language,
        manner: RenderMode,
        subject: Target | None = None,
        below: Sequence[Button] = (),
    ) -> InlineKeyboardMarkup | None:
        """The options of a reply about `subject`; those that only show more of it do so in place."""
        buttons = []
        for option in options:
            shows_more = option.target.kind == "overview" or (
                subject is not None and (option.target.kind, option.target.id) == (subject.kind, subject.id)
            )
            own = RenderMode.MORE if shows_more and manner is RenderMode.BELOW else manner
            buttons.append((option.label, Open(option.target, language, own)))
        return self.rows(buttons, chat, below=below)

    def write(self, press: Press, chat: int) -> str:
        """Callback data that does this, in this chat only."""
        payload = _payload(press)
        return f"{_VERSION}{self._tag(payload, chat)}{payload}"

    def read(self, data: str, chat: int) -> Press | None:
        """What a pressed button does; None when this bot never offered it in this chat."""
        payload = data[1 + _TAG_CHARACTERS :]
        # The written tags are compared, not the decoded ones: several last letters decode to the same bytes.
        expected = f"{_VERSION}{self._tag(payload, chat)}{payload}" if data.isascii() else ""
        return _press(payload) if expected and hmac.compare_digest(expected, data) else None

    def _tag(self, payload: str, chat: int) -> str:
        digest = hmac.digest(self._key, f"{_VERSION}:{chat}:{payload}".encode(), "sha256")
        return urlsafe_b64encode(digest[:_TAG_BYTES]).decode().rstrip("=")


def in_rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Up to six buttons in their order in at most three rows; long labels get a row of their own."""
    pairs = max(len(buttons) - _MOST_ROWS, 0)
    widths = [_width(button.text) for button in buttons]
    chosen = min(
        (
            places
            for places in combinations(range(len(buttons) - 1), pairs)
            if all(after - before > 1 for before, after in pairwise(places))
        ),
        key=lambda places: max((widths[place] + widths[place + 1] for place in places), default=0),
        default=(),
    )
    seconds = {place + 1 for place in chosen}
    rows: list[list[InlineKeyboardButton]] = []
    for place, button in enumerate(buttons):
        if place in seconds:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _width(label: str) -> int:
    """How wide a label looks: a Chinese character takes two places."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in label)


def _payload(press: Press) -> str:
    match press:
        case Open(target, language, manner):
            page = "" if target.page == 1 else str(target.page)
            return f"{target.kind[0]}{manner}{LANGUAGE_INFO[language].callback_letter}{page}.{target.id}"
        case ChooseLanguage(language):
            return f"l{language or ''}"
        case Forget(confirmed):
            return "f" if confirmed else "k"
        case _:
            return staff.payload_of(press)


def _press(payload: str) -> Press | None:
    if payload in ("f", "k"):
        return Forget(payload == "f")
    if payload.startswith("l"):
        return ChooseLanguage(next((language for language in LANGUAGES if payload == f"l{language}"), None))
    found = _OPEN.fullmatch(payload)
    if found and found[3] in CALLBACK_LETTERS:
        kind, manner, letter, page, identifier = found.groups()
        return Open(Target(_KINDS[kind], identifier, int(page or 1)), CALLBACK_LETTERS[letter], RenderMode(manner))
    return staff.press_of(payload)
