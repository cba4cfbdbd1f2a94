"""Explanations of the bot's answers, in words for staff."""

import re

import pytest

from bot.answers.answer import NotFound
from bot.answers.explain import explain
from bot.answers.learning.confidence import IN_SCOPE, RIGHT_AREA
from bot.answers.requests import decide_message
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.inbox.explanation import _SIGNALS, format_explanation
from tests.telegram_ui.bot_env import small_city


def explained(question: str, language: str = "en") -> str:
    snapshot = small_city().snapshot
    decision, _ = decide_message(question, snapshot)
    return format_explanation(explain(decision, snapshot), snapshot, translator_in(language))


def test_an_answer_is_explained_by_its_subject_its_certainty_and_the_nearest_phrasing() -> None:
    text = explained("sixth hospital")

    assert "Read as: “6 hospital”" in text
    assert "I answered about Sixth Municipal Hospital" in text
    assert "%" in text
    assert "nearest phrasing “" in text
    assert "share of known words: 1.00" in text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what is the meaning of gravity", "no information on this topic"),
        ("the colour of my bicycle", "cannot answer"),
        ("thanks", "small talk"),
        ("all projects", "list of projects"),
        ("help, my house is on fire", "emergency"),
        ("where is the source article", "question about me or my source"),
    ],
)
def test_every_kind_of_decision_has_its_sentence(question: str, words: str) -> None:
    assert words in explained(question)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", ["sixth hospital", "养老床位", "шестая больница", "", "<b>&\u202e" * 200])
def test_whatever_is_asked_can_be_explained_in_every_language(question: str, language: str) -> None:
    text = explained(question, language)

    assert "{" not in text.replace(question, "")
    assert not re.search("(area|topic|talk|overview):[a-z]", text)


def test_where_no_area_scores_enough_to_be_offered_the_bot_says_that_it_cannot_answer() -> None:
    """It does not ask “Do you mean one of these?” above an empty list."""
    decision, _ = decide_message("asdf", small_city().snapshot)

    assert decision.answer == NotFound()


def test_every_signal_has_its_words() -> None:
    assert {*IN_SCOPE, *RIGHT_AREA} <= set(_SIGNALS)
