"""Telegram's HTML: the tags that it knows, and the errors that it raises."""

import re
from dataclasses import dataclass, field

from bot.sandbox.entities.links import link_extra
from bot.sandbox.entities.spans import Span, utf16_length
from bot.sandbox.errors import bad_request

_TYPES = (
    {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline"}
    | {"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough"}
    | {"span": "spoiler", "tg-spoiler": "spoiler"}
)
_TAGS = {*_TYPES, "a", "pre", "code", "blockquote", "tg-emoji"}
_PLAIN = re.compile(r"[^<]*")
_SPACE = re.compile(r"[ \t\r\n\v]*")
_TAG = re.compile(r"[^ \t\r\n\v>]*")
_ATTRIBUTE = re.compile(r"[^ \t\r\n\v=>/\"']*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_QUOTED = {"'": re.compile(r"[^']*"), '"': re.compile(r'[^"]*')}
_REFERENCE = re.compile(r"&(#x[0-9a-fA-F]*|#[0-9]*|[a-zA-Z]*);?")
_NAMES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass(slots=True)
class _Tag:
    name: str
    offset: int
    #: where its text begins in the list of plain pieces
    piece: int
    argument: str = ""


@dataclass(slots=True)
class _Scan:
    source: str
    at: int = 0
    length: int = 0
    plain: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    open: list[_Tag] = field(default_factory=list)

    def error(self, message: str, at: int) -> Exception:
        offset = len(self.source[:at].encode(errors="surrogatepass"))
        return bad_request(f"Can't parse entities: {message} at byte offset {offset}")

    def take(self, pattern: re.Pattern[str]) -> str:
        """The match of the pattern at the cursor, possibly empty."""
        found = pattern.match(self.source, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    @property
    def here(self) -> str:
        """The character at the cursor; empty at the end."""
        return self.source[self.at : self.at + 1]


def parse_html(source: str) -> tuple[str, list[Span]]:
    """The plain text and its spans; raises ApiError where Telegram does."""
    scan = _Scan(source)
    while scan.at < len(source):
        _read_plain(scan)
        if scan.here:
            (_read_end if source[scan.at + 1 : scan.at + 2] == "/" else _read_start)(scan)
    if scan.open:
        raise bad_request(
            f"Can't parse entities: Can't find end tag corresponding to start tag \"{scan.open[-1].name}\""
        )
    text = "".join(scan.plain)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise bad_request(
            "Can't parse entities: Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return text, [Span(s.offset, s.length, s.type) if s.type == "code" else s for s in scan.spans]


def _read_plain(scan: _Scan) -> None:
    text = _unescaped(scan.take(_PLAIN))
    scan.plain.append(text)
    scan.length += utf16_length(text)


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _NAMES.get(name, found[0])
    digits, base = (name[2:], 16) if name.startswith("#x") else (name[1:], 10)
    code = int(digits or "0", base) if len(name) < 9 else 0
    return chr(code) if 0 < code < 0x10FFFF else found[0]


def _read_start(scan: _Scan) -> None:
    begin = scan.at
    scan.at += 1
    name = scan.take(_TAG).lower()
    if not scan.here:
        raise scan.error("Unclosed start tag", begin)
    if name not in _TAGS:
        raise scan.error(f'Unsupported start tag "{name}"', begin)
    tag = _Tag(name, scan.length, len(scan.plain))
    scan.take(_SPACE)
    while scan.here != ">":
        _read_attribute(scan, tag, begin)
        scan.take(_SPACE)
    scan.at += 1
    if name == "span" and tag.argument != "spoiler":
        raise scan.error('Tag "span" must have class "tg-spoiler"', begin)
    scan.open.append(tag)


def _read_attribute(scan: _Scan, tag: _Tag, begin: int) -> None:
    name = scan.take(_ATTRIBUTE)
    if not name and scan.here:
        raise scan.error(f'Empty attribute name in the tag "{tag.name}"', begin)
    scan.take(_SPACE)
    value = ""
    if scan.here == "=":
        scan.at += 1
        scan.take(_SPACE)
        value = _read_value(scan)
    if not scan.here:
        raise scan.error("Unclosed start tag" if value else f'Unclosed start tag "{tag.name}"', begin)
    _apply(tag, name, value)


def _read_value(scan: _Scan) -> str:
    start = scan.at
    if quoted := _QUOTED.get(scan.here):
        scan.at += 1
        value = _unescaped(scan.take(quoted))
        scan.at += 1
        return value
    value = scan.take(_TOKEN).lower()
    if scan.here and scan.here not in " \t\r\n\v>":
        raise scan.error("Unexpected end of name token", start)
    return value


def _apply(tag: _Tag, name: str, value: str) -> None:
    match tag.name, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            tag.argument = value
        case "code", "class" if value.startswith("language-"):
            tag.argument = value.removeprefix("language-")
        case "span", "class" if value.startswith("tg-"):
            tag.argument = value.removeprefix("tg-")
        case "blockquote", "expandable":
            tag.argument = "1"
        case _:
            pass


def _read_end(scan: _Scan) -> None:
    begin = scan.at
    if not scan.open:
        raise scan.error("Unexpected end tag", begin)
    scan.at += 2
    name = scan.take(_TAG).lower()
    scan.take(_SPACE)
    if scan.here != ">":
        raise scan.error("Unclosed end tag", begin)
    scan.at += 1
    tag = scan.open[-1]
    if name and name != tag.name:
        offset = len(scan.source[:begin].encode(errors="surrogatepass"))
        raise bad_request(
            f"Can't parse entities: Unmatched end tag at byte offset {offset}, "
            f'expected "</{tag.name}>", found "</{name}>"'
        )
    _close(scan, scan.open.pop())


def _close(scan: _Scan, tag: _Tag) -> None:
    length = scan.length - tag.offset
    if not length:
        return
    match tag.name:
        case "a":
            found = link_extra(tag.argument or "".join(scan.plain[tag.piece :]))
            scan.spans += [Span(tag.offset, length, *found)] if found else []
        case "pre" | "code":
            _close_verbatim(scan, tag, length)
        case "blockquote":
            kind = "expandable_blockquote" if tag.argument else "blockquote"
            scan.spans.append(Span(tag.offset, length, kind))
        case "tg-emoji":
            if not tag.argument.isdigit():
                raise bad_request("Can't parse entities: Invalid custom emoji identifier specified")
            scan.spans.append(Span(tag.offset, length, "custom_emoji", {"custom_emoji_id": tag.argument}))
        case name:
            scan.spans.append(Span(tag.offset, length, _TYPES[name]))


def _close_verbatim(scan: _Scan, tag: _Tag, length: int) -> None:
    """Merge a <pre> and a <code class="language-..."> around the same text into one block with a language."""
    last = scan.spans[-1] if scan.spans else None
    same = last is not None and (last.offset, last.length) == (tag.offset, length)
    language = {"language": tag.argument} if tag.argument else {}
    if last and same and {last.type, tag.name} == {"pre", "code"} and (language or last.extra):
        scan.spans[-1] = Span(tag.offset, length, "pre", language or last.extra)
    else:
        scan.spans.append(Span(tag.offset, length, tag.name, language))
