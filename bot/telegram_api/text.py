"""Texts for Telegram: escaped, and split into parts that Telegram accepts.

A part ends at the best position in the second half of what fits: after a paragraph, a line, a sentence or a word. A
text without such a position is split between characters, but never between a letter and its accent, the two letters of
a flag, or the parts of a joined emoji.
"""

import html
import unicodedata
from collections.abc import Iterator

from bot.i18n.text_length import MAX_TEXT, utf16_length

#: The separators after which a text is split, best first.
_SEPARATORS = ("\n\n", "\n", "。", "! ", "? ", ". ", "；", "，", " ")
#: The number of characters before the limit that are searched for a boundary between graphemes.
_MAX_GRAPHEME = 64
_JOINER = "\u200d"


def escape(text: str) -> str:
    """The text as HTML that shows every character literally."""
    return html.escape(text, quote=False)


def split_text(text: str, longest: int = MAX_TEXT) -> list[str]:
    """The parts of a text, each at most `longest` UTF-16 units; one empty part for an empty text."""
    return list(_parts(text, longest)) or [""]


def _parts(text: str, longest: int) -> Iterator[str]:
    while utf16_length(text) > longest:
        end = _end_of_part(text, _fitting_length(text, longest))
        yield text[:end].rstrip() or text[:end]
        text = text[end:].lstrip()
    if text:
        yield text


def _fitting_length(text: str, longest: int) -> int:
    """The number of characters from the beginning that fit into `longest` UTF-16 units."""
    used = 0
    for at, letter in enumerate(text):
        used += 2 if letter > "\uffff" else 1
        if used > longest:
            return at
    return len(text)


def _end_of_part(text: str, fitting: int) -> int:
    for separator in _SEPARATORS:
        at = text.rfind(separator, fitting // 2, fitting)
        if at > 0:
            return at + len(separator)
    candidates = range(fitting, max(0, fitting - _MAX_GRAPHEME), -1)
    return next((at for at in candidates if not _continues_grapheme(text, at)), fitting)


def _continues_grapheme(text: str, at: int) -> bool:
    """Whether the character at this position belongs to the previous one."""
    letter, previous = text[at], text[at - 1]
    if _is_flag_letter(letter):
        # Flags are pairs: after an odd number of flag letters this one completes a pair.
        run = next((back for back in range(at) if not _is_flag_letter(text[at - 1 - back])), at)
        return run % 2 == 1
    return (
        _JOINER in (letter, previous)
        or unicodedata.combining(letter) > 0
        or unicodedata.category(letter) in ("Mn", "Me", "Sk")
    )


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
