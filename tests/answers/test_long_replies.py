"""Replies with the longest texts that the check permits fit, and everything can be reached."""

from itertools import combinations
from typing import Any

import pytest

from bot.answers.answer import Found, NotFound, Overview
from bot.answers.reply import MAX_REPLY
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase
from tests.answers.rendering import LATE, all_findings, check_fits, pages, reply_to
from tests.factories import make_knowledge, make_project


def _long(length: int, letters: str = "w字ж") -> dict[str, str]:
    return dict(zip(("en", "zh", "ru"), (letter * length for letter in letters), strict=True))


def _longest(**fields: Any) -> KnowledgeBase:
    return make_knowledge(
        areas=[
            {
                "id": f"area-{n}",
                "title": _long(80),
                "overview": _long(480),
                "facts": [{"id": "f", "answers": ["when"], "statement": _long(200)}],
            }
            for n in range(3)
        ],
        projects=[
            make_project(
                f"p-{n}",
                f"area-{n}",
                title=_long(80),
                status_note=_long(120),
                expected_completion=_long(120),
                summary=_long(280, "s文ш"),
                facts=[{"id": "f", "answers": ["when"], "statement": _long(200)}],
                left_open=["cost"],
                **fields,
            )
            for n in range(3)
        ],
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_texts_fit(language: Language) -> None:
    """Each project, area and fact, the refusal and the list."""
    knowledge = _longest()
    for finding in all_findings(knowledge):
        check_fits(reply_to(finding, knowledge, language, LATE))
    for answer in (NotFound(), Overview()):
        check_fits(reply_to(answer, knowledge, language, LATE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_texts_fit_together(language: Language) -> None:
    """Three findings in one reply; of the aspects that the source leaves open, the one with the longest sentence."""
    knowledge = _longest()
    longest = max(
        (finding for finding in all_findings(knowledge) if finding.left_open),
        key=lambda finding: len(reply_to(finding, knowledge, language, LATE).text),
    )
    shown = [finding for finding in all_findings(knowledge) if finding.left_open in (None, "cost", longest.left_open)]
    for three in combinations(shown, 3):
        if len({finding.match.area.id for finding in three}) == 3:
            check_fits(reply_to(Found(three), knowledge, language, LATE))


def test_the_summary_of_a_long_project_is_reached_through_more() -> None:
    """What does not fit is a tap away."""
    knowledge = _longest()
    assert any(
        "s" * 280 in page.text for page in pages(reply_to(Overview(), knowledge), knowledge, translator_in("en"), LATE)
    )


def test_twenty_areas_fit() -> None:
    """As many lines as there is room for."""
    areas = [
        {
            "id": f"a-{n}",
            "title": {"en": f"An area of the city's work number {n}", "zh": "x", "ru": "x"},
            "overview": {"en": "x", "zh": "x", "ru": "x"},
        }
        for n in range(20)
    ]
    knowledge = make_knowledge(areas=areas, projects=[make_project(f"p-{n}", f"a-{n}") for n in range(20)])
    for answer in (NotFound(), Overview()):
        assert len(reply_to(answer, knowledge).text) <= MAX_REPLY


def test_texts_in_the_fallback_language_fit_with_their_note() -> None:
    """The word about a missing translation has its room."""
    project = make_project(
        "p",
        title={"en": "w" * 80},
        status_note={"en": "w" * 120},
        summary={"en": "w" * 275},
        expected_completion={"en": "w" * 14},
    )
    knowledge = make_knowledge(projects=[project])
    for language in LANGUAGES:
        for finding in all_findings(knowledge):
            check_fits(reply_to(finding, knowledge, language, LATE))
