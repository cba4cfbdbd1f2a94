"""Which characters are visible."""

import unicodedata

#: Letters and symbols of Unicode without a glyph: fillers, the empty Braille cell, joiners, variation selectors.
_BLANK_CHARACTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for code in (*range(0x180B, 0x180F), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
#: Categories of spaces, line breaks, control and format characters. Unassigned characters may be new letters.
_INVISIBLE = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def is_visible(text: str) -> bool:
    """Whether a text has a visible character; False for the empty text."""
    return any(not _is_invisible(character) for character in text)


def strip_invisible(text: str) -> str:
    """The text without invisible characters and white space at its ends."""
    start, end = 0, len(text)
    while start < end and _is_invisible(text[start]):
        start += 1
    while end > start and _is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_invisible(character: str) -> bool:
    return character in _BLANK_CHARACTERS or unicodedata.category(character) in _INVISIBLE
