"""Sharing a project's card from any chat, and the bot's profile."""

import pytest
from telegram import InlineQueryResultArticle, InputTextMessageContent

from bot.answers.snapshot import Snapshot
from bot.i18n.languages import LANGUAGES
from bot.publishing.live import LiveVersion
from bot.telegram_ui import texts as sentences
from tests.factories import make_knowledge, make_project
from tests.telegram_ui.bot_env import ANN, BotEnv, tagged
from tests.telegram_ui.recording_sender import InlineAnswer


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


def _titles(offered: InlineAnswer | None) -> list[str]:
    assert offered
    return [result.title for result in offered.results if isinstance(result, InlineQueryResultArticle)]


@pytest.mark.parametrize(
    ("typed", "first", "language"),
    [
        ("childcare", "Childcare centre", "en"),
        ("шестая больница", "Шестая городская больница", "ru"),
        ("新增养老床位", "养老床位", "zh"),
    ],
)
async def test_what_is_typed_finds_a_card_in_its_own_language(
    env: BotEnv, typed: str, first: str, language: str
) -> None:
    """The card is the project's, with a link that opens it in the bot."""
    offered = await env.types(typed)
    assert offered
    card = offered.results[0]
    assert isinstance(card, InlineQueryResultArticle)
    assert isinstance(card.input_message_content, InputTextMessageContent)
    assert card.reply_markup
    [[link]] = card.reply_markup.inline_keyboard

    assert card.title == first
    assert f"{language}: Source" in card.input_message_content.message_text
    assert link.url == f"https://t.me/harbin_bot?start={card.id}"
    assert len({result.id for result in offered.results}) == len(offered.results)
    assert all(len(result.id.encode()) <= 64 for result in offered.results)


async def test_without_a_word_all_areas_and_projects_are_offered(env: BotEnv) -> None:
    """Titles are in the chosen language, or else in that of the person's Telegram."""
    await env.chats.choose_language(ANN, "zh")

    assert (
        _titles(await env.types("", code="ru"))
        == "养老服务 医院建设 托育服务 养老床位 居家养老服务站 哈尔滨市第六医院 托育中心".split()
    )


async def test_half_a_word_finds_titles_with_it(env: BotEnv) -> None:
    """People choose while they are still typing."""
    assert "Sixth Municipal Hospital" in _titles(await env.types("munici"))


async def test_many_projects_come_page_by_page(env: BotEnv) -> None:
    """A page has twenty projects; for an invalid offset the first page is shown."""
    many = make_knowledge(projects=[make_project(f"project-{number}") for number in range(30)])
    old = env.publisher.live.snapshot
    env.publisher.context.live = LiveVersion(Snapshot(many, old.engine, old.vocabulary, old.version), b"")
    pages = [await env.types("", offset=offset) for offset in ("", "20", "x", "-1", "9" * 30)]

    assert [(len(page.results), page.next_offset) for page in pages if page] == [
        (20, "20"),
        (13, ""),
        (20, "20"),
        (20, "20"),
        (20, "20"),
    ]


async def test_where_nothing_fits_there_is_a_way_to_the_bot(env: BotEnv) -> None:
    """No unrelated card is offered."""
    offered = await env.types("quantum gravity")

    assert offered
    assert offered.results == []
    assert offered.button
    assert offered.button.text == sentences.ask_the_bot(tagged("en"))


async def test_who_types_without_end_is_not_answered_at_every_letter(env: BotEnv) -> None:
    """Such a person may still ask in the private chat."""
    offers = [await env.types("childcare") for _ in range(100)]
    [answer] = await env.writes("sixth hospital")

    assert sum(offer is not None for offer in offers) == 60
    assert "Sixth Municipal" in (answer.text or "")


async def test_the_menus_are_set_in_three_languages_and_in_the_citys_for_all_others(env: BotEnv) -> None:
    """The menu of groups lacks commands that only concern one person."""
    await env.start()

    for code, language in ((None, "en"), *((each, each) for each in LANGUAGES)):
        menu, group = env.sender.menus[code, "default"], env.sender.menus[code, "all_group_chats"]
        assert menu[0] == f"projects: {language}: all projects, by area"
        assert {line.partition(":")[0] for line in menu} - {line.partition(":")[0] for line in group} == {
            "privacy",
            "mydata",
            "forget",
        }
