"""Any text can be written into any layout, or is refused."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.errors import FileError
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge.edits import Edit, EditableField
from bot.knowledge.fields import Summary
from bot.publishing.files.load import knowledge_from_answer
from bot.publishing.yaml.editor import rewrite
from bot.publishing.yaml.loader import read
from tests.console import KNOWLEDGE
from tests.factories import YAML_TEXT, yaml_text
from tests.publishing.editing import STATUS, SUMMARY, each, edit, piece_of, with_summary, without, write

# --- What is refused ---


REFUSED = {
    "a project that is gone": (YAML_TEXT, edit("status", "delayed", project="gone"), "no project “gone”"),
    "a broken file": (YAML_TEXT + "\t", edit("status", "delayed"), "itself has errors"),
    "a field behind the hyphen": (
        yaml_text(("  - id: sixth-hospital\n", "  - expected_completion: {zh: 年底}\n    id: sixth-hospital\n")),
        edit("expected_completion", None, "zh"),
        "`expected_completion` of “sixth-hospital” is written in a way",
    ),
    "a comment that would slip into a text": (
        yaml_text(
            (
                STATUS + SUMMARY,
                STATUS + "    summary:\n      en: |\n       a\n    expected_completion:\n"
                "            # b\n      zh: 年底\n",
            )
        ),
        edit("expected_completion", None, "zh"),
        "is written in a way",
    ),
    "a character that no file may hold": (YAML_TEXT, edit("summary", "a\ud800", "en"), "is written in a way"),
}


@each(REFUSED)
def test_what_cannot_be_written_safely_is_refused_in_words(a: str, b: Edit, c: str) -> None:
    with pytest.raises(FileError) as refused:
        write(a, b)
    assert c in str(refused.value.why)


# --- Any text ---


few = settings(max_examples=150)


PIECES = [
    ":",
    ": ",
    "- ",
    "-",
    " ",
    "  ",
    "\n",
    "#",
    " #",
    "&a",
    "*a",
    "!",
    "%",
    "@",
    "`",
    '"',
    "'",
    "''",
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
    "：",
    "no",
    "null",
    "~",
    "12:30",
    "010",
    "1e3",
    "0o7",
    "2021-11-12",
    "=",
    "<<",
    ".",
    "...",
    "---",
    "\\",
    "\\n",
    "😀",
    "年底",
    "готово",
    "word",
    "\u3000",
    "\u00a0",
    "\u200d",
    "\t",
]


TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
STYLES = {
    "brackets": "    summary: {en: a, zh: b, ru: c}\n",
    "plain": "    summary:\n      en: a\n      zh: b\n      ru: c\n",
    "single": "    summary: {en: 'a', zh: 'b', ru: 'c'}\n",
    "double": '    summary:\n      en: "a"\n      zh: "b"\n      ru: "c"\n',
    "literal": "    summary:\n      en: |\n        a\n      zh: |+\n        b\n\n      ru: |-\n        c\n",
    "folded": "    summary:\n      en: >\n        a\n      zh: >+\n        b\n\n      ru: >-\n        c\n",
    "missing": "    summary: {en: a, zh: b, ru: c}\n",
}


def accepted(text: str) -> bool:
    try:
        return Summary.model_validate({"en": text}).text_in("en") is not None
    except ValueError:
        return False


@few
@given(TEXTS.filter(accepted), st.sampled_from(list(STYLES)), st.sampled_from(LANGUAGES))
@example("no", "plain", "en")
@example("1e3", "brackets", "zh")
@example("a\n\n b", "folded", "ru")
def test_every_text_that_the_model_takes_survives(text: str, style: str, language: Language) -> None:
    field: EditableField = "expected_completion" if style == "missing" and "\n" not in text else "summary"
    before = with_summary(STYLES[style])
    written = write(before, edit("summary", text, "en"), edit(field, text, language))
    loaded = knowledge_from_answer(read(written.encode()))
    if field == "summary":
        assert loaded.knowledge
        assert getattr(loaded.knowledge.project_by_id["sixth-hospital"].summary, language) == text.strip()
    # Editors read YAML 1.2, other tools 1.1: for both it is a text, and the same one.
    for other in (YAML(typ="safe", pure=True).load(piece_of(written)), yaml.safe_load(piece_of(written))):
        value = other[0][field][language]
        assert isinstance(value, str)
        assert value.strip() == text.strip()
    # Outside of these fields no byte is another one.
    assert without(written, "summary", "expected_completion") == without(before, "summary", "expected_completion")


# --- The city's file ---


def test_the_citys_file_changes_in_the_edited_lines_only() -> None:
    content = KNOWLEDGE.read_bytes()
    name = "childcare-centre"
    after, _ = rewrite(
        content,
        [
            edit("status", "completed", project=name),
            edit("as_of", "2022-02-01", project=name),
            edit("status_note", "Opened: see the city's site #1", "en", project=name),
            edit("expected_completion", None, "en", project=name),
            edit("expected_completion", None, "zh", project=name),
            edit("expected_completion", None, "ru", project=name),
        ],
    )
    old, new = content.decode().splitlines(), after.decode().splitlines()
    start = next(n for n, line in enumerate(old) if line == f"  - id: {name}")
    assert old[:start] == new[:start]
    changed = [line for line in new[start:] if line not in old[start:]]
    assert changed == [
        "    status: completed",
        '      en: "Opened: see the city\'s site #1"',
        "    as_of: 2022-02-01",
    ]
    assert len(new) == len(old) - 4


def test_every_statement_of_the_citys_file_can_be_written() -> None:
    content = KNOWLEDGE.read_bytes()
    edits = [
        Edit(project["id"], "statement", language, f"{language} {fact['id']}", fact["id"])
        for project in read(content)["data"]["projects"]
        for fact in project["facts"]
        for language in LANGUAGES
    ]
    assert len(edits) > 60

    changed = rewrite(content, edits)[1].knowledge

    assert changed is not None
    assert all(
        fact.statement.text_in(language) == f"{language} {fact.id}"
        for project in changed.projects
        for fact in project.facts
        for language in LANGUAGES
    )


def test_every_field_of_the_citys_file_can_be_written() -> None:
    content = KNOWLEDGE.read_bytes()
    projects = read(content)["data"]["projects"]
    edits = [
        Edit(project["id"], field, language, f"{language} {field}")
        for project in projects
        for field in ("status_note", "expected_completion", "summary")
        for language in LANGUAGES
    ]
    after, _ = rewrite(content, edits)
    found = {project["id"]: project for project in read(after)["data"]["projects"]}
    assert all(found[each.project][each.field][each.language or ""] == each.value for each in edits)
    known = {project["id"]: project for project in projects}
    back = [replace(each, value=(known[each.project].get(each.field) or {}).get(each.language)) for each in edits]
    known_lines = set(content.splitlines())
    assert [line for line in rewrite(after, back)[0].splitlines() if line not in known_lines] == []
