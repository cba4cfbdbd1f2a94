"""Any content of a knowledge file gives knowledge, or diagnostics with a position in the file."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.knowledge import LoadedKnowledge
from bot.publishing.files.load import knowledge_from_answer, load
from bot.publishing.yaml.loader import read
from tests.factories import YAML_TEXT
from tests.languages import speaks

few = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

#: Pieces that mean something to YAML, to an editor or to the models.
PIECES = [
    ":",
    ": ",
    "- ",
    "-",
    "\t",
    "  ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "#",
    "&a ",
    "*a",
    "!!int ",
    "<<: ",
    "---\n",
    "...",
    "%",
    "@",
    "`",
    '"',
    "'",
    "|",
    ">",
    "[",
    "]",
    "{",
    "}",
    ",",
    "?",
    "? ",
    "“",
    "”",
    "：",
    "，",
    "\u3000",
    "\u00a0",
    "\u202e",
    "\ufeff",
    "\x00",
    "\x85",
    "\u2028",
    '"\\ud800"',
    '"\\u0000"',
    "<b>",
    "null",
    "~",
    "12:30",
    "9" * 50,
    "x" * 500,
    "en: ",
    "id: ",
    "area: ",
    "<<<<<<< HEAD\n",
    "\ufffd",
    "😀",
]
LINES = YAML_TEXT.splitlines(keepends=True)
#: One change: where in the text, how many characters are lost there, and what is put in.
CHANGES = st.lists(
    st.tuples(st.integers(0, len(YAML_TEXT)), st.integers(0, 12), st.sampled_from(["", *PIECES])),
    min_size=1,
    max_size=4,
)
#: One change of whole lines: which line goes where, and with how many spaces before it.
MOVES = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES)), st.integers(-2, 3)),
    min_size=1,
    max_size=3,
)


def changed(changes: list[tuple[int, int, str]]) -> str:
    text = YAML_TEXT
    for place, lost, piece in changes:
        text = text[:place] + piece + text[place + lost :]
    return text


def moved(moves: list[tuple[int, int, int]]) -> str:
    lines = list(LINES)
    for start, end, spaces in moves:
        line = lines[start % len(lines)]
        lines.insert(end, " " * spaces + line if spaces >= 0 else line[-spaces:])
    return "".join(lines)


def promise(loaded: LoadedKnowledge, content: bytes) -> None:
    """Check that there is knowledge or an error, and that each diagnostic is at a position in the file."""
    severities = [diagnostic.severity for diagnostic in loaded.diagnostics]
    assert (loaded.knowledge is None) == ("error" in severities)
    lines = re.split(r"\r\n|\r|\n", content.decode("utf-8", "replace"))
    for diagnostic in loaded.diagnostics:
        assert 1 <= diagnostic.mark.line <= len(lines)
        assert 1 <= diagnostic.mark.column <= len(lines[diagnostic.mark.line - 1]) + 1
        assert str(diagnostic.sentence).isprintable()
        assert "cannot be read from here on" not in str(diagnostic.sentence)
        for language in LANGUAGES:
            line = diagnostic.line_for("k.yaml", translator_in(language))
            assert len(line) < 500
            assert line.isprintable()
            line.encode()
            assert speaks(diagnostic.sentence, language)


@few
@given(st.text())
def test_any_text_gives_knowledge_or_remarks_inside_the_file(text: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    promise(knowledge_from_answer(read(content)), content)


@few
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_heap_of_signs_gives_remarks_inside_the_file(text: str) -> None:
    promise(knowledge_from_answer(read(text.encode())), text.encode())


@few
@given(st.binary())
def test_any_bytes_give_knowledge_or_remarks_inside_the_file(content: bytes) -> None:
    promise(knowledge_from_answer(read(content)), content)


@few
@given(CHANGES)
def test_a_good_file_with_typos_gives_knowledge_or_diagnostics_inside_the_file(
    changes: list[tuple[int, int, str]],
) -> None:
    content = changed(changes).encode()
    promise(knowledge_from_answer(read(content)), content)


@few
@given(MOVES)
def test_a_good_file_with_lines_in_wrong_places_gives_knowledge_or_remarks_inside_the_file(
    moves: list[tuple[int, int, int]],
) -> None:
    content = moved(moves).encode()
    promise(knowledge_from_answer(read(content)), content)


@settings(few, max_examples=30)
@given(CHANGES)
def test_without_libyaml_the_promise_is_the_same(changes: list[tuple[int, int, str]]) -> None:
    content = changed(changes).encode()
    promise(knowledge_from_answer(read(content, loader=yaml.BaseLoader)), content)


@settings(few, max_examples=12)
@given(content=st.one_of(st.binary(), st.text().map(str.encode), CHANGES.map(changed).map(str.encode)))
def test_the_child_process_keeps_the_promise(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k.yaml"
    path.write_bytes(content)
    loaded = load(path)
    promise(loaded, content)
    here = knowledge_from_answer(read(content))
    assert (loaded.knowledge, loaded.diagnostics) == (here.knowledge, here.diagnostics)


@pytest.mark.soak
@settings(few, max_examples=20_000)
@given(st.one_of(CHANGES.map(changed), MOVES.map(moved), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_many_files_with_typos_give_knowledge_or_diagnostics_inside_the_file(text: str) -> None:
    promise(knowledge_from_answer(read(text.encode())), text.encode())
    promise(knowledge_from_answer(read(text.encode(), loader=yaml.BaseLoader)), text.encode())
