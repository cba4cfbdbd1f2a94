"""Writes a text as a YAML scalar, in the style of the old one if the new text allows it."""

import re

import yaml

from bot.i18n.visible import strip_invisible
from bot.publishing.yaml.nodes import Style

_WIDE = 2**30
#: Characters that must be escaped.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ESCAPED = re.compile(rf'["\\]|{_HIDDEN.pattern}')
#: Numbers of YAML 1.2's core schema; PyYAML knows those of YAML 1.1, and all words of both.
_NUMBER_IN_YAML_1_2 = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def on_one_line(text: str, style: Style, *, flow: bool) -> str:
    """The text in the old style, plain or quoted, or else in double quotes.

    `flow` is for flow style, where commas and brackets need quotes too.
    """
    if style == "plain" and _may_be_plain(text, flow=flow):
        return text
    if style == "'" and not _HIDDEN.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text) + '"'


def in_block(text: str, style: Style, width: int) -> list[str] | None:
    """The text as lines below a `|` or `>`, or None if these cannot represent it.

    Lines below `>` are filled to `width`; an empty line means a line break.
    """
    lines = text.split("\n")
    if _HIDDEN.search("".join(lines)) or not lines[0] or not lines[-1] or any(line != line.strip() for line in lines):
        return None
    if style == "|":
        return lines
    # Folding removes one line break between two texts.
    return [piece for line in lines for piece in (*_filled(line, width), "")][:-1]


def _filled(line: str, width: int) -> list[str]:
    """A line in pieces of at most `width`, broken only at single spaces, which folding restores."""
    pieces = [""]
    for word in re.split("(?<=[^ ]) (?=[^ ])", line):
        if pieces[-1] and len(pieces[-1]) + 1 + len(word) > width:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}" if pieces[-1] else word
    return pieces


def _may_be_plain(text: str, *, flow: bool) -> bool:
    """Whether PyYAML would write it unquoted, and YAML 1.2 also reads it as a text.

    The bot's own reader treats every scalar as a text, but an editor would not for `no` and `2021`.
    """
    if _HIDDEN.search(text) or text != strip_invisible(text) or _NUMBER_IN_YAML_1_2.fullmatch(text):
        return False
    plain = f"[{text}]\n" if flow else f"- {text}\n"
    return yaml.safe_dump([text], default_flow_style=flow, allow_unicode=True, width=_WIDE) == plain
