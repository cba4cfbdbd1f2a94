"""Texts as Telegram takes them: escaped, at most 4096 UTF-16 units, cut where it does not hurt."""

import html
import unicodedata
from collections.abc import Iterator

#: Telegram counts in UTF-16 units: an emoji is two.
LONGEST_TEXT = 4096
#: Where to cut, best first: between paragraphs, lines, sentences, words.
_SAFE_PLACES = ("\n\n", "\n", "。", "! ", "? ", ". ", "；", "，", " ")
_JOINER = "\u200d"


def escape(text: str) -> str:
    """The text as HTML that shows every character of it literally."""
    return html.escape(text, quote=False)


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, longest: int = LONGEST_TEXT) -> list[str]:
    """The text in parts that fit, cut at the safest place in the second half of each; never empty."""
    return list(_pieces(text, longest)) or [""]


def _pieces(text: str, longest: int) -> Iterator[str]:
    while units(text) > longest:
        cut = _cut(text, _reach(text, longest))
        yield text[:cut].rstrip() or text[:cut]
        text = text[cut:].lstrip()
    if text:
        yield text


def _reach(text: str, longest: int) -> int:
    """How many characters of the text fit."""
    used = 0
    for at, letter in enumerate(text):
        used += 2 if letter > "\uffff" else 1
        if used > longest:
            return at
    return len(text)


def _cut(text: str, reach: int) -> int:
    for place in _SAFE_PLACES:
        at = text.rfind(place, reach // 2, reach)
        if at > 0:
            return at + len(place)
    # No safe place at all: at least no accent, flag or joined emoji is torn from what it belongs to.
    return next((at for at in range(reach, max(0, reach - 64), -1) if not _belongs_to_previous(text, at)), reach)


def _belongs_to_previous(text: str, at: int) -> bool:
    letter, previous = text[at], text[at - 1]
    if _is_flag_letter(letter):
        # Flags are pairs: an odd number of their letters before this one leaves one open.
        run = next((back for back in range(at) if not _is_flag_letter(text[at - 1 - back])), at)
        return run % 2 == 1
    return (
        _JOINER in (letter, previous)
        or unicodedata.combining(letter) > 0
        or unicodedata.category(letter) in ("Mn", "Me", "Sk")
    )


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
