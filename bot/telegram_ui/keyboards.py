"""The layout of buttons in rows."""

import unicodedata
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TypeAlias

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.answers.reply import Option, Target
from bot.i18n.languages import Language
from bot.i18n.text_length import shorten
from bot.telegram_ui.buttons import CallbackData, OpenTarget, RenderMode
from bot.telegram_ui.callback_data import CallbackCodec

#: The most rows of buttons below a reply.
MAX_ROWS = 3
#: The widest label, in Latin letters, that leaves room for another in its row.
_HALF_A_ROW = 18

#: The most characters of a label for staff.
_MAX_LABEL = 60

#: A label, and the button's data.
Button: TypeAlias = tuple[str, CallbackData]
#: The text and the buttons of a message.
View: TypeAlias = tuple[str, InlineKeyboardMarkup | None]


def shorten_label(text: str) -> str:
    """A text as a button's label, cut if it is wider than a button."""
    return shorten(text, _MAX_LABEL)


class Keyboards:
    """Lays out the buttons of one bot; `codec` signs them for the chat that they are sent to."""

    def __init__(self, codec: CallbackCodec) -> None:
        self.codec = codec

    def rows(
        self, buttons: Sequence[Button], chat: int, *, below: Sequence[Button] = ()
    ) -> InlineKeyboardMarkup | None:
        """At most three rows of buttons, plus one row for each of `below`; None without buttons."""
        packed, others = self.row(buttons, chat), self.row(below, chat)
        return InlineKeyboardMarkup([*in_rows(packed), *([other] for other in others)]) if packed or others else None

    def pairs(self, buttons: Sequence[Button], chat: int) -> InlineKeyboardMarkup:
        """Any number of buttons, two in a row if both are short; for staff."""
        rows: list[list[InlineKeyboardButton]] = []
        for button in self.row(buttons, chat):
            short = rows and len(rows[-1]) == 1 and max(map(_width, (button.text, rows[-1][0].text))) <= _HALF_A_ROW
            rows = [*rows[:-1], [rows[-1][0], button]] if short else [*rows, [button]]
        return InlineKeyboardMarkup(rows)

    def options(
        self,
        options: Sequence[Option],
        chat: int,
        *,
        language: Language,
        mode: RenderMode,
        subject: Target | None = None,
        also: Sequence[Button] = (),
        below: Sequence[Button] = (),
    ) -> InlineKeyboardMarkup | None:
        """The options of a reply about `subject`, plus the buttons in `also`.

        An option that shows more of the subject edits the message in place.
        """
        buttons: list[Button] = []
        for option in options:
            shows_more = option.target.kind == "overview" or (
                subject is not None and (option.target.kind, option.target.id) == (subject.kind, subject.id)
            )
            own = RenderMode.EXPAND if shows_more and mode is RenderMode.NEW_MESSAGE else mode
            buttons.append((option.label, OpenTarget.of(option.target, language, own)))
        return self.rows([*buttons, *also], chat, below=below)

    def row(self, buttons: Sequence[Button], chat: int) -> list[InlineKeyboardButton]:
        """The buttons, signed for the chat."""
        return [InlineKeyboardButton(label, callback_data=self.codec.pack(data, chat)) for label, data in buttons]


def paged(buttons: Sequence[Button], page: int, size: int, more: Button) -> list[Button]:
    """The buttons of a page, plus `more` if there is another page."""
    end = page * size
    return [*buttons[end - size : end], *([more] if end < len(buttons) else [])]


def in_rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Up to six buttons in order, in at most three rows; long labels get their own row."""
    pairs = max(len(buttons) - MAX_ROWS, 0)
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
    """The visual width of a label: a Chinese character takes two places."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in label)
