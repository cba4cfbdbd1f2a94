"""Feedback on answers: asked rarely, given with one tap."""

import pytest

from tests.telegram_ui.bot_env import ANN, BEN, CLERK, GROUP, BotEnv
from tests.telegram_ui.recording_sender import BotAction

HELPFUL, NOT_HELPFUL, NONE = "en: 👍 Helpful", "en: 👎 Not helpful", "en: None of these"
ANSWERED, UNSURE, UNKNOWN = "when will the sixth hospital open", "hospital or heating", "who won the match"


@pytest.fixture
def env() -> BotEnv:
    """A bot that has said nothing yet."""
    return BotEnv()


async def asks(env: BotEnv, text: str, person: int = ANN, chat: int | None = None) -> BotAction:
    """The reply to a question."""
    return next(act for act in await env.writes(text, person, chat=chat) if act.act == "send")


async def test_an_answer_asks_at_most_once_in_three_replies(env: BotEnv) -> None:
    replies = [await asks(env, ANSWERED) for _ in range(9)]

    assert [HELPFUL in reply.buttons for reply in replies] == [False, False, True] * 3


async def test_every_chat_is_counted_for_itself(env: BotEnv) -> None:
    for person in (ANN, BEN, ANN, BEN):
        assert HELPFUL not in (await asks(env, ANSWERED, person)).buttons
    assert HELPFUL in (await asks(env, ANSWERED, BEN)).buttons


async def test_what_was_not_answered_does_not_ask_whether_it_helped(env: BotEnv) -> None:
    for _ in range(6):
        assert HELPFUL not in (await asks(env, UNKNOWN)).buttons


async def test_groups_and_staff_are_not_asked(env: BotEnv) -> None:
    for _ in range(4):
        assert HELPFUL not in (await asks(env, f"@harbin_bot {ANSWERED}", chat=GROUP)).buttons
    await env.roles.role_of(CLERK)
    for _ in range(4):
        assert HELPFUL not in (await asks(env, ANSWERED, CLERK)).buttons


async def test_a_reply_keeps_within_five_buttons_in_three_rows(env: BotEnv) -> None:
    for text in (ANSWERED, UNSURE, ANSWERED, "childcare", "heating") * 3:
        reply = await asks(env, text)
        rows = reply.keyboard.inline_keyboard if reply.keyboard else ()
        assert len(rows) <= 3
        assert sum(map(len, rows)) <= 5
