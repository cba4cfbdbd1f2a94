"""Formatting: Telegram's HTML, entities, and what Telegram detects by itself."""

import html
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Message

from bot.sandbox.entities.detection import find_spans
from bot.sandbox.entities.formatted import read_text
from bot.sandbox.entities.html import parse_html
from bot.sandbox.entities.spans import VERBATIM, Span, normalised, utf16_length
from bot.sandbox.errors import ApiError


def _spans(spans: list[Any]) -> list[tuple[str, int, int]]:
    return [(span["type"], span["offset"], span["length"]) for span in spans]


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("plain", "plain", []),
        ("<b>a</b><strong>b</strong>", "ab", [("bold", 0, 2)]),
        ("<i>a</i> <em>b</em>", "a b", [("italic", 0, 1), ("italic", 2, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 2)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", 0, 3)]),
        ('<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', "ab", [("spoiler", 0, 2)]),
        ("<B>a</B>", "a", [("bold", 0, 1)]),
        ("<b>a</>", "a", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("🙂<b>🙂</b>", "🙂🙂", [("bold", 2, 2)]),
        ("<b>a <i>b</i></b>", "a b", [("bold", 0, 2), ("bold", 2, 1), ("italic", 2, 1)]),
        ("<code>a</code><pre>b</pre>", "ab", [("code", 0, 1), ("pre", 1, 1)]),
        ("<b>a <code>b</code></b>", "a b", [("bold", 0, 2), ("code", 2, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5">🙂</tg-emoji>', "🙂", [("custom_emoji", 0, 2)]),
        ("&lt;b&gt; &amp; &quot; &#65;&#x42;&nbsp;&copy", '<b> & " AB&nbsp;&copy', []),
        ("a &lt b", "a < b", []),
        ("  <b> a </b>  ", " a", [("bold", 0, 2)]),
        ("<a href=noaddress>a</a>", "a", []),
    ],
)
def test_html_is_read_like_telegram(source: str, text: str, spans: list[Any]) -> None:
    plain, entities = read_text(source, "HTML", None)

    assert (plain, _spans(entities)) == (text, spans)


@pytest.mark.parametrize(
    ("source", "extra"),
    [
        ('<a href="https://x.ru/?a=1&amp;b=2">a</a>', {"type": "text_link", "url": "https://x.ru/?a=1&b=2"}),
        ("<a href='x.ru'>a</a>", {"type": "text_link", "url": "http://x.ru/"}),
        ("<a>x.ru</a>", {"type": "text_link", "url": "http://x.ru/"}),
        ('<pre><code class="language-py">a</code></pre>', {"type": "pre", "language": "py"}),
    ],
)
def test_html_attributes_become_fields(source: str, extra: Any) -> None:
    (entity,) = read_text(source, "HTML", None)[1]

    assert {name: entity[name] for name in extra} == extra


def test_a_link_to_a_user_is_a_mention() -> None:
    (entity,) = read_text('<a href="tg://user?id=42">a</a>', "HTML", None)[1]

    assert (entity["type"], entity["user"]["id"]) == ("text_mention", 42)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("市<br/>", 'Unsupported start tag "br/" at byte offset 3'),
        ("<", "Unclosed start tag at byte offset 0"),
        ("a<b", "Unclosed start tag at byte offset 1"),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a ="x">', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>", "Unexpected end of name token at byte offset 8"),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xd800;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ),
        ),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_text(source, "HTML", None)

    assert refused.value.description == f"Bad Request: can't parse entities: {sentence}"


@pytest.mark.parametrize(
    ("entity", "sentence"),
    [
        (
            {"type": "bold", "offset": 0, "length": 9},
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
        ),
        (
            {"type": "bold", "offset": 9, "length": 1},
            "entity begins after the end of the text at UTF-16 offset 9",
        ),
        (
            {"type": "bold", "offset": 0, "length": 1},
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol",
        ),
        ({"type": "bold", "offset": -1, "length": 1}, "receive an entity with incorrect offset -1"),
        ({"type": "loud", "offset": 0, "length": 2}, "can't parse MessageEntity: Unsupported type specified"),
        ({"type": "bold", "offset": 0}, "can't parse MessageEntity: Can't find field \"length\""),
        ("bold", "can't parse MessageEntity: expected an Object"),
    ],
)
def test_impossible_entities_are_refused(entity: Any, sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_text("🙂ab", "", [entity])

    assert refused.value.description == f"Bad Request: {sentence}"


def test_control_characters_go_and_entities_follow() -> None:
    bold = {"type": "bold", "offset": 3, "length": 2}

    assert read_text("a\r\tb\u202ec", "", [bold]) == ("a bc", [{"type": "bold", "offset": 2, "length": 1}])


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("/start", [("bot_command", 0, 6)]),
        ("see /help@sandbox_bot now", [("bot_command", 4, 17)]),
        ("a/b and //x", []),
        ("@sandbox_bot childcare", [("mention", 0, 12)]),
        ("mail a.b@city.org", [("email", 5, 12)]),
        ("🙂 https://x.ru/a?b=c.", [("url", 3, 18)]),
        ("city.org, x", [("url", 0, 8)]),
        ("#heating #1 $USD", [("hashtag", 0, 8), ("cashtag", 12, 4)]),
        ("nothing here", []),
    ],
)
def test_telegram_finds_commands_mentions_and_addresses(text: str, spans: list[Any]) -> None:
    assert [(span.type, span.offset, span.length) for span in find_spans(text)] == spans


def test_nothing_is_found_inside_links_and_code() -> None:
    _, entities = read_text('<a href="https://x.ru">@somebody</a> <code>/start</code> <b>@other</b>', "HTML", None)

    assert sorted(entity["type"] for entity in entities) == ["bold", "code", "mention", "text_link"]


def _read_or_refused(source: str, parse_mode: str) -> bool:
    try:
        read_text(source, parse_mode, None)
    except ApiError as refused:
        return refused.code == 400
    return True


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS)
def test_escaped_html_is_the_text_itself(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(st.text("<>/ab=\"' &;#x1\n", max_size=30))
def test_any_html_is_read_or_refused(source: str) -> None:
    assert _read_or_refused(source, "HTML")


@dataclass(frozen=True)
class Node:
    """A tag with its children; the slow oracle reads the tree, the parser the HTML."""

    tag: str
    children: tuple[Any, ...]


STYLE_TAGS = {"b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "tg-spoiler": "spoiler"}
WORDS = st.text("ab🙂<&\"' ", min_size=1, max_size=5)
LEAVES = WORDS | st.builds(lambda text: Node("code", (text,)), WORDS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(Node, st.sampled_from(sorted(STYLE_TAGS)), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=12,
)


def _as_html(tree: Node | str) -> str:
    if isinstance(tree, str):
        return html.escape(tree)
    return f"<{tree.tag}>{''.join(map(_as_html, tree.children))}</{tree.tag}>"


def _units(tree: Node | str, types: frozenset[str] = frozenset()) -> list[tuple[str, frozenset[str]]]:
    """Each character with the types that it has: code excludes the rest."""
    if isinstance(tree, str):
        return [(character, types) for character in tree]
    new = frozenset({"code"}) if tree.tag == "code" else types | {STYLE_TAGS[tree.tag]}
    return [unit for child in tree.children for unit in _units(child, new)]


def _types_at(spans: list[Span], length: int) -> list[frozenset[str]]:
    return [frozenset(span.type for span in spans if span.offset <= at < span.end) for at in range(length)]


@given(TREES)
def test_html_trees_mean_what_the_slow_reading_says(tree: Node | str) -> None:
    text, spans = parse_html(_as_html(tree))
    units = _units(tree)
    expected = [types for character, types in units for _ in range(utf16_length(character))]

    assert text == "".join(character for character, _ in units)
    assert _types_at(normalised(spans), utf16_length(text)) == expected


@given(TREES)
def test_settled_spans_lie_in_order_and_never_cross(tree: Node | str) -> None:
    spans = normalised(parse_html(_as_html(tree))[1])

    for first, second in pairwise(spans):
        assert first.offset <= second.offset
        assert second.offset >= first.end or second.end <= first.end or second.offset == first.offset
    assert not any(span.type in VERBATIM and span.length == 0 for span in spans)


@given(TREES.filter(lambda tree: bool("".join(unit[0] for unit in _units(tree)).strip())))
def test_python_telegram_bot_writes_back_what_was_read(tree: Node | str) -> None:
    text, entities = read_text(_as_html(tree), "HTML", None)
    body = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 1, "type": "private"},
        "text": text,
        "entities": entities,
    }
    message = Message.de_json(body)

    again = read_text(message.text_html, "HTML", None)
    assert again[0] == text
    assert _units_of(again) == _units_of((text, entities))


def _units_of(read: tuple[str, list[dict[str, Any]]]) -> list[frozenset[str]]:
    spans = [Span(entity["offset"], entity["length"], entity["type"]) for entity in read[1]]
    return _types_at(spans, utf16_length(read[0]))
