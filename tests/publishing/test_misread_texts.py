"""What a person sees in a YAML file is what citizens read; where YAML reads something else, a warning says so."""

import pytest

from bot.knowledge import LoadedKnowledge
from bot.publishing.files.load import load_content
from tests.factories import YAML_TEXT, line_of, yaml_text

STATUS_NOTE = "    status_note: {en: stated as a goal for 2021, zh: 2021年的目标, ru: цель на 2021 год}\n"
SUMMARY = (
    "    summary: {en: The Sixth Municipal Hospital is built., zh: 新建市第六医院。, ru: Строится шестая больница.}\n"
)


def read(*changes: tuple[str, str]) -> LoadedKnowledge:
    return load_content(yaml_text(*changes).encode())


def findings(loaded: LoadedKnowledge) -> list[tuple[int, str, str]]:
    return [(found.mark.line, found.severity, str(found.sentence)) for found in loaded.diagnostics]


@pytest.mark.parametrize("word", ["null", "~", "Null", "NULL", "\u3000", "\u200b"])
def test_a_null_is_not_a_text(word: str) -> None:
    block = STATUS_NOTE.replace("{en: ", "\n      en: ").replace(", zh: ", "\n      zh: ")
    block = block.replace(", ru: цель на 2021 год}", f"\n      ru: {word}")
    loaded = read((STATUS_NOTE, block))
    assert loaded.knowledge
    assert loaded.knowledge.projects[0].status_note.text_in("ru") is None
    assert [text for _, _, text in findings(loaded)] == ["`status_note` of “elderly-beds” is missing in ru"]


def test_a_null_between_quotation_marks_is_a_text() -> None:
    loaded = read(("en: stated as a goal for 2021", 'en: "null"'))
    assert loaded.knowledge
    assert loaded.knowledge.projects[0].status_note.text_in("en") == "null"


def test_a_comment_that_cuts_a_sentence_is_named() -> None:
    block = "    summary:\n      en: The line # 3 is built.\n      zh: 三号线。\n      ru: Строится ветка.\n"
    loaded = read((SUMMARY, block))
    sentence = "the text ends before ` #`; what follows is a comment"
    assert findings(loaded) == [(line_of("en: The Sixth Municipal Hospital") + 1, "warning", sentence)]


def test_a_comment_after_another_value_gets_no_diagnostic() -> None:
    assert findings(read(("status: planned\n", "status: planned  # asked on Monday\n"))) == []


@pytest.mark.parametrize("comma", ["，", "、", "；"])
def test_a_full_width_comma_in_a_list_of_phrasings_is_named(comma: str) -> None:
    loaded = read(("zh: [新增养老床位]", f"zh: [新增养老床位{comma}老人床位]"))
    assert findings(loaded) == [
        (
            line_of("zh: [新增养老床位]"),
            "warning",
            f"“新增养老床位{comma}老人床位” is one entry: a full-width comma separates nothing",
        )
    ]


@pytest.mark.parametrize("words", ["[床位，床]", "[床位、床]", '["bed, beds"]', '["床位；床"]'])
def test_words_that_a_comma_joins_are_named(words: str) -> None:
    loaded = read(("zh: [床位]", f"zh: {words}"))
    assert [(line, severity) for line, severity, _ in findings(loaded)] == [(line_of("zh: [床位]"), "warning")]
    assert "is one word here, with a comma in it" in findings(loaded)[0][2]


def test_a_number_with_a_comma_is_one_word() -> None:
    assert findings(read(("zh: [床位]", 'zh: ["1,500张床"]'))) == []


@pytest.mark.parametrize("text", ["“Homecare stations”", "„Homecare stations“", "‘Homecare stations’"])
def test_curly_quotation_marks_around_a_value_are_named(text: str) -> None:
    loaded = read(("title: {en: Homecare stations", f"title: {{en: {text}"))
    assert findings(loaded) == [
        (
            line_of("title: {en: Homecare stations"),
            "warning",
            "the curly quotation marks are part of the text, and citizens see them",
        )
    ]


def test_curly_quotation_marks_inside_a_text_are_its_own() -> None:
    assert findings(read(("zh: 居家养老服务站,", "zh: “居家”养老“服务站”,"))) == []


@pytest.mark.parametrize("day", ["2021-11-12\u00a0", "2021-11-12\u3000", '"2021-11-12\u00a0"', '"\u200b2021-11-12"'])
def test_an_invisible_space_beside_a_date_does_no_harm(day: str) -> None:
    loaded = read(("      date: 2021-11-12\n", f"      date: {day}\n"))
    assert loaded.diagnostics == ()


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800\u2800", "\ufe0f", "\u00a0"])
def test_invisible_characters_are_not_a_text(text: str) -> None:
    loaded = read(("title: {en: Homecare stations", f'title: {{en: "{text}"'))
    assert not loaded.knowledge
    assert {severity for _, severity, _ in findings(loaded)} == {"error"}


def test_a_phrasing_of_invisible_characters_is_an_error() -> None:
    loaded = read(("zh: [新增养老床位]", 'zh: ["\u3164\u3164"]'))
    assert findings(loaded)[0][1:] == (
        "error",
        "entry 1 of `phrasings` (zh) of “elderly-beds” has only invisible characters",
    )


def test_a_file_that_ends_too_early_is_named() -> None:
    whole = YAML_TEXT.encode()
    cut = whole[: whole.rindex(b"source: livelihoods-2021") + 24]
    assert [found.severity for found in load_content(cut).diagnostics] == ["warning"]
    assert "is its end missing?" in str(load_content(cut).diagnostics[0].sentence)
    assert load_content(cut + b"\n").diagnostics == ()
