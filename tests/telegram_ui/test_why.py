"""Staff ask why the bot answered as it did."""

import pytest

from tests.telegram_ui.bot_env import ANN, BOT_ID, CLERK, BotEnv, Json, texts


@pytest.fixture
def env() -> BotEnv:
    return BotEnv()


def reply_to(message: int | None, person: int = BOT_ID, text: str = "x") -> Json:
    """The part of a message that says what it replies to."""
    sender = {"id": person, "is_bot": person == BOT_ID, "first_name": "Bot"}
    chat = {"id": CLERK, "type": "private"}
    return {"message_id": message, "date": 0, "chat": chat, "from": sender, "text": text}


async def test_a_text_behind_the_command_is_explained(env: BotEnv) -> None:
    told = texts(await env.writes("/why sixth hospital", CLERK))

    assert "Read as: “6 hospital”" in told
    assert "nearest phrasing" in told


async def test_a_reply_to_an_answer_explains_that_answer_with_what_was_said_before(env: BotEnv) -> None:
    await env.writes("beds for old people", CLERK)
    [answer] = await env.writes("how many?", CLERK)
    await env.writes("sixth hospital", CLERK)

    told = texts(await env.writes("/why", CLERK, reply_to_message=reply_to(answer.message)))

    assert "Read as: “how many" in told
    assert "what was said before" in told


async def test_a_reply_to_the_own_question_explains_it(env: BotEnv) -> None:
    told = texts(await env.writes("/why", CLERK, reply_to_message=reply_to(5, CLERK, "sixth hospital")))

    assert "Read as: “6 hospital”" in told


async def test_without_a_question_staff_read_how_to_ask(env: BotEnv) -> None:
    for replied_to in (None, reply_to(12345)):
        told = texts(await env.writes("/why", CLERK, reply_to_message=replied_to))
        assert "Send /why as a reply" in told


async def test_citizens_get_no_explanation_and_their_questions_are_not_remembered_for_one(env: BotEnv) -> None:
    await env.writes("sixth hospital", ANN)
    told = texts(await env.writes("/why sixth hospital", ANN))

    assert "Only the city's staff" in told
    assert len(env.context.memory.asked) == 0
