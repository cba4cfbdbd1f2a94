"""Placeholders are reported before citizens read them."""

import pytest

from tests.factories import line_of
from tests.publishing.lint_warnings import only, warnings

NOTE = "en: stated as a goal for 2021"


@pytest.mark.parametrize(
    "word",
    [
        "None",
        "N/A",
        "n/a",
        ".nan",
        "NaN",
        "TBD",
        "tbd.",
        "'-'",
        "—",
        "...",
        "'???'",
        "xxx",
        "待定",
        "无",
        "нет данных",
        "Н/Д",
    ],
)
def test_a_placeholder_as_a_value_gets_a_warning(word: str) -> None:
    said = word.strip("'")
    line, sentence = only(warnings((NOTE, f"en: {word}")))
    assert line == line_of(NOTE)
    assert sentence == f"`status_note` (en) of “elderly-beds” is “{said}”, and citizens read it so"


@pytest.mark.parametrize("text", ["opens TBD", "it costs ??? yuan", "stated by ____ for 2021", "目标：待补充"])
def test_a_sentence_with_a_placeholder_in_a_gap_gets_a_warning(text: str) -> None:
    assert len(warnings((NOTE, f"en: '{text}'"))) == 1


@pytest.mark.parametrize(
    "text", ["none of them", "no data before 2021", "the XXX Games", "N/A wing", "really?", "无障碍设施"]
)
def test_a_sentence_that_contains_such_a_word_gets_no_warning(text: str) -> None:
    assert not warnings((NOTE, f"en: '{text}'"))


def test_ids_and_names_of_sources_are_not_texts() -> None:
    assert not [
        found for found in warnings(("id: elderly-beds", "id: unknown")) if "citizens read" in str(found.sentence)
    ]


def test_a_way_of_asking_may_be_such_a_word() -> None:
    """“nan” is also a word for a grandmother."""
    assert not [
        found for found in warnings(("[sixth hospital]", "[sixth hospital, nan]")) if "read" in str(found.sentence)
    ]
