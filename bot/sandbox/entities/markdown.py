"""Telegram's MarkdownV2: every reserved character opens, closes, or must be escaped."""

import re
from dataclasses import dataclass, field

from bot.sandbox.entities.links import link_extra
from bot.sandbox.entities.spans import Span, utf16_length
from bot.sandbox.errors import ApiError, bad_request

_RESERVED = re.compile(r"[_*\[\]()~`>#+\-=|{}.!\n\\]")
_IN_CODE = re.compile(r"[`\\]")
#: mark, name in Telegram's error messages, type; the longer mark first
_MARKS = (
    ("```", "Pre", "pre"),
    ("`", "Code", "code"),
    ("__", "Underline", "underline"),
    ("_", "Italic", "italic"),
    ("*", "Bold", "bold"),
    ("~", "Strikethrough", "strikethrough"),
    ("||", "Spoiler", "spoiler"),
    ("![", "CustomEmoji", "custom_emoji"),
    ("[", "TextUrl", "text_link"),
)
_LANGUAGE = re.compile(r"([^\s`]+)(?=\s)")
_NEW_LINE = re.compile(r"\r\n|\n\r|\n|\r")
_EMOJI = re.compile(r"tg://emoji\?id=(\d+)$")


@dataclass(slots=True)
class _Open:
    name: str
    type: str
    offset: int
    begin: int
    piece: int
    language: str = ""


@dataclass(slots=True)
class _Scan:
    source: str
    at: int = 0
    length: int = 0
    plain: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    line_start: bool = True

    @property
    def top(self) -> str:
        """The type of the innermost open span."""
        return self.open[-1].type if self.open else ""

    def starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def put(self, text: str) -> None:
        self.plain.append(text)
        self.length += utf16_length(text)
        if kept := text.replace("\r", ""):
            self.line_start = kept.endswith("\n")

    def bytes_before(self, at: int) -> int:
        return len(self.source[:at].encode(errors="surrogatepass"))


def parse_markdown(source: str) -> tuple[str, list[Span]]:
    """The plain text and its spans; raises ApiError where Telegram would."""
    scan = _Scan(source)
    while scan.at < len(source):
        _step(scan)
    _end_quote(scan)
    if scan.open:
        raise _endless(scan)
    return "".join(scan.plain), scan.spans


def _step(scan: _Scan) -> None:
    found = (_IN_CODE if scan.top in ("pre", "code") else _RESERVED).search(scan.source, scan.at)
    until = found.start() if found else len(scan.source)
    if until > scan.at:
        scan.put(scan.source[scan.at : until])
        scan.at = until
    elif scan.starts("\\"):
        _escaped(scan)
    elif scan.starts("\n"):
        _new_line(scan)
    elif not (_closes(scan) or _opens(scan)):
        raise bad_request(
            f"Can't parse entities: Character '{scan.source[scan.at]}' is reserved "
            "and must be escaped with the preceding '\\'"
        )


def _escaped(scan: _Scan) -> None:
    following = scan.source[scan.at + 1 : scan.at + 2]
    escapes = "\0" < following <= "~"
    scan.put(following if escapes else "\\")
    scan.at += 2 if escapes else 1


def _new_line(scan: _Scan) -> None:
    scan.put("\n")
    if not scan.source.startswith(">", scan.at + 1):
        _end_quote(scan)
    scan.at += 1


def _end_quote(scan: _Scan) -> None:
    """A quote ends with its line; with || right before the end it is an expandable one."""
    quote = next((mark for mark in scan.open if mark.type == "blockquote"), None)
    if quote is None:
        return
    kind = "blockquote"
    if scan.top == "spoiler" and scan.open[-1].begin == scan.bytes_before(scan.at) - 2:
        scan.open.pop()
        kind = "expandable_blockquote"
    if scan.open[-1] is not quote:
        raise _endless(scan)
    scan.open.pop()
    scan.spans.append(Span(quote.offset, scan.length - quote.offset, kind))


def _endless(scan: _Scan) -> ApiError:
    mark = scan.open[-1]
    return bad_request(f"Can't parse entities: Can't find end of {mark.name} entity at byte offset {mark.begin}")


def _opens(scan: _Scan) -> bool:
    if scan.starts(">") and scan.line_start:
        if not any(mark.type == "blockquote" for mark in scan.open):
            _push(scan, "BlockQuote", "blockquote")
        scan.at += 1
        return True
    for mark, name, kind in _MARKS:
        if scan.starts(mark):
            _push(scan, name, kind)
            scan.at += len(mark)
            if kind == "pre":
                _read_language(scan)
            return True
    return False


def _push(scan: _Scan, name: str, kind: str) -> None:
    scan.open.append(_Open(name, kind, scan.length, scan.bytes_before(scan.at), len(scan.plain)))


def _read_language(scan: _Scan) -> None:
    if found := _LANGUAGE.match(scan.source, scan.at):
        scan.open[-1].name, scan.open[-1].language = "PreCode", found[1]
        scan.at = found.end()
    if found := _NEW_LINE.match(scan.source, scan.at):
        scan.at = found.end()


def _closes(scan: _Scan) -> bool:
    mark = _closing_mark(scan)
    if not mark or not scan.starts(mark) or (mark == "_" and scan.starts("__")):
        return False
    scan.at += len(mark)
    _close(scan, scan.open.pop())
    return True


def _closing_mark(scan: _Scan) -> str:
    if scan.top in ("text_link", "custom_emoji"):
        return "]"
    return next((mark for mark, _, kind in _MARKS if kind == scan.top), "")


def _close(scan: _Scan, mark: _Open) -> None:
    length = scan.length - mark.offset
    match mark.type:
        case "text_link":
            url = _read_url(scan) if scan.starts("(") else "".join(scan.plain[mark.piece :])
            found = link_extra(url)
            spans = [Span(mark.offset, length, *found)] if found else []
        case "custom_emoji":
            spans = [Span(mark.offset, length, "custom_emoji", {"custom_emoji_id": _read_emoji(scan)})]
        case "pre" if mark.language:
            spans = [Span(mark.offset, length, "pre", {"language": mark.language})]
        case kind:
            spans = [Span(mark.offset, length, kind)]
    scan.spans += spans if length else []


def _read_emoji(scan: _Scan) -> str:
    if not scan.starts("("):
        raise bad_request("Can't parse entities: The entity must contain a tg://emoji or tg://time URL")
    found = _EMOJI.match(_read_url(scan))
    if not found:
        raise bad_request("Can't parse entities: Invalid tg://emoji or tg://time URL specified")
    return found[1]


def _read_url(scan: _Scan) -> str:
    begin = scan.at + 1
    found = re.compile(r"((?:\\[\x01-~]|[^)])*)\)", re.DOTALL).match(scan.source, begin)
    if not found:
        offset = scan.bytes_before(begin)
        raise bad_request(f"Can't parse entities: Can't find end of a URL at byte offset {offset}")
    scan.at = found.end()
    return re.sub(r"\\([\x01-~])", r"\1", found[1])
