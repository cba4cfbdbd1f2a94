"""Without a working storage, questions are answered, and people who want something stored or erased are told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.answers.reply import Target
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import Translator
from bot.storage import Store, open_store
from bot.telegram_ui.buttons import ChooseLanguage, Forget
from bot.telegram_ui.texts import storage_unavailable
from tests.telegram_ui.bot_env import ANN, BEN, GROUP, BotEnv, person_json
from tests.telegram_ui.recording_sender import BotAction

SORRY = "At the moment I cannot look up, store or erase anything"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store over a file that is not a database."""
    (tmp_path / "minsheng.db").write_bytes(b"a letter to the mayor" * 100)
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/minsheng.db") as opened:
        assert opened.failure
        yield opened


@pytest.fixture
def env(store: Store) -> BotEnv:
    """A bot whose store fails."""
    return BotEnv(store)


def said(acts: list[BotAction]) -> list[str]:
    return [act.text or "" for act in acts]


async def test_questions_and_buttons_are_answered(env: BotEnv) -> None:
    assert SORRY not in said(await env.writes("When will the Sixth Hospital be ready?"))[0]
    assert SORRY not in said(await env.writes("?!"))[0]
    assert SORRY not in str(said(await env.presses(env.button(Target("overview")))))


@pytest.mark.parametrize("command", ["/help", "/projects", "/privacy", "/about", "/id", "/forget", "/nonsense"])
async def test_commands_that_only_tell_something_do_so_in_the_language_of_telegram(env: BotEnv, command: str) -> None:
    shown = said(await env.writes(command, code="ru"))

    assert len(shown) == 1
    assert shown[0].startswith(("ru: ", "Ваш")) or command in ("/projects", "/id", "/help")
    assert SORRY not in shown[0]


@pytest.mark.parametrize("command", ["/start", "/start p_sixth-hospital"])
async def test_start_greets_and_says_that_nothing_is_kept(env: BotEnv, command: str) -> None:
    greeting, sorry = said(await env.writes(command))

    assert SORRY not in greeting
    assert sorry.startswith(f"en: {SORRY}")


@pytest.mark.parametrize("command", ["/language", "/mydata"])
async def test_what_is_kept_cannot_be_shown(env: BotEnv, command: str) -> None:
    assert [text.startswith(f"zh: {SORRY}") for text in said(await env.writes(command, code="zh"))] == [True]


@pytest.mark.parametrize("wish", [ChooseLanguage("ru"), Forget(confirmed=True)])
async def test_a_choice_is_not_kept_and_nothing_erased_and_the_press_says_so(env: BotEnv, wish: Any) -> None:
    acts = await env.presses(env.keyboards.codec.pack(wish, ANN))

    assert [(act.act, (act.text or "").startswith(f"en: {SORRY}")) for act in acts] == [("callback", True)]


async def test_keeping_everything_needs_no_storage(env: BotEnv) -> None:
    acts = await env.presses(env.keyboards.codec.pack(Forget(confirmed=False), ANN))

    assert SORRY not in str(said(acts))


async def test_a_member_who_leaves_and_a_group_that_moves_disturb_no_other_chat(env: BotEnv) -> None:
    moved = env.message(ANN, chat=GROUP, migrate_to_chat_id=-600)

    assert await env.receives({"message": moved}) == []
    left = {"user": person_json(1000), "status": "kicked", "until_date": 0}
    was = {"user": person_json(1000), "status": "member"}
    change = {"chat": {"id": BEN, "type": "private"}, "from": person_json(BEN), "date": 0}
    assert await env.receives({"my_chat_member": {**change, "old_chat_member": was, "new_chat_member": left}}) == []


def test_the_sentence_fits_over_a_chat_in_every_language() -> None:
    """Telegram shows at most 200 characters when a button was pressed."""
    translators: list[Translator] = [translator_in(language) for language in LANGUAGES]

    assert max(len(storage_unavailable(translator)) for translator in translators) <= 200
