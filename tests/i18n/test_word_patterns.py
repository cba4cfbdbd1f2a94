from pathlib import Path

import pytest

from bot.i18n.word_patterns import read_word_patterns

TEXT = r"""
denied:
  zh: ["不是|不要", "别管"]
  en: "not\\b|except"
  tlh: "ghobe'"
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
