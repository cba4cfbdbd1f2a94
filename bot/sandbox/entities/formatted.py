"""Converts what a bot sends (text, parse mode, entities) to what the chat shows."""

from typing import Any

from bot.sandbox.entities.detection import find_spans
from bot.sandbox.entities.html import parse_html
from bot.sandbox.entities.links import link_extra
from bot.sandbox.entities.spans import (
    QUOTES,
    STYLES,
    VERBATIM,
    Span,
    in_order,
    normalised,
    overlaps,
    uncrossed,
    utf16_length,
)
from bot.sandbox.errors import bad_request

#: detected by Telegram itself, so ignored if a bot sends them
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
_PLAIN = {*STYLES, *QUOTES, *VERBATIM}
_REMOVED = {ord(character): None for character in "\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a"}
_CLEANED = {code: " " for code in range(32) if code != ord("\n")} | _REMOVED


def read_text(text: str, parse_mode: str, entities: Any) -> tuple[str, list[dict[str, Any]]]:
    """The displayed text and its entities; raises ApiError with Telegram's message. The text may be empty."""
    if len(text.encode(errors="surrogatepass")) > 1 << 15:
        raise bad_request("Text is too long")
    match parse_mode.lower() if text else "":
        case "" | "none":
            plain, spans = text, _given(entities)
        case "html":
            plain, spans = parse_html(text)
        case "markdown" | "markdownv2":
            raise bad_request("The sandbox does not read Markdown; use HTML")
        case _:
            raise bad_request("Unsupported parse_mode")
    plain, spans = _trimmed(*_cleaned(plain, in_order(spans)))
    return plain, [span.as_json() for span in with_found(plain, normalised(spans))]


def with_found(text: str, spans: list[Span]) -> list[Span]:
    """The given spans plus, outside of links and code, those that Telegram detects."""
    fixed = [span for span in spans if span.type not in STYLES and span.type not in QUOTES]
    quotes = [span for span in spans if span.type in QUOTES]
    found = [new for new in find_spans(text) if not any(overlaps(new, old) for old in fixed)]
    return normalised([*spans, *uncrossed(found, quotes)]) if found else spans


def _given(entities: Any) -> list[Span]:
    if not isinstance(entities, list):
        return []
    spans = [_given_span(entity) for entity in entities]
    return [span for span in spans if span is not None and span.length > 0]


def _given_span(entity: Any) -> Span | None:
    if not isinstance(entity, dict):
        raise bad_request("Can't parse MessageEntity: expected an Object")
    offset, length = _number(entity, "offset"), _number(entity, "length")
    for name, value in (("offset", offset), ("length", length)):
        if not 0 <= value <= 1_000_000:
            raise bad_request(f"Receive an entity with incorrect {name} {value}")
    match entity.get("type"):
        case str(kind) if kind in _FOUND:
            return None
        case str(kind) if kind in _PLAIN:
            language = entity.get("language") if kind == "pre" else None
            return Span(offset, length, kind, {"language": language} if language else {})
        case "text_link":
            found = link_extra(str(entity.get("url", "")))
            return Span(offset, length, *found) if found else None
        case "text_mention" if isinstance(entity.get("user"), dict):
            return Span(offset, length, "text_mention", {"user": entity["user"]})
        case "custom_emoji":
            return Span(offset, length, "custom_emoji", {"custom_emoji_id": str(entity.get("custom_emoji_id"))})
        case _:
            raise bad_request("Can't parse MessageEntity: Unsupported type specified")


def _number(entity: dict[str, Any], name: str) -> int:
    if name not in entity:
        raise bad_request(f"Can't parse MessageEntity: Can't find field \"{name}\"")
    try:
        return int(entity[name])
    except (TypeError, ValueError):
        raise bad_request(f'Can\'t parse MessageEntity: Field "{name}" must be a valid Number') from None


def _cleaned(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Remove the characters that Telegram removes; spans shrink accordingly."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise bad_request("Strings must be encoded in UTF-8")
    if not spans:
        return text.translate(_CLEANED), []
    places = _places(text)
    moved = []
    for span in spans:
        start, end = _place(places, span, span.offset, "begins"), _place(places, span, span.end, "ends")
        moved.append(Span(start, end - start, span.type, span.extra))
    return text.translate(_CLEANED), moved


def _places(text: str) -> dict[int, int]:
    """For each boundary between characters: its offset before and after cleaning."""
    places, before, after = {0: 0}, 0, 0
    for character in text:
        width = 1 + (character > "\uffff")
        before += width
        after += 0 if ord(character) in _REMOVED else width
        places[before] = after
    return places


def _place(places: dict[int, int], span: Span, offset: int, verb: str) -> int:
    if offset in places:
        return places[offset]
    end = max(places)
    if offset < end and verb == "begins":
        raise bad_request(f"Entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if offset < end:
        raise bad_request(f"Entity beginning at UTF-16 offset {span.offset} ends in a middle of a UTF-16 symbol")
    if verb == "begins":
        raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {offset}")
    raise bad_request(
        f"Entity beginning at UTF-16 offset {span.offset} ends after the end of the text at UTF-16 offset {offset}"
    )


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Remove white space at both ends; at the beginning only up to the first span."""
    text = text.rstrip(" \n")
    end = utf16_length(text)
    blank = len(text) - len(text.lstrip(" \n"))
    start = min([blank, *(span.offset for span in spans)])
    cut = [
        Span(span.offset - start, min(span.end, end) - span.offset, span.type, span.extra)
        for span in spans
        if span.offset < end
    ]
    return text[start:], cut
