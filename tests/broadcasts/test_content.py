"""The content of a broadcast: lengths, missing languages, buttons, times and numbers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasts.content import (
    attachment_of,
    fallback_languages,
    parse_links,
    parse_number,
    parse_planned_time,
    text_overflow,
    unused_languages,
    visible_length,
    with_links,
    with_text,
    without_attachment,
    without_text,
)
from bot.broadcasts.model import Attachment, Audience, Edition, Link
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage
from bot.i18n.text_length import MAX_CAPTION, MAX_TEXT

HARBIN = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)  #: twelve o'clock in Harbin
PHOTO = Attachment("photo", "id")
LINE = len("\n\nNo 2026-001")


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("<b>bold</b>", 4), ("a &amp; b &lt;", 7), ("🚰", 2), ('<a href="https://x.y/?a=1&amp;b">z</a>', 1)],
)
def test_the_length_is_that_of_what_is_seen_in_utf_16_units(text: str, length: int) -> None:
    assert visible_length(text) == length


def test_a_text_fits_to_the_last_character_and_no_further() -> None:
    fits: dict[Language, Edition] = {"en": Edition("x" * (MAX_TEXT - LINE))}
    assert text_overflow(fits, "2026-001", "en") is None
    assert text_overflow({"en": Edition("x" * (MAX_TEXT - LINE + 3))}, "2026-001", "en") == ("en", 3)


def test_a_text_becomes_a_caption_by_the_attachment_of_another_language() -> None:
    editions: dict[Language, Edition] = {"en": Edition("x" * MAX_CAPTION), "zh": Edition("短", PHOTO)}

    assert text_overflow(editions, "2026-001", "zh") == ("en", LINE)


def test_another_text_keeps_buttons_and_attachment_and_another_attachment_replaces_the_first() -> None:
    links = (Link("Help", "https://city.example"),)
    editions = with_links(with_text({}, "en", "one", PHOTO), "en", links)
    assert with_text(editions, "en", "two", None) == {"en": Edition("two", PHOTO, links)}
    other = Attachment("document", "other")
    assert with_text(editions, "en", "two", other) == {"en": Edition("two", other, links)}


def test_buttons_for_a_language_without_a_text_are_unused() -> None:
    editions: dict[Language, Edition] = {"en": Edition("one")}

    assert with_links(editions, "zh", (Link("Help", "https://city.example"),)) == editions


def test_without_its_attachment_an_edition_that_was_nothing_else_is_gone() -> None:
    editions: dict[Language, Edition] = {"en": Edition("words", PHOTO), "zh": Edition("", PHOTO)}

    assert without_attachment(editions) == {"en": Edition("words")}
    assert attachment_of(without_attachment(editions)) is None
    assert without_text(editions, "en") == {"zh": Edition("", PHOTO)}


@pytest.mark.parametrize(
    ("written", "audience", "lent", "idle"),
    [
        ((), "everybody", {}, []),
        (("en", "zh", "ru"), "everybody", {}, []),
        (("en",), "everybody", {"zh": "en", "ru": "en"}, []),
        (("en", "ru"), "test", {"zh": "en"}, []),
        (("en", "ru"), "zh", {"zh": "en"}, ["ru"]),
        (("zh", "ru"), "ru", {}, ["zh"]),
    ],
)
def test_a_missing_text_falls_back_to_the_default_language_and_unused_texts_are_named(
    written: tuple[Language, ...], audience: Audience, lent: dict[Language, Language], idle: list[Language]
) -> None:
    editions = {language: Edition("x") for language in written}

    assert fallback_languages(editions, audience, "en") == lent
    assert unused_languages(editions, audience, "en") == idle


def test_buttons_are_read_one_in_a_line_with_spaces_in_their_words() -> None:
    text = " The schedule   https://city.example/a?b=1 \n\nПомощь http://помощь.рф/x\n"

    assert parse_links(text) == (
        Link("The schedule", "https://city.example/a?b=1"),
        Link("Помощь", "http://помощь.рф/x"),
    )


@pytest.mark.parametrize("line", ["x" * 41, "🚰" * 21])
def test_the_words_of_a_button_are_counted_as_telegram_does(line: str) -> None:
    assert isinstance(parse_links(f"{line[:40] if line[0] == 'x' else line[:20]} https://a.b"), tuple)
    assert isinstance(parse_links(f"{line} https://a.b"), LazyMessage)


@given(st.text())
def test_whatever_is_written_for_buttons_is_read_or_refused(text: str) -> None:
    links = parse_links(text)

    assert isinstance(links, LazyMessage) or all(link.url.lower().startswith("http") for link in links)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("18:30", 6.5), ("2026-03-01 18:30", 6.5), ("1.3.2026 18:30", 6.5), ("11:00", 23), ("2026-03-02 00:00", 12)],
)
def test_a_time_is_the_citys_and_without_a_day_the_next_one(text: str, hours: float) -> None:
    assert parse_planned_time(text, NOON, HARBIN) == NOON + timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "noon", "25:00", "2026-02-30 12:00", "2026-03-01", "18:30 or 19:00"])
def test_a_text_that_is_not_a_time_is_refused_with_an_example(text: str) -> None:
    refusal = parse_planned_time(text, NOON, HARBIN)

    assert "2026-03-02 18:30 for a certain day" in str(refusal)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234", 1234),
        (" 1,234 ", 1234),
        ("1 234", 1234),
        ("1.234", 1234),
        ("１２３４", 1234),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("yes", None),
        ("12a", None),
        ("1" * 13, None),
        ("½", None),
    ],
)
def test_a_typed_number_is_read_as_people_write_it(text: str, number: int | None) -> None:
    assert parse_number(text) == number


@given(st.text())
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    number = parse_number(text)

    assert number is None or number >= 0
