import re
from pathlib import Path

import pytest

from bot.i18n.word_patterns import read_word_patterns

TEXT = r"""
denied:
  zh: ["不是|不要", "别管"]
  en: "not\\b|except"
  tlh: "ghobe'"
by:
  en: '{before} (?:the )?{when}\b'
  zh: '{when}{before}'
when:
  en: [end, '\d{4}']
  zh: '[年月]底'
before:
  en: by|before
quarters:
  en: [first, second]
  zh: [一, 二]
halves:
  en: [first, second]
  zh: [上]
next_year:
  zh: {'明年': '{year}年'}
  en: {'\bnext year{pause}': 'in {year}', '\bthe year after': 'in {year}'}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "patterns.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "patterns.yaml"


def test_a_pattern_matches_the_expressions_of_every_language_in_the_table(file: Path) -> None:
    denied = read_word_patterns(file).any_of("denied")
    assert [bool(denied.match(text)) for text in ("not the pier", "别管码头", "notable", "ghobe'")] == [
        True,
        True,
        False,
        False,
    ]


def test_expressions_are_kept_apart_in_the_order_of_the_table(file: Path) -> None:
    patterns = read_word_patterns(file).each("denied")
    assert [pattern.pattern for pattern in patterns] == [r"not\b|except", "不是|不要", "别管"]


def test_a_name_that_a_file_lacks_is_an_error(file: Path) -> None:
    with pytest.raises(KeyError):
        read_word_patterns(file).any_of("admitted")


def test_a_name_in_braces_stands_for_the_words_of_the_same_language(file: Path) -> None:
    by = read_word_patterns(file).any_of("by")
    assert [bool(by.fullmatch(text)) for text in ("before the end", "by 2021", "by 年底", "by the spring")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_language_that_lacks_a_part_is_not_matched_by_what_needs_it(file: Path) -> None:
    assert not read_word_patterns(file).any_of("by").search("年底前")


def test_a_caller_gives_parts_that_may_name_words(file: Path) -> None:
    by = read_word_patterns(file, {"when": "(?P<when>{quarters})"}).each("by")[0]
    found = by.fullmatch("before the second")
    assert found is not None
    assert found["when"] == "second"


def test_lists_of_equal_length_number_their_words(file: Path) -> None:
    second = read_word_patterns(file).numbered("quarters")[1]
    assert [bool(second.fullmatch(text)) for text in ("second", "二", "first", "一")] == [True, True, False, False]


def test_lists_that_number_their_words_differently_are_an_error(file: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        read_word_patterns(file).numbered("halves")


def test_an_expression_keeps_the_text_that_replaces_it(file: Path) -> None:
    patterns = read_word_patterns(file, {"pause": ",?"}).replacements("next_year", re.IGNORECASE)
    assert [text for _, text in patterns] == ["in {year}", "in {year}", "{year}年"]
    assert patterns[0][0].search("Next year, it opens")
