"""A city's first files: with few phrasings, the statements decide what is asked for."""

import pytest

from bot.answers.answer import Found, NotFound
from bot.answers.understanding.interpretation import Interpretation
from bot.matching.features import stem
from bot.publishing.files.load import load_content
from bot.publishing.prepare import prepare
from tests.console import Ask, shipped_embedder

CITY = """
city:
  name: {en: Linden}
  time_zone: Europe/London
  default_language: en
  languages: [en]
  contacts: {emergency: "112"}
  stale_after_days: 365
  quiet_hours: {start: "21:00", end: "08:00"}
  sources:
    notice: {title: {en: Notice}, publisher: Linden Council, date: 2026-03-02}
areas:
  - id: parks
    title: {en: Parks}
    overview: {en: A park with a beach is being laid out at the lake.}
    phrasings: {en: [green spaces, places to walk]}
  - id: streets
    title: {en: Buses and streets}
    overview: {en: New buses are bought and High Street is repaved.}
    phrasings: {en: [streets, traffic]}
projects:
  - id: lake-park
    area: parks
    title: {en: Lake park with a beach}
    status: in progress
    as_of: 2026-03-02
    summary: {en: The lake park gets a beach and a playground.}
    facts:
      - id: cost
        answers: [cost]
        statement: {en: The park costs 4 million pounds.}
        questions: {en: [what does the park cost]}
      - id: rules
        answers: [which]
        statement: {en: Dogs are allowed in the park on a lead.}
        questions: {en: [can I walk my dog in the park]}
    phrasings: {en: [new park at the lake, lake park]}
    source: notice
  - id: buses
    area: streets
    title: {en: Twelve new buses}
    status: planned
    as_of: 2026-03-02
    summary: {en: Twelve buses will be bought.}
    phrasings: {en: [new buses, more buses]}
    source: notice
  - id: high-street
    area: streets
    title: {en: New surface for High Street}
    status: planned
    as_of: 2026-03-02
    summary: {en: High Street gets a new surface.}
    phrasings: {en: [High Street, repaving]}
    source: notice
  - id: mill-bridge
    area: streets
    title: {en: Rebuilding of Mill Bridge}
    status: in progress
    as_of: 2026-03-02
    expected_completion: {en: May 2028}
    summary: {en: Mill Bridge is being rebuilt.}
    facts:
      - id: closed
        answers: [when]
        statement: {en: Mill Bridge has been closed since 1 February 2026.}
        questions: {en: [since when is the bridge closed]}
      - id: cost
        answers: [cost]
        statement: {en: Mill Bridge costs 9 million pounds.}
        questions: {en: [how much does the bridge cost]}
    phrasings: {en: [Mill Bridge, bridge works]}
    source: notice
"""


@pytest.fixture(scope="module")
def linden() -> Ask:
    loaded = load_content(CITY.encode())
    assert loaded.knowledge, loaded.diagnostics
    return Ask(prepare(loaded.knowledge, "linden", embedder=shipped_embedder()))


@pytest.mark.parametrize(("plural", "singular"), [("buses", "bus"), ("gases", "gas"), ("children's", "child")])
def test_an_irregular_plural_has_the_stem_of_its_singular(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular)


def test_a_topics_own_word_names_no_topic_in_a_city_that_has_it_in_a_title(linden: Ask) -> None:
    answer = linden("is there a beach at the lake").decision.answer
    assert isinstance(answer, Found)
    assert answer.findings[0].match.id == "lake-park"
    assert isinstance(linden("a hotel with a beach on Bali").decision.answer, NotFound)


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("are dogs welcome at the lake park", "rules"),
        ("4 million for the lake park?", "cost"),
        ("what is new about the lake park", None),
    ],
)
def test_a_fact_is_asked_for_by_words_that_only_its_statement_says(
    linden: Ask, question: str, fact: str | None
) -> None:
    answer = linden(question).decision.answer
    assert isinstance(answer, Found)
    assert (answer.findings[0].fact.id if answer.findings[0].fact else None) == fact


@pytest.mark.parametrize("question", ["when will Mill Bridge open again", "when is Mill Bridge finished"])
def test_the_date_of_completion_comes_before_a_fact_about_another_date(linden: Ask, question: str) -> None:
    assert "May 2028" in linden(question).reply.text
    assert "1 February" not in linden(question).reply.text


def test_a_fact_about_another_date_is_told_when_it_is_asked_for(linden: Ask) -> None:
    assert "1 February" in linden("since when is Mill Bridge closed").reply.text


def test_a_message_that_only_asks_how_much_gets_the_cost_of_what_was_talked_about(linden: Ask) -> None:
    assert "9 million" in linden("Mill Bridge", "how much?").reply.text


def test_a_topic_counts_its_own_words_once(linden: Ask) -> None:
    once, twice = (linden(text).decision.interpretation for text in ("ticket", "ticket tickets"))

    def by_words(interpretation: Interpretation) -> float:
        names = linden.snapshot.engine.kinds.names
        return interpretation.topic[1] - float(interpretation.scores.labels[names.index(interpretation.topic[0])])

    assert by_words(once) == pytest.approx(by_words(twice), abs=1e-5)
    assert by_words(once) > 0


def test_two_details_of_one_project_are_told_together(linden: Ask) -> None:
    reply = linden("When is Mill Bridge finished and how much does it cost?").reply.text
    assert reply.startswith("Expected completion: May 2028\nMill Bridge costs 9 million pounds.\n"), reply
    assert reply.count("Rebuilding of Mill Bridge") == 1, reply


def test_two_projects_of_one_area_are_told_together(linden: Ask) -> None:
    answer = linden("what about Mill Bridge and the new buses").decision.answer
    assert isinstance(answer, Found)
    assert {finding.match.id for finding in answer.findings} == {"mill-bridge", "buses"}


def test_a_bare_how_much_asks_for_the_price_of_what_was_told(linden: Ask) -> None:
    reply = linden("Mill Bridge", "how much?").reply.text
    assert reply.startswith("Mill Bridge costs 9 million pounds."), reply


def test_a_status_that_was_reported_before_a_later_deadline_is_a_no_as_of_its_day(linden: Ask) -> None:
    reply = linden("is Mill Bridge finished?").reply.text
    assert reply.startswith("No: in progress as of 2 March 2026."), reply
