"""The steps of teaching from the inbox that need no stored question; tests/process/test_inbox.py has the others."""

from bot.telegram_ui.inbox_buttons import AskTeachingText
from tests.telegram_ui.bot_env import CLERK, BotEnv, button, texts


async def test_after_a_search_that_found_nothing_other_words_are_searched_for() -> None:
    env = BotEnv()
    await env.presses(env.keyboards.codec.pack(AskTeachingText("search", 1, "01abcd", "", None), CLERK), CLERK)

    assert "I found nothing for this." in texts(await env.writes("zzz", CLERK))
    found = await env.writes("hosp", CLERK)
    assert button(found, "All projects: Hospitals")
    assert "I found nothing for this." not in texts(await env.writes("zzz", CLERK)), "it is a question again"
