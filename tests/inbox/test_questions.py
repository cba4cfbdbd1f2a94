"""Which messages become questions of the inbox."""

from datetime import UTC, datetime

import pytest

from bot.answers.requests import decide_message
from bot.inbox.questions import asked_question
from tests.telegram_ui.bot_env import small_city

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("text", "is_kept"), [("18:30", False), ("13:00 - 15:00!", False), ("where is the zoo", True)])
def test_a_message_without_a_word_is_not_kept_as_a_question(text: str, is_kept: bool) -> None:
    snapshot = small_city().snapshot
    decision, _ = decide_message(text, snapshot)
    assert (asked_question(text, decision, snapshot, 11, NOON) is not None) is is_kept
