"""Forty broken files: each gets a diagnostic at the right line that staff can read in their own language."""

import json
from pathlib import Path

import pytest

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.publishing.files.load import load, load_content
from tests.factories import YAML_TEXT
from tests.languages import speaks
from tests.publishing.broken_files import BROKEN


def test_there_are_forty_of_them_and_no_two_are_the_same() -> None:
    assert len({broken.content for broken in BROKEN.values()}) == len(BROKEN) == 40


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_at_its_line_in_every_language(tmp_path: Path, name: str) -> None:
    broken, path = BROKEN[name], tmp_path / "k.yaml"
    path.write_bytes(broken.content)
    loaded = load(path)
    assert loaded.knowledge is None
    telling = next(diagnostic for diagnostic in loaded.diagnostics if broken.words in str(diagnostic.sentence))
    assert (telling.mark.line, telling.severity) == (broken.line, "error")
    for diagnostic in loaded.diagnostics:
        assert all(speaks(diagnostic.sentence, language) for language in LANGUAGES)
        assert all(speaks(diagnostic.suggestion, language) for language in LANGUAGES if diagnostic.suggestion)


@pytest.mark.parametrize("kept", range(80, len(YAML_TEXT.encode()) - 2, 211))
def test_a_file_without_its_end_is_said_to_lack_it(kept: int) -> None:
    content = YAML_TEXT.encode()[:kept]
    loaded = load_content(content)
    ends = [f"{diagnostic.sentence} {diagnostic.suggestion}" for diagnostic in loaded.diagnostics]
    is_whole = YAML_TEXT.encode().startswith(b"\n", kept) or content.endswith((b'"', b"'", b"]", b"}", b"\n"))
    assert is_whole or any("end missing?" in said or "end of the file missing?" in said for said in ends), ends


#: The most common mistakes, and the column of each.
COMMONEST = {
    "a tab": 1,
    "no space behind a colon": 9,
    "a colon in a sentence": 15,
    "curly quotation marks": 11,
    "two edits that were not joined": 1,
    "a quotation mark that is not closed": 11,
    "a Chinese colon": 9,
    "a hyphen without its space": 7,
    "indented too little": 6,
    "a field twice": 5,
    "no colon": 11,
    "text behind quotes": 21,
}


@pytest.mark.parametrize("name", COMMONEST)
def test_common_mistakes_have_one_diagnostic_with_its_column_and_a_hint_in_every_language(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "k.yaml"
    path.write_bytes(BROKEN[name].content)
    (diagnostic,) = load(path).diagnostics
    assert (diagnostic.mark.line, diagnostic.mark.column) == (BROKEN[name].line, COMMONEST[name])
    assert all(speaks(diagnostic.suggestion, language) for language in LANGUAGES)


def test_a_remark_is_one_line_or_one_object_in_the_readers_language(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_bytes(BROKEN["a misspelt status"].content)
    (diagnostic,) = load(path).diagnostics
    assert diagnostic.line_for("k.yaml") == (
        "k.yaml:35:13: error: `status` of “elderly-beds” cannot be “anounced” (did you mean `announced`?)"
    )
    assert diagnostic.line_for("k.yaml", translator_in("zh")) == (
        "k.yaml:35:13: error: “elderly-beds”的`status`不能是“anounced” (您是不是想写 `announced`？)"
    )
    assert diagnostic.line_for("k.yaml", translator_in("ru")) == (
        "k.yaml:35:13: error: `status` в «elderly-beds»: значение «anounced» не подходит"
        " (возможно, имелось в виду `announced`?)"
    )
    assert json.loads(json.dumps(diagnostic.as_json(path, translator_in("ru")))) == {
        "path": str(path),
        "line": 35,
        "column": 13,
        "severity": "error",
        "sentence": "`status` в «elderly-beds»: значение «anounced» не подходит",
        "suggestion": "возможно, имелось в виду `announced`?",
    }


def test_a_file_that_is_not_there_is_missed_in_the_readers_language(tmp_path: Path) -> None:
    (diagnostic,) = load(tmp_path / "k.yaml").diagnostics
    assert str(diagnostic.sentence) == "the file cannot be read: No such file or directory"
    assert diagnostic.sentence.render(translator_in("zh")) == "文件无法读取：没有这个文件或文件夹"
    assert diagnostic.sentence.render(translator_in("ru")) == "файл не читается: такого файла или папки нет"


def test_a_remark_without_a_suggestion_says_nothing_instead(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_bytes(YAML_TEXT.replace("wrong: 5", "wrong: 0").encode())
    (diagnostic,) = load(path).diagnostics
    assert diagnostic.line_for("k", translator_in("ru")) == "k:8:18: error: `wrong`: должно быть больше 0"
    assert diagnostic.as_json("k", translator_in("ru"))["suggestion"] == diagnostic.as_json("k")["suggestion"] == ""
