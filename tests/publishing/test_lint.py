"""Warnings for editors about files that the bot can use."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage
from bot.publishing.files.load import load
from bot.publishing.lint import check as examining
from bot.publishing.lint.check import CheckResult, check_knowledge
from bot.publishing.lint.dates import wrong_dates
from tests.console import KNOWLEDGE, SOON
from tests.factories import YAML_TEXT, line_of, make_project, values, yaml_text
from tests.publishing.lint_warnings import only, warnings

# --- The whole ---


def test_of_a_sound_file_nothing_is_said() -> None:
    assert warnings() == []


def test_of_the_shipped_file_s_days_nothing_is_said_whenever_it_is_read() -> None:
    """`tests/cli/test_knowledge.py` checks the rest of the file, through the command."""
    loaded = load(KNOWLEDGE)
    assert loaded.document is not None
    assert loaded.knowledge is not None
    for today in (SOON.date(), datetime.now(UTC).date()):
        assert list(wrong_dates(loaded.document, loaded.knowledge, today)) == []


def test_with_an_error_there_are_no_warnings() -> None:
    broken = yaml_text(("status: planned", "status: plannd"), ("as_of: 2021-11-12", "as_of: 2031-11-12"))
    examined = check_knowledge(broken.encode(), SOON)
    assert (examined.snapshot, [found.severity for found in examined.diagnostics]) == (None, ["error"])


def test_a_file_and_its_bytes_are_judged_alike(tmp_path: Path) -> None:
    path = tmp_path / "projects.yaml"
    path.write_text(yaml_text(("as_of: 2021-11-12", "as_of: 2031-11-12")), encoding="utf-8")
    of_file, of_bytes = check_knowledge(path, SOON), check_knowledge(path.read_bytes(), SOON)
    assert of_file.diagnostics == of_bytes.diagnostics != ()
    assert of_file.loaded.digest == of_bytes.loaded.digest


def test_warnings_of_the_loader_and_the_lint_follow_the_order_of_the_file() -> None:
    found = warnings((", ru: Больницы}", "}"), ("as_of: 2021-11-12", "as_of: 2031-11-12"))
    assert [str(each.sentence).split()[0] for each in found] == ["`title`", "`as_of`"]
    assert found == sorted(found)


def test_a_snapshot_of_the_same_bytes_is_used_again_and_of_others_not(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = check_knowledge(YAML_TEXT.encode(), SOON).snapshot
    assert snapshot is not None
    other = check_knowledge(yaml_text(("en: Hospitals", "en: Clinics")).encode(), SOON, snapshot)
    assert other.snapshot is not snapshot
    assert other.snapshot is not None
    assert other.snapshot.knowledge.areas[1].title.text_in("en") == "Clinics"

    def refuse(*given: object) -> Snapshot:
        raise AssertionError("it was prepared again")

    monkeypatch.setattr(examining, "prepare", refuse)
    assert check_knowledge(YAML_TEXT.encode(), SOON, snapshot).snapshot is snapshot


def test_checked_bytes_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for content in (YAML_TEXT.encode(), b"\xff", b""):
        check_knowledge(content, SOON)
    assert list(tmp_path.iterdir()) == []


def test_every_warning_has_a_text_in_every_language() -> None:
    everything = faulty()
    assert len(everything.diagnostics) > 8
    for language in LANGUAGES:
        for found in everything.diagnostics:
            for sentence in (found.sentence, found.suggestion):
                assert isinstance(sentence, LazyMessage)
                assert "{" not in sentence.render(translator_in(language))
                assert language == "en" or sentence.render(translator_in(language)) != str(sentence)


def faulty() -> CheckResult:
    """A city with a warning of every kind."""
    projects = [
        *values()["projects"],
        make_project("twin", phrasings={"en": ["sixth hospital", "a new childcare center"], "zh": ["市六院"]}),
        make_project("silent", as_of="2031-01-01"),
        make_project(
            "late", as_of="2020-11-12", expected_completion={"en": "2020-12-01", "zh": "2020-12-01", "ru": "2020-12-01"}
        ),
        make_project(
            "long",
            summary=dict.fromkeys(LANGUAGES, "x" * 280),
            title=dict.fromkeys(LANGUAGES, "y" * 80),
            status_note=dict.fromkeys(LANGUAGES, "z" * 120),
            facts=[{"id": "unasked", "answers": ["why"], "statement": dict.fromkeys(LANGUAGES, "s" * 200)}],
        ),
    ]
    areas = values()["areas"]
    areas[2]["facts"] = [
        {
            "id": "one",
            "answers": ["which"],
            "statement": dict.fromkeys(LANGUAGES, "One."),
            "questions": {"en": ["is it one nursery"]},
        }
    ]
    return check_knowledge(json.dumps(values(projects=projects, areas=areas)).encode(), SOON)


# --- The same phrasing twice ---


def test_the_same_phrasing_under_two_projects_is_named_with_both_places() -> None:
    change = ("{en: [sixth hospital], zh: [市六院]", "{en: [sixth hospital, new childcare center], zh: [市六院]")
    line, sentence = only(warnings(change))
    text = yaml_text(change)
    second = line_of("phrasings: {en: [new childcare center]", text)
    assert line == second
    first = line_of("sixth hospital, new childcare center", text)
    assert sentence == (
        f"“new childcare center” is under “sixth-hospital” in line {first} "
        f"and again under “childcare-centre” in line {second}"
    )


def test_case_order_width_and_punctuation_make_no_other_phrasing() -> None:
    written = (
        "New, Childcare center!",
        "ＮＥＷ childcare center",
        "childcare center new",
        "新增养老床位。",
        "新增養老床位",
        "больница, шестая",
    )
    quoted = "".join(f', "{each}"' for each in written)
    found = warnings(("en: [see a doctor tomorrow]", f"en: [see a doctor tomorrow{quoted}]"))
    assert len(found) == len(written)
    assert all("is under" in str(warning.sentence) for warning in found)


@pytest.mark.parametrize(
    "written",
    ["new childcare centers", "new childcare centre", "a new childcare center", "new chidlcare center", "новых яслях"],
)
def test_nearly_the_same_phrasing_is_named_with_both_places(written: str) -> None:
    line, sentence = only(warnings(("en: [see a doctor tomorrow]", f"en: [see a doctor tomorrow, {written}]")))
    project = line_of("phrasings: {en: [new childcare center]")
    assert line == line_of("see a doctor tomorrow")
    assert sentence.endswith("are nearly the same")
    assert f"under “childcare-centre” in line {project} and “{written}” under “appointments” in line {line}" in sentence


def test_what_differs_in_a_word_that_tells_is_another_phrasing() -> None:
    written = "first hospital, new childcare payment, new dental center, 市二院, 第七医院, третья больница"
    assert warnings(("en: [see a doctor tomorrow]", f"en: [see a doctor tomorrow, {written}]")) == []


def test_a_phrasing_may_stand_twice_under_one_project() -> None:
    assert warnings(("en: [new childcare center]", "en: [new childcare center, New childcare center]")) == []


def test_a_question_of_a_fact_counts_as_a_phrasing_of_its_project() -> None:
    found = warnings(("en: [sixth hospital]", "en: [sixth hospital, how many beds]"))
    assert "“how many beds” is under “elderly-beds”" in only(found)[1]


# --- What is not found ---


def test_a_project_that_its_own_phrasings_do_not_find_is_named() -> None:
    """For two projects with the same phrasings, the bot answers with their area."""
    sixth = next(project for project in values()["projects"] if project["id"] == "sixth-hospital")
    text = json.dumps(values(projects=[*values()["projects"], {**sixth, "id": "twin"}]), indent=1)
    lost = [found for found in check_knowledge(text.encode(), SOON).diagnostics if "tried" in str(found.sentence)]
    assert [found.mark.line for found in lost] == [
        line_of('"id": "sixth-hospital"', text),
        line_of('"id": "twin"', text),
    ]
    assert str(lost[0].sentence).startswith(
        "of 3 phrasings of “sixth-hospital” that were tried, 0 find it, and for instan"
    )


def test_a_project_without_phrasings_is_named() -> None:
    found = warnings(("    phrasings: {en: [sixth hospital], zh: [市六院], ru: [шестая больница]}\n", ""))
    assert only(found) == (
        line_of("id: sixth-hospital"),
        "“sixth-hospital” has no phrasings, so hardly any question finds it",
    )


def test_a_fact_without_questions_is_named() -> None:
    found = warnings(("        questions: {en: [how many beds], zh: [多少张床], ru: [сколько коек]}\n", ""))
    line, sentence = only(found)
    assert line == line_of("id: nursing-beds")
    assert sentence == "the fact “nursing-beds” of “elderly-beds” has no questions, so no question leads to it"


def test_a_fact_that_its_own_questions_do_not_bring_is_named() -> None:
    """An area with one project is answered with that project."""
    fact = (
        "    facts:\n"
        "      - id: only-one\n"
        "        answers: [which]\n"
        "        statement: {en: There is one., zh: 只有一个。, ru: Он один.}\n"
        "        questions: {en: [is it one nursery or several]}\n"
    )
    found = warnings(
        ("    words: {en: [nursery, toddler]", f"{fact}    words: {{en: [nursery, toddler]"),
    )
    line, sentence = only(found)
    assert line == line_of("id: childcare\n") + 4
    assert sentence == "none of the questions of the fact “only-one” of “childcare” leads to it"
    assert "move the fact there" in str(found[0].suggestion)


# --- What does not fit ---


def test_a_card_over_its_length_is_named_for_each_language_that_is_too_long() -> None:
    long = 'summary: {en: "' + "x" * 280 + '", zh: 护理床位1000张。, ru: Тысяча коек.}'
    found = warnings(
        ('summary: {en: "1,000 nursing beds and 2,000 normal ones.", zh: 护理床位1000张。, ru: Тысяча коек.}', long),
        ("title: {en: Beds in elderly care,", f"title: {{en: {'y' * 80},"),
        ("status_note: {en: stated as a goal for 2021,", f"status_note: {{en: {'z' * 120},"),
        ('statement: {en: "1,000 nursing beds are added.",', f"statement: {{en: {'s' * 200},"),
    )
    line, sentence = only(found)
    assert line == line_of('summary: {en: "1,000')
    assert sentence.startswith("the card of “elderly-beds” with a fact first has 765")
    assert sentence.endswith(" characters in `en`, and 700 fit into a reply")


# --- Days ---


def test_a_day_of_confirmation_in_the_future_is_named() -> None:
    assert only(warnings(("as_of: 2021-11-12", "as_of: 2031-11-12"))) == (
        line_of("as_of:"),
        "`as_of` of “elderly-beds” is in the future: 2031-11-12",
    )


def test_today_is_that_of_the_city() -> None:
    """While it is the last day of November in Greenwich, it is December in Harbin."""
    late = datetime(2021, 11, 30, 18, tzinfo=UTC)
    assert warnings(("as_of: 2021-11-12", "as_of: 2021-12-01"), now=late) == []
    assert len(warnings(("as_of: 2021-11-12", "as_of: 2021-12-02"), now=late)) == 1


def test_an_expected_completion_that_is_past_is_named_while_the_status_does_not_say_so() -> None:
    past = datetime(2022, 1, 2, tzinfo=UTC)
    line, sentence = only(warnings(now=past))
    assert line == line_of("expected_completion:")
    assert (
        sentence
        == "“childcare-centre” was expected to be completed by 2021-12-31, and its status is still `in progress`"
    )
    for status in ("completed", "cancelled", "delayed"):
        found = warnings(("status: in progress", f"status: {status}"), now=past)
        assert not [warning for warning in found if "was expected" in str(warning.sentence)]
    for status in ("planned", "announced"):
        assert len(warnings(("status: in progress", f"status: {status}"), now=past)) == 1
    assert warnings(now=past - timedelta(days=3)) == []


def test_a_due_date_that_cannot_be_right_is_named() -> None:
    completion = "    expected_completion: {en: by the end of the year"
    early, other = (f"    due: {day}\n{completion}" for day in ("2020-12-31", "2022-06-30"))
    sentence = "`due` of “childcare-centre” is 2020-12-31, before its source was published"
    assert only(warnings((completion, early))) == (line_of("due:", yaml_text((completion, early))), sentence)
    sentence = "`expected_completion` and `due` of “childcare-centre” name different times"
    assert only(warnings((completion, other)))[1] == sentence


def test_an_area_without_a_project_is_named() -> None:
    changes = ("    area: childcare\n", "    area: hospitals\n")
    line = line_of("  - id: childcare\n", yaml_text(changes))
    assert (line, "no project is in the area “childcare”") in [
        (warning.mark.line, str(warning.sentence)) for warning in warnings(changes)
    ]


def test_words_without_a_year_may_stand_beside_a_note_that_says_of_when_they_are() -> None:
    past = datetime(2025, 1, 2, tzinfo=UTC)
    status = "    status: in progress\n"
    note = "    status_note: {en: Nothing after 12 November 2021., zh: 2021年11月12日后不详, ru: Дальше неизвестно}\n"
    vague = "    status_note: {en: Being built., zh: 在建, ru: Строится}\n"
    assert warnings((status, status + note), now=past) == []
    assert len(warnings((status, status + vague), now=past)) == 1
    dated = ("en: by the end of the year", "en: by the end of 2021")
    assert len(warnings((status, status + note), dated, now=past)) == 1


# --- Size ---


def test_phrasings_are_compared_in_blocks_however_many_there_are() -> None:
    """A word that all share, or a thousand equal phrasings, cost no more than the blocks allow."""
    many: Mapping[str, list[str]] = {"en": [f"street {n} works" for n in range(1500)]}
    projects = [make_project(f"project-{n}", phrasings=many) for n in range(2)]
    examined = check_knowledge(json.dumps(values(projects=[*values()["projects"], *projects])).encode(), SOON)
    again = [found for found in examined.diagnostics if "and again under" in str(found.sentence)]
    assert 100 <= len(again) <= 200
