"""Placeholders for texts that were never written, which citizens would see as they are."""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.i18n.message import lazy_gettext
from bot.i18n.word_patterns import read_word_patterns
from bot.knowledge import Diagnostic, Document
from bot.knowledge.diagnostics import ValuePath, quoted

_WORDS = read_word_patterns(Path(__file__).with_name("placeholders.yaml"))
_NOTHING, _GAP = _WORDS.any_of("nothing"), _WORDS.any_of("gap")
#: Marks instead of a text, and within one.
_MARKS, _GAP_MARKS = re.compile(r"\?+|[-–—_*.…/\s]+"), re.compile(r"\?{3,}|_{3,}")
_AROUND = " \t.,;:!。，；：！()[]{}<>（）【】《》\"'“”«»"
#: Fields with ids, and ways of asking ("nan" is a grandmother): citizens never see them.
_NAMES = frozenset({"id", "area", "source", "concerns", "related", "answers", "left_open", "status"})
_ASKING = frozenset({"words", "phrasings", "questions", "denied"})


def placeholders(document: Document) -> Iterator[Diagnostic]:
    """A warning for each text that is a placeholder or contains one."""
    for path, mark in document.values.items():
        text = _text_at(path, document)
        if text and _is_placeholder(text):
            fault = lazy_gettext(
                "{name} is {text}, and citizens read it so", name=document.name(path), text=quoted(text)
            )
            yield Diagnostic(mark, "warning", fault, lazy_gettext("write what is known, or take the line out"))


def _text_at(path: ValuePath, document: Document) -> str:
    """The text of a field that citizens read; empty for other values."""
    if not path or not (_NAMES | _ASKING).isdisjoint(path):
        return ""
    value = document.data
    for part in path:
        value = value[part]
    return value if isinstance(value, str) else ""


def _is_placeholder(text: str) -> bool:
    bare = text.strip(_AROUND).casefold()
    whole = not bare or _NOTHING.fullmatch(bare) or _MARKS.fullmatch(bare)
    return bool(whole or _GAP.search(text) or _GAP_MARKS.search(text))
