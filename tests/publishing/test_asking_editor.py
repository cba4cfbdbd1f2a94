"""Ways of asking are written into their files, and every other byte stays."""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FileError
from bot.i18n.languages import LANGUAGES
from bot.knowledge import KnowledgeBase
from bot.knowledge.asking import AskingKind, ways_of
from bot.knowledge.edits import AnyEdit, AskingEdit, Edit
from bot.publishing.files.folder import ASKING, MAIN, pack, unpack
from bot.publishing.files.load import load_content
from bot.publishing.files.split_file import split
from bot.publishing.yaml.editor import rewrite
from tests.factories import YAML_TEXT, make_knowledge, yaml_text

CARE = f"{ASKING}/elderly-care.yaml"
FILES = split(YAML_TEXT.encode())
BLOCK = """\
projects:
  elderly-beds:  # the beds
    phrasings:
      en:
        - new beds for old people
        # asked on Monday
        - 'a bed for: grandma'  # twice
        - beds
      zh: [新增养老床位,
           床位]
    questions:
      nursing-beds:
        en:
          - how many beds
"""


def edited(files: dict[str, bytes], *edits: AnyEdit) -> dict[str, str]:
    return {name: body.decode() for name, body in unpack(rewrite(pack(files), edits)[0]).items()}


def lines_changed(before: str, after: str) -> list[str]:
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in compared if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def phrasings(*texts: str, language: str = "en", entry: str = "elderly-beds") -> AskingEdit:
    return AskingEdit(entry, "phrasings", language, texts)


#: An edit of the list above, and the lines that differ then.
CASES: dict[str, tuple[AskingEdit, list[str]]] = {
    "a text is added": (
        phrasings("new beds for old people", "a bed for: grandma", "beds", "a bed: where?"),
        ['+        - "a bed: where?"'],
    ),
    "a text is taken out": (
        phrasings("new beds for old people", "a bed for: grandma"),
        ["-        - beds"],
    ),
    "the first is taken out and one is added": (
        phrasings("a bed for: grandma", "beds", "no"),
        ["-        - new beds for old people", '+        - "no"'],
    ),
    "between brackets": (
        phrasings("新增养老床位", "床位", "养老院加床, 多少", language="zh"),
        ["-           床位]", '+           床位, "养老院加床, 多少"]'],
    ),
    "the last between brackets is taken out": (
        phrasings("新增养老床位", language="zh"),
        ["-      zh: [新增养老床位,", "-           床位]", "+      zh: [新增养老床位]"],
    ),
    "a language is added": (
        phrasings("койки", language="ru"),
        ["+      ru:", "+        - койки"],
    ),
    "a kind is added": (
        AskingEdit("elderly-beds", "words", "en", ("bed", "beds")),
        ["+    words:", "+      en:", "+        - bed", "+        - beds"],
    ),
    "the questions of a fact": (
        AskingEdit("elderly-beds", "questions", "en", ("how many beds", "how many"), "nursing-beds"),
        ["+          - how many"],
    ),
    "another entry is added": (
        phrasings("help at home", entry="homecare-stations"),
        ["+  homecare-stations:", "+    phrasings:", "+      en:", "+        - help at home"],
    ),
}


@pytest.mark.parametrize(("edit", "lines"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["unix", "windows"])
def test_only_the_lines_of_the_list_change(edit: AskingEdit, lines: list[str], line_break: str) -> None:
    statements = without_ways(YAML_TEXT)
    before = BLOCK.replace("\n", line_break)

    after = edited({MAIN: statements.encode(), CARE: before.encode()}, edit)

    assert after[MAIN] == statements
    assert sorted(lines_changed(before, after[CARE])) == sorted(lines)
    assert after[CARE].count("\r\n") == (after[CARE].count("\n") if line_break == "\r\n" else 0)


def without_ways(text: str) -> str:
    return split(text.encode())[MAIN].decode()


def test_all_texts_of_a_list_are_taken_out() -> None:
    after = edited({MAIN: without_ways(YAML_TEXT).encode(), CARE: BLOCK.encode()}, phrasings())
    assert "    phrasings:\n      en: []" in after[CARE]


def test_a_text_that_two_files_hold_is_taken_out_of_both() -> None:
    inline = YAML_TEXT.encode()
    after = edited({MAIN: inline, CARE: BLOCK.encode()}, phrasings("beds"))
    assert "new beds for old people" not in after[MAIN] + after[CARE]


def test_a_new_list_of_a_folder_gets_the_file_of_its_area() -> None:
    files = {name: body for name, body in FILES.items() if name != f"{ASKING}/hospitals.yaml"}
    after = edited(files, phrasings("a new hospital", entry="sixth-hospital"))
    assert after[f"{ASKING}/hospitals.yaml"].splitlines() == [
        "# yaml-language-server: $schema=../asking.schema.json",
        "projects: {sixth-hospital: {phrasings: {en: [a new hospital]}}}",
    ]


def test_a_single_file_keeps_its_ways_of_asking_in_the_entry() -> None:
    after = edited({MAIN: YAML_TEXT.encode()}, phrasings("new beds for old people", "a bed, please"))
    old, new = "phrasings: {en: [new beds for old people]", 'phrasings: {en: [new beds for old people, "a bed, please"]'
    assert after == {MAIN: YAML_TEXT.replace(old, new)}


def test_values_and_ways_of_asking_are_edited_together() -> None:
    after = load_content(
        pack(
            {
                name: text.encode()
                for name, text in edited(
                    FILES, Edit("elderly-beds", "status", None, "delayed"), phrasings("beds")
                ).items()
            }
        )
    ).knowledge
    assert after is not None
    assert after.project_by_id["elderly-beds"].status.value == "delayed"
    assert after.project_by_id["elderly-beds"].phrasings.texts_in("en") == ("beds",)


@pytest.mark.parametrize("layout", ["phrasings: {en: &a [x]}", "phrasings: {en: [x]}\n    phrasings: {en: [y]}"])
def test_a_layout_that_is_not_known_is_refused_in_words(layout: str) -> None:
    text = yaml_text(
        ("phrasings: {en: [new beds for old people], zh: [新增养老床位], ru: [новые койки для стариков]}", layout)
    )
    with pytest.raises(FileError):
        rewrite(text.encode(), [phrasings("a")])


#: What the model takes as a way of asking.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zl", "Zp", "Cf", "Zs"]), min_size=1, max_size=30
)
EDIT = st.builds(
    AskingEdit,
    st.sampled_from(["elderly-beds", "sixth-hospital", "elderly-care"]),
    st.sampled_from(["phrasings", "words"]),
    st.sampled_from(LANGUAGES),
    st.lists(TEXT, max_size=4, unique=True).map(tuple),
)


@settings(max_examples=60)
@given(st.lists(EDIT, min_size=1, max_size=4), st.booleans())
def test_any_edits_of_any_texts_are_read_back(edits: list[AskingEdit], split_up: bool) -> None:
    content = pack(FILES) if split_up else YAML_TEXT.encode()
    try:
        after = rewrite(content, edits)[1].knowledge
    except FileError:
        pytest.fail("refused")
    if after is None:
        return  # a text that the model refuses
    last = {(edit.entry, edit.kind, edit.language): edit for edit in edits}
    for edit in last.values():
        assert set(ways(after, edit.entry, edit.kind, edit.language)) == set(edit.texts)


def ways(knowledge: KnowledgeBase, entry: str, kind: AskingKind, language: str) -> tuple[str, ...]:
    return ways_of(knowledge)[entry, kind, None].texts_in(language)


def test_nothing_is_written_when_nothing_changes() -> None:
    same = [
        AskingEdit(entry, kind, language, texts.texts_in(language), fact)
        for (entry, kind, fact), texts in ways_of(make_knowledge()).items()
        for language in LANGUAGES
    ]
    assert edited(FILES, *same) == {name: body.decode() for name, body in FILES.items()}
