"""One run reports every error in a knowledge file, with its position and what to do about it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.publishing.files.load import load
from tests.factories import yaml_text
from tests.small_city import lines, read

ABOUT_IDS = "an id has small Latin letters, digits and hyphens, at most 40 of them"
ANOTHER_ID = "give one of them another id"
KNOWN_FIELDS = (
    "known here: id, area, title, status, status_note, as_of, expected_completion, due, summary, facts, "
    "left_open, words, phrasings, related, source"
)
#: A second fact of the beds, with the id of the first one.
FACT = "{id: nursing-beds, answers: [when], statement: {en: a, zh: b, ru: c}}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "projects.yaml"


# --- Faults of form -------------------------------------------------------------------------------


def test_every_fault_is_found_in_one_run_whatever_its_sort(path: Path) -> None:
    loaded = read(
        path,
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Shangai"),
        ("stale_after_days: 180", "stale_after_days: soon"),
        ("  - id: hospitals", "  - id: elderly-care"),
        ("    status: announced\n", "    status: anounced\n    colour: red\n"),
        ("related: [homecare-stations]", "related: [homecare-staton]"),
        ("    area: childcare\n", "    area: childcare\n    area: hospitals\n"),
        ("zh: 挂号, ", ""),
    )
    assert [(d.mark.line, d.severity, str(d.sentence), str(d.suggestion)) for d in loaded.diagnostics] == [
        (3, "error", "`time_zone` is not a time zone: “Asia/Shangai”", "for example Asia/Shanghai"),
        (6, "error", "`stale_after_days` is not a whole number", "write digits only"),
        (23, "error", "the id “elderly-care” is used in line 15 and again in line 23", ANOTHER_ID),
        (35, "error", "`status` of “elderly-beds” cannot be “anounced”", "did you mean `announced`?"),
        (36, "error", "`colour` of “elderly-beds” is not known here", KNOWN_FIELDS),
        (48, "error", "there is no project “homecare-staton”", "did you mean `homecare-stations`?"),
        (59, "error", "there is no area “hospitals”", "known: elderly-care, childcare"),
        (68, "error", "`area` is in line 67 and again in line 68", "keep one of them"),
        (78, "warning", "`title` of “appointments” is missing in zh", "replies then use en"),
    ]


def test_a_missing_field_is_named_at_its_entry(path: Path) -> None:
    assert lines(read(path, ("    source: livelihoods-2021\n", ""))) == [
        "k.yaml:32:5: error: `source` of “elderly-beds” is missing here (add `source:`)"
    ]


#: What stood there, what was written, and what is said about it.
WRONG = [
    (
        "as_of: 2021-11-12",
        "as_of: 20211112",
        "`as_of` of “elderly-beds” is not a date: “20211112” (write it as 2021-11-12)",
    ),
    (
        "as_of: 2021-11-12",
        "as_of: 2021-02-30",
        "`as_of` of “elderly-beds” is not a day of the calendar (write it as 2021-11-12)",
    ),
    ("start: 21:00", "start: 21", "`start` is not a time of day: “21” (write it as 22:00)"),
    ("start: 21:00", "start: 25:00", "`start` is not a time of day (write it as 22:00)"),
    ("wrong: 5", "wrong: .inf", "`wrong` is not a number (write it as 2 or 2.5)"),
    ("wrong: 5", "wrong: inf", "`wrong` is not a number (write it as 2 or 2.5)"),
    ("wrong: 5", "wrong: 0", "`wrong` should be more than 0"),
    ("default_language: en", "default_language: eng", "`default_language` cannot be “eng” (did you mean `en`?)"),
    ("id: hospitals", "id: Больницы", f"`id` cannot be “Больницы” ({ABOUT_IDS})"),
    ("    livelihoods-2021:", "    Projects 2021:", f"“Projects 2021” cannot be a name here ({ABOUT_IDS})"),
    (
        "title: {en: Childcare, zh: 托育服务, ru: Ясли}",
        "title: Childcare",
        (
            "`title` of “childcare” should have fields of its own"
            " (write it after `en:`, `zh:` and `ru:`, on lines of their own)"
        ),
    ),
    (
        "related: [homecare-stations]",
        "related: homecare-stations",
        ("`related` of “elderly-beds” should be a list (write one line for each, beginning with a hyphen and a space)"),
    ),
    (
        "related: [homecare-stations]",
        "related:\n      -homecare-stations",
        "`related` of “elderly-beds” should be a list (put a space after each hyphen)",
    ),
    (
        "en: [bed, beds]",
        "en: [bed, [beds]]",
        (
            "entry 2 of `words` (en) of “elderly-beds” should be a text"
            " (put it between double quotes if it contains a colon or brackets)"
        ),
    ),
    ("answers: [how-many]", "answers: []", "`answers` of “nursing-beds” is empty (write at least one entry)"),
    (
        "answers: [how-many]",
        "answers: [how many]",
        "entry 1 of `answers` of “nursing-beds” cannot be “how many” (did you mean `how-many`?)",
    ),
    ("publisher: e.my399.com", f"publisher: {'x' * 81}", "`publisher` is longer than 80 characters"),
    (
        "{en: Childcare, zh",
        "{en:Childcare, zh",
        ("`en:Childcare` of “childcare” is not known here (write `en: ` with a plain colon and a space after it)"),
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_a_value_of_the_wrong_kind_is_explained(path: Path, old: str, new: str, said: str) -> None:
    assert said in [line.partition("error: ")[2] for line in lines(read(path, (old, new)))]


def test_a_file_that_is_something_else_is_not_explained_at_length(path: Path) -> None:
    path.write_text("projects:\n" + "  - {a: b, c: d}\n" * 4000)
    loaded = load(path)
    said = [str(diagnostic.sentence) for diagnostic in loaded.diagnostics]
    assert "the file has 36,003 errors; some of each kind follow" in said
    assert 3 < len(said) < 50


def test_a_page_from_the_web_is_asked_whether_it_is_a_knowledge_file(path: Path) -> None:
    path.write_text("<html><body>Error 404</body></html>\n")
    assert lines(load(path)) == [
        "k.yaml:1:1: error: the file should have fields of its own (is it a knowledge file at all?)"
    ]


def test_a_full_width_comma_between_aspects_is_said_to_be_the_fault(path: Path) -> None:
    found = lines(read(path, ("        answers: [how-many]\n", "        answers: [how-many，cost]\n")))
    assert any("error: entry 1" in line and "(write `, ` between entries;" in line for line in found), found


# --- Faults of meaning ----------------------------------------------------------------------------


def test_a_key_twice_names_both_lines(path: Path) -> None:
    assert lines(read(path, ("    status: planned\n", "    status: planned\n    status: completed\n"))) == [
        "k.yaml:61:5: error: `status` is in line 60 and again in line 61 (keep one of them)"
    ]


@pytest.mark.parametrize(
    ("old", "new", "first", "second"),
    [
        ("  - id: homecare-stations", "  - id: elderly-beds", 32, 49),
        ("  - id: sixth-hospital", "  - id: hospitals", 23, 57),
        ("    left_open:", f"      - {FACT}\n    left_open:", 40, 44),
    ],
    ids=["project and project", "area and project", "fact and fact"],
)
def test_an_id_twice_names_both_lines(path: Path, old: str, new: str, first: int, second: int) -> None:
    said = [str(diagnostic.sentence) for diagnostic in read(path, (old, new)).diagnostics]
    name = new.partition("id: ")[2].partition(",")[0]
    assert f"the id “{name}” is used in line {first} and again in line {second}" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("area: hospitals", "area: hospital", "there is no area “hospital” (did you mean `hospitals`?)"),
        (
            "related: [homecare-stations]",
            "related: [homecare]",
            "there is no project “homecare” (did you mean `homecare-stations`?)",
        ),
        (
            "source: livelihoods-2021",
            "source: livelihood",
            "there is no source “livelihood” (did you mean `livelihoods-2021`?)",
        ),
        ("area: hospitals", "area: zzz", "there is no area “zzz” (known: elderly-care, hospitals, childcare)"),
    ],
)
def test_a_name_that_nothing_has_comes_with_a_suggestion(path: Path, old: str, new: str, said: str) -> None:
    assert [line.partition("error: ")[2] for line in lines(read(path, (old, new)))] == [said]


def test_the_default_language_is_required_and_another_one_is_missed_with_a_warning(path: Path) -> None:
    loaded = read(path, ("{en: Childcare, zh: 托育服务, ru: Ясли}", "{zh: 托育服务, ru: ''}"))
    assert loaded.knowledge is None
    assert lines(loaded) == [
        "k.yaml:28:5: error: `title` of “childcare” is missing in en (it is the city's default language)",
        "k.yaml:28:23: warning: `title` of “childcare” is missing in ru (replies then use en)",
    ]


def test_a_language_of_which_the_file_has_no_text_is_missed_only_where_the_head_names_it(path: Path) -> None:
    data = _without_russian(yaml.safe_load(yaml_text()))
    data["city"]["quiet_hours"] = {"start": "22:00", "end": "07:00"}  # YAML reads 22:00 as a number
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert load(path).diagnostics == ()

    data["city"]["languages"] = ["en", "zh", "ru"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert "`overview` of “elderly-care” is missing in ru" in lines(load(path))[0]


def _without_russian(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_russian(value) for name, value in part.items() if name != "ru"}
    return [*map(_without_russian, part)] if isinstance(part, list) else part


def test_warnings_alone_do_not_refuse_the_knowledge(path: Path) -> None:
    loaded = read(path, (", ru: Ясли", ""))
    assert [diagnostic.severity for diagnostic in loaded.diagnostics] == ["warning"]
    assert loaded.knowledge is not None


# --- What citizens would see ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 4097, "is 4,097 characters long"),
        ("The <b>city adds beds", "contains markup: “<b>”"),
        ("The city</i> adds beds", "contains markup: “</i>”"),
        ("<a href='tg://user?id=1'>beds</a>", "contains markup: “<a href='tg://user?id=1'>”"),
        ("beds &amp; stations", "contains markup: “&amp;”"),
        ("see [here](https://e.my399.com)", "contains markup: “](https:”"),
        ("see javascript:alert(1)", "contains a link that is not a web address: “javascript:”"),
        ("see data:text/html,x", "contains a link that is not a web address: “data:text/”"),
        ("see tg://resolve?domain=x", "contains a link that is not a web address: “tg://”"),
        ("see FILE:///etc/passwd", "contains a link that is not a web address: “FILE://”"),
        ("beds\u202etsop", "contains a control character: U+202E"),
        ("be\ufffdds", "has lost a letter: “\ufffd”"),
    ],
)
def test_a_text_that_would_fail_at_the_citizen_is_refused(path: Path, text: str, said: str) -> None:
    loaded = read(path, ("The city adds beds and homecare stations.", f'"{text}"'))
    diagnostics = [(diagnostic.mark.line, str(diagnostic.sentence)) for diagnostic in loaded.diagnostics]
    assert diagnostics == [(18, f"`overview` (en) of “elderly-care” {said}")]


@pytest.mark.parametrize("text", ["from 2 < 3 to 5 > 4", "R&D; see https://e.my399.com/a?b=1&c=2", "data: 5 (beds)"])
def test_a_harmless_text_is_not_taken_for_markup(path: Path, text: str) -> None:
    assert read(path, ("The city adds beds and homecare stations.", f'"{text}"')).diagnostics == ()


def test_a_title_has_one_line_and_an_overview_may_have_several(path: Path) -> None:
    assert read(path, ("The city adds beds and homecare stations.", '"Beds.\\nStations."')).diagnostics == ()
    (diagnostic,) = read(path, ("en: Childcare,", 'en: "Child\\ncare",')).diagnostics
    assert str(diagnostic.sentence) == "`title` (en) of “childcare” has more than one line"


def test_a_city_is_asked_for_the_languages_that_it_keeps_only(path: Path) -> None:
    english = ("  default_language: en\n", "  default_language: en\n  languages: [en]\n")
    assert lines(read(path, english, ("zh: 挂号, ", ""), (", ru: Запись к врачу", ""))) == []


def test_the_default_language_is_one_of_those_that_are_kept(path: Path) -> None:
    loaded = read(path, ("  default_language: en\n", "  default_language: en\n  languages: [zh]\n"))
    assert not loaded.knowledge
    assert str(loaded.diagnostics[0].sentence) == "`default_language` is en, and `languages` does not list it"
