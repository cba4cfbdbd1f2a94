"""`check` warns about texts that contradict a status, and about projects that their own words do not find."""

from tests.factories import line_of, yaml_text
from tests.publishing.lint_warnings import warnings


def test_a_sentence_that_contradicts_the_status_is_a_warning() -> None:
    changes = ("    status: in progress\n", "    status: completed\n")
    found = {warning.mark.line: str(warning.sentence) for warning in warnings(changes)}
    line = line_of("summary: {en: A childcare centre", yaml_text(changes))
    assert found == {line: "“Строится центр для малышей.” contradicts the status `completed` of “childcare-centre”"}


def test_a_time_that_only_the_day_of_the_source_gives_is_a_warning() -> None:
    changes = ("{en: The Sixth Municipal Hospital is built.", "{en: The Sixth Municipal Hospital opens next month.")
    (warning,) = warnings(changes)
    sentence = "of “sixth-hospital” names a time that only the day of its source gives"
    assert str(warning.sentence).endswith(sentence), warning
    assert "Reported on 2021-11-12" in str(warning.suggestion) or "12 November 2021" in str(warning.suggestion)


def test_a_project_that_its_own_title_does_not_find_is_a_warning() -> None:
    title = "    title: {en: Homecare stations, zh: 居家养老服务站, ru: Пункты помощи на дому}\n"
    changes = (title, "    title: {en: Sixth hospital, zh: 居家养老服务站, ru: Пункты помощи на дому}\n")
    sentences = [str(warning.sentence) for warning in warnings(changes)]
    assert "“homecare-stations” is not found by its own title “Sixth hospital”" in sentences


def test_a_phrasing_that_is_a_word_of_another_project_is_a_warning() -> None:
    changes = ("phrasings: {en: [sixth hospital]", "phrasings: {en: [sixth hospital, beds]")
    sentences = [str(warning.sentence) for warning in warnings(changes)]
    assert "“beds” under “sixth-hospital” is also an everyday word of “elderly-beds”" in sentences


def test_a_project_and_its_area_may_share_words() -> None:
    changes = ("phrasings: {en: [sixth hospital]", "phrasings: {en: [sixth hospital, hospital]")
    assert not [warning for warning in warnings(changes) if "everyday word" in str(warning.sentence)]
