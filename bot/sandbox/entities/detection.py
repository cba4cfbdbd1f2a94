"""Finds what Telegram detects in a text by itself: commands, mentions, tags, addresses."""

import re

from bot.sandbox.entities.spans import Span, in_order, utf16_length

_DOMAIN = r"(?:[\w-]+\.)+(?:com|org|net|info|gov|edu|app|dev|io|me|ru|рф|cn|de|uk|eu)\b"
_PATTERNS = {
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{2,32}(?!\w)"),
    "hashtag": re.compile(r"(?<![\w#&/@])#(?=[\d_·]*[^\W\d_])[\w·]{1,256}"),
    "cashtag": re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])"),
    "email": re.compile(rf"(?<![\w.@-])[A-Za-z0-9_.+-]+@{_DOMAIN}", re.IGNORECASE),
    "url": re.compile(
        rf"(?<![\w@.])(?:https?://(?:[\w-]+\.)+\w{{2,}}|{_DOMAIN})(?::\d+)?(?:[/?#][^\s<>\"«»]*[^\s<>\"«».,:;!?'()\[\]])?/?",
        re.IGNORECASE,
    ),
}
_HINT = re.compile(r"[/@#$.]")


def find_spans(text: str) -> list[Span]:
    """Spans in order, without overlaps."""
    if not _HINT.search(text):
        return []
    found = [
        Span(match.start(), match.end() - match.start(), kind)
        for kind, pattern in _PATTERNS.items()
        for match in pattern.finditer(text)
    ]
    kept: list[Span] = []
    for span in in_order(found):
        if not kept or span.offset >= kept[-1].end:
            kept.append(span)
    return [_in_utf16(text, span) for span in kept]


def _in_utf16(text: str, span: Span) -> Span:
    start = utf16_length(text[: span.offset])
    return Span(start, utf16_length(text[span.offset : span.end]), span.type)
