"""Placeholders for texts that were never written, which citizens would see as they are."""

import re
from collections.abc import Iterator

from bot.i18n.message import lazy_gettext
from bot.knowledge import Diagnostic, Document
from bot.knowledge.diagnostics import ValuePath, quoted

#: What spreadsheets, programs and people write if there is no value.
_NOTHING = re.compile(
    r"none|null|nil|nan|n/?a|not available|unknown|tb[acd]|to do|todo|fixme"
    r"|to be (?:added|announced|decided|determined)"
    r"|x{2,9}|\?+|[-–—_*.…/\s]+"
    r"|待定|待补充?|待填写?|待确认|暂无|暂缺|无|空|未知|不详|某某+"
    r"|нет|нет данных|нет информации|нет сведений|н/?д|неизвестно|не указано|пусто|заполнить|уточняется|уточнить"
)
#: Placeholders within a sentence.
_GAP = re.compile(r"\b(?:TBD|TBC|TODO|FIXME)\b|\?{3,}|_{3,}|待补充|待填写")
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
    return _NOTHING.fullmatch(bare) is not None or not bare or _GAP.search(text) is not None
