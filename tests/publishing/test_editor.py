"""One value is written into a hand-edited file, and every other byte stays."""

import re

import pytest
import yaml

from bot.errors import FileError
from bot.knowledge.edits import Edit
from tests.factories import YAML_TEXT, yaml_text
from tests.publishing.editing import STATUS, SUMMARY, each, edit, with_summary, write

HOSPITAL = "  - id: sixth-hospital\n    area: hospitals\n"


LONG = f"{'long ' * 11}long\n        "


#: Lines of the sixth hospital in place of its summary, an edit, and the lines then.
SUMMARIES = {
    "in brackets": (
        "    summary: {en: a, zh: b, ru: c}\n",
        edit("summary", "d", "zh"),
        "    summary: {en: a, zh: d, ru: c}\n",
    ),
    "in brackets with a comma and a bracket": (
        "    summary: {en: a, zh: b, ru: c}  # three\n",
        edit("summary", "d, [e]", "en"),
        '    summary: {en: "d, [e]", zh: b, ru: c}  # three\n',
    ),
    "in brackets over several lines": (
        "    summary: {\n      en: a,  # one\n      zh: b,\n      ru: c,\n    }\n",
        edit("summary", "d", "ru"),
        "    summary: {\n      en: a,  # one\n      zh: b,\n      ru: d,\n    }\n",
    ),
    "on lines": (
        "    summary:\n      en: a\n      zh: b\n      ru: c\n",
        edit("summary", "d", "en"),
        "    summary:\n      en: d\n      zh: b\n      ru: c\n",
    ),
    "with a comment behind": (
        "    summary:\n      en: a   # first # draft\n      # 中文\n      zh: b\n      ru: c\n",
        edit("summary", "d e", "en"),
        "    summary:\n      en: d e   # first # draft\n      # 中文\n      zh: b\n      ru: c\n",
    ),
    "between single quotation marks": (
        "    summary:\n      en: 'it''s: a'  # x\n      zh: b\n      ru: c\n",
        edit("summary", "it's: d", "en"),
        "    summary:\n      en: 'it''s: d'  # x\n      zh: b\n      ru: c\n",
    ),
    "between double quotation marks": (
        '    summary:\n      en: "a \\"b\\" \\u0041"\n      zh: b\n      ru: c\n',
        edit("summary", 'c:\\d "e" 😀', "en"),
        '    summary:\n      en: "c:\\\\d \\"e\\" 😀"\n      zh: b\n      ru: c\n',
    ),
    "between double quotation marks over several lines": (
        '    summary:\n      en: "a\n        b\\\n        c"\n      zh: b\n      ru: c\n',
        edit("summary", "d", "en"),
        '    summary:\n      en: "d"\n      zh: b\n      ru: c\n',
    ),
    "below |": (
        "    summary:\n      en: |  # two lines\n        a\n        b\n\n      zh: b\n      ru: c\n",
        edit("summary", "d\n\ne # f", "en"),
        "    summary:\n      en: |  # two lines\n        d\n\n        e # f\n\n      zh: b\n      ru: c\n",
    ),
    "below |- with a deep indentation": (
        "    summary:\n      en: |-\n            a\n      zh: b\n      ru: c\n",
        edit("summary", "- d: 'e'", "en"),
        "    summary:\n      en: |-\n            - d: 'e'\n      zh: b\n      ru: c\n",
    ),
    "below | with a digit, which is given up": (
        "    summary:\n      en: |2-\n          a\n      zh: b\n      ru: c\n",
        edit("summary", "d", "en"),
        '    summary:\n      en: "d"\n      zh: b\n      ru: c\n',
    ),
    "below | with nothing under it": (
        "    summary:\n      en: |  # soon\n      zh: b\n      ru: c\n",
        edit("summary", "d", "en"),
        '    summary:\n      en: "d"  # soon\n      zh: b\n      ru: c\n',
    ),
    "below >": (
        f"    summary:\n      en: >-\n        {'word ' * 9}word\n        end\n      zh: b\n      ru: c\n",
        edit("summary", f"{'long ' * 15}long\nnew", "en"),
        f"    summary:\n      en: >-\n        {LONG}{'long ' * 3}long\n\n        new\n      zh: b\n      ru: c\n",
    ),
    "plain over several lines": (
        "    summary:\n      en: a\n        b\n\n        c  # end\n      zh: b\n      ru: c\n",
        edit("summary", "d", "en"),
        "    summary:\n      en: d  # end\n      zh: b\n      ru: c\n",
    ),
    "plain that becomes two lines": (
        "    summary:\n      en: a\n      zh: b\n      ru: c\n",
        edit("summary", "d\ne", "en"),
        '    summary:\n      en: "d\\ne"\n      zh: b\n      ru: c\n',
    ),
    "names between quotation marks": (
        '    "summary": {"en":"a","zh":"b","ru":"c"}\n',
        edit("summary", "d", "en"),
        '    "summary": {"en":"d","zh":"b","ru":"c"}\n',
    ),
    "an empty language": (
        "    summary:\n      en: a\n      zh:   # 待译\n      ru: c\n",
        edit("summary", "d", "zh"),
        "    summary:\n      en: a\n      zh: d   # 待译\n      ru: c\n",
    ),
    "an empty language in brackets": (
        "    summary: {en: a, zh: , ru}\n",
        edit("summary", "d", "zh"),
        "    summary: {en: a, zh: d , ru}\n",
    ),
    "a language without a colon in brackets": (
        "    summary: {en: a, zh: , ru}\n",
        edit("summary", "d", "ru"),
        "    summary: {en: a, zh: , ru: d}\n",
    ),
    "a missing language between two": (
        "    summary:\n      en: 'a' # x\n      # y\n      ru: 'c'\n",
        edit("summary", "d", "zh"),
        "    summary:\n      en: 'a' # x\n      zh: 'd'\n      # y\n      ru: 'c'\n",
    ),
    "a missing first language": (
        "    summary:\n      # y\n      en: c\n",
        edit("summary", "d", "zh"),
        "    summary:\n      # y\n      en: c\n      zh: d\n",
    ),
    "a missing language in brackets": (
        "    summary: { en: a,  ru: c }\n",
        edit("summary", "d", "zh"),
        "    summary: { en: a,  zh: d,  ru: c }\n",
    ),
    "a missing last language in brackets on lines": (
        "    summary: {\n      en: a,\n      zh: b  # y\n    }\n",
        edit("summary", "d", "ru"),
        "    summary: {\n      en: a,\n      zh: b,\n      ru: d  # y\n    }\n",
    ),
    "a language taken out": (
        "    summary:\n      en: a\n      zh: b  # of the office\n      ru: c\n",
        edit("summary", None, "zh"),
        "    summary:\n      en: a\n      # of the office\n      ru: c\n",
    ),
    "the first language in brackets taken out": (
        "    summary: {zh: b, en: a, ru: c}\n",
        edit("summary", None, "zh"),
        "    summary: {en: a, ru: c}\n",
    ),
    "the last language in brackets taken out": (
        "    summary: {\n      en: a,  # x\n      zh: b,  # y\n      ru: c  # z\n    }\n",
        edit("summary", None, "ru"),
        "    summary: {\n      en: a,  # x\n      zh: b,  # y\n        # z\n    }\n",
    ),
    "a text that is there already": (
        "    summary:\n      en: a\n        b\n      zh: b\n      ru: c\n",
        edit("summary", " a b ", "en"),
        "    summary:\n      en: a\n        b\n      zh: b\n      ru: c\n",
    ),
    "Chinese, a colon and a number sign": (
        "    summary: {en: a, zh: b, ru: c}\n",
        edit("summary", "进展：已完成80% #1", "zh"),
        '    summary: {en: a, zh: "进展：已完成80% #1", ru: c}\n',
    ),
    "Russian with a hyphen in front": (
        "    summary:\n      en: a\n      zh: b\n      ru: c\n",
        edit("summary", "- готово: да", "ru"),
        '    summary:\n      en: a\n      zh: b\n      ru: "- готово: да"\n',
    ),
}


@each(SUMMARIES)
def test_only_the_text_of_the_value_changes(a: str, b: Edit, c: str) -> None:
    assert write(with_summary(a), b) == with_summary(c)


@each(SUMMARIES)
@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_the_line_breaks_of_the_file_are_kept(a: str, b: Edit, c: str, line_break: str) -> None:
    before, after = (with_summary(text).replace("\n", line_break) for text in (a, c))
    assert write(before, b) == after


@each(SUMMARIES)
def test_a_byte_order_mark_stays(a: str, b: Edit, c: str) -> None:
    assert write("\ufeff" + with_summary(a), b) == "\ufeff" + with_summary(c)


@each(SUMMARIES)
def test_without_libyaml_the_same_is_written(a: str, b: Edit, c: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CBaseLoader")
    assert write(with_summary(a), b) == with_summary(c)


@each(SUMMARIES)
def test_the_last_line_of_a_file_needs_no_line_break(a: str, b: Edit, c: str) -> None:
    """The summary is the last field of the last project."""
    text = YAML_TEXT[: YAML_TEXT.index("topics_elsewhere:")]
    last = text[text.index("    summary: {en: A childcare centre is being built.") :]
    moved = text.replace(last, "".join(last.splitlines(keepends=True)[1:]))
    before, after = ((moved + summary).removesuffix("\n") for summary in (a, c))
    assert write(before, Edit("childcare-centre", b.field, b.language, b.value)) == after


#: Lines of the sixth hospital between its title and its summary, an edit, and the lines then.
FIELDS = {
    "status": (
        "    status: planned  # since spring\n    as_of: 2021-11-12\n",
        edit("status", "in progress"),
        "    status: in progress  # since spring\n    as_of: 2021-11-12\n",
    ),
    "status between quotation marks": (
        "    status: 'planned'\n    as_of: 2021-11-12\n",
        edit("status", "completed"),
        "    status: 'completed'\n    as_of: 2021-11-12\n",
    ),
    "day": (STATUS, edit("as_of", "2022-01-31"), "    status: planned\n    as_of: 2022-01-31\n"),
    "day between quotation marks": (
        '    status: planned\n    as_of: "2021-11-12"\n',
        edit("as_of", "2022-01-31"),
        '    status: planned\n    as_of: "2022-01-31"\n',
    ),
    "a missing note": (
        STATUS,
        edit("status_note", "half done", "en"),
        "    status: planned\n    status_note: {en: half done}\n    as_of: 2021-11-12\n",
    ),
    "a missing note behind a comment": (
        "    status: planned  # c\n    # d\n    as_of: 2021-11-12\n",
        edit("status_note", "half done", "en"),
        "    status: planned  # c\n    status_note: {en: half done}\n    # d\n    as_of: 2021-11-12\n",
    ),
    "a missing expected completion": (
        STATUS,
        edit("expected_completion", "2023", "ru"),
        STATUS + '    expected_completion: {ru: "2023"}\n',
    ),
    "an empty note": (
        "    status: planned\n    status_note:  # soon\n    as_of: 2021-11-12\n",
        edit("status_note", "half done", "en"),
        "    status: planned\n    status_note: {en: half done}  # soon\n    as_of: 2021-11-12\n",
    ),
    "a note of nothing": (
        "    status: planned\n    status_note: {}\n    as_of: 2021-11-12\n",
        edit("status_note", "half done", "en"),
        "    status: planned\n    status_note: {en: half done}\n    as_of: 2021-11-12\n",
    ),
    "an expected completion taken out": (
        STATUS + "    # when?\n    expected_completion: {zh: 年底}  # teaser\n    # then\n",
        edit("expected_completion", None, "zh"),
        STATUS + "    # when?\n    # teaser\n    # then\n",
    ),
    "an expected completion on lines taken out": (
        STATUS + "    expected_completion:  # a\n      # b\n      en: ''\n      zh: '#1'\n",
        edit("expected_completion", None, "zh"),
        STATUS + "    # a\n      # b\n",
    ),
    "an expected completion that nobody named": (STATUS, edit("expected_completion", None, "zh"), STATUS),
    "a note that stays away": (STATUS, edit("status_note", " ", "zh"), STATUS),
}


@each(FIELDS)
def test_a_field_is_changed_added_and_taken_out_in_its_place(a: str, b: Edit, c: str) -> None:
    at = YAML_TEXT.index(HOSPITAL)
    head, tail = YAML_TEXT[:at], YAML_TEXT[at:]
    assert STATUS in tail
    assert write(head + tail.replace(STATUS, a, 1), b) == head + tail.replace(STATUS, c, 1)


def test_a_new_field_is_laid_out_as_the_title_is() -> None:
    title = "    title: {en: Sixth Municipal Hospital, zh: 哈尔滨市第六医院, ru: Шестая городская больница}\n"
    on_lines = "    title:\n        en: 'a'\n        zh: 'b'\n        ru: 'c'\n"
    before = yaml_text((title, on_lines))
    added = "    expected_completion:\n        zh: '年底'\n        ru: 'к: концу'\n"
    edits = edit("expected_completion", "к: концу", "ru"), edit("expected_completion", "年底", "zh")
    after = write(before, *edits)
    assert after == before.replace(SUMMARY, added + SUMMARY)
    gone = [Edit(e.project, e.field, e.language, None) for e in edits]
    assert write(after, *gone) == before


def test_an_empty_field_is_filled_as_the_title_is_laid_out() -> None:
    title = "    title: {en: Sixth Municipal Hospital, zh: 哈尔滨市第六医院, ru: Шестая городская больница}\n"
    on_lines = "    title:\n      en: a\n      zh: b\n      ru: c\n"
    before = yaml_text((title, on_lines), (SUMMARY, "    expected_completion:  # when\n" + SUMMARY))
    assert write(before, edit("expected_completion", "年底", "zh")) == before.replace(
        "when\n", "when\n      zh: 年底\n"
    )


@pytest.mark.parametrize("spaces", [0, 2, 4])
def test_lists_may_be_indented_or_not(spaces: int) -> None:
    projects = YAML_TEXT[YAML_TEXT.index("projects:\n") : YAML_TEXT.index("topics_elsewhere:")]
    shifted = re.sub("(?m)^  (?! *projects)", " " * spaces, projects)
    text = YAML_TEXT.replace(projects, shifted)
    note = f"{' ' * spaces}  status_note: {{en: half}}\n"
    wanted = shifted.replace("status: planned\n", f"status: planned\n{note}")
    assert write(text, edit("status_note", "half", "en")) == YAML_TEXT.replace(projects, wanted)


def test_an_entry_may_begin_below_its_hyphen() -> None:
    before = yaml_text(("  - id: sixth-hospital\n", "  -  # a hospital\n    id: sixth-hospital\n"))
    assert write(before, edit("status", "delayed")) == before.replace("status: planned", "status: delayed")


ONE_LINE = YAML_TEXT[: YAML_TEXT.index("projects:")] + (
    "projects: [{id: a, area: hospitals, title: {en: A}, status: planned, as_of: 2021-11-12, summary: {en: S},"
    " source: livelihoods-2021}, {id: b, area: childcare, title: {en: B}, status: planned, as_of: 2021-11-12,"
    " summary: {en: S}, source: livelihoods-2021}]\n"
)


def test_everything_may_stand_between_brackets() -> None:
    after = write(
        ONE_LINE,
        edit("expected_completion", "年底", "zh", project="b"),
        edit("status", "delayed", project="b"),
        edit("status_note", "no, why?", "en", project="b"),
    )
    head, tail = ONE_LINE.split("{id: b")
    tail = tail.replace("status: planned,", 'status: delayed, status_note: {en: "no, why?"},')
    assert after == head + "{id: b" + tail.replace(
        "as_of: 2021-11-12,", "as_of: 2021-11-12, expected_completion: {zh: 年底},"
    )
    gone = edit("expected_completion", None, "zh", project="b"), edit("status_note", None, "en", project="b")
    assert write(after, *gone, edit("status", "planned", project="b")) == ONE_LINE


def test_the_statement_of_a_fact_is_changed_and_nothing_else() -> None:
    old, new = "增加护理床位1000张。", "新增床位2000张：#1。"

    assert write(YAML_TEXT, Edit("elderly-beds", "statement", "zh", new, "nursing-beds")) == YAML_TEXT.replace(old, new)


def test_a_fact_that_is_gone_is_refused_in_words() -> None:
    with pytest.raises(FileError, match="statement"):
        write(YAML_TEXT, Edit("elderly-beds", "statement", "zh", "新", "no-such-fact"))


def test_several_projects_are_edited_at_once() -> None:
    after = write(
        YAML_TEXT,
        edit("status", "delayed"),
        edit("status", "completed", project="childcare-centre"),
        edit("summary", "护理床位。", "zh", project="elderly-beds"),
    )
    assert after == yaml_text(
        ("护理床位1000张。, ru: Ты", "护理床位。, ru: Ты"), ("planned", "delayed"), ("in progress", "completed")
    )


def test_without_an_edit_nothing_changes() -> None:
    assert write(YAML_TEXT) == YAML_TEXT
