"""What each command says and does, in each language."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from telegram import Message, Update

from bot.answers.reply import Target
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import Translator, lazy_gettext
from bot.people import messages, privacy
from bot.people.ports import ChatRecord
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.citizens.command_handlers import deep_link_payload, deep_link_target
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import Command, HandlerContext
from tests.factories import make_knowledge
from tests.telegram_ui.bot_env import ADMIN, ANN, CLERK, GROUP, NOON, BotEnv, small_city, tagged, texts


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


PLAIN: dict[str, Callable[[Translator], str]] = {
    "/start": lambda translator: sentences.greeting(make_knowledge(), translator),
    "/help": lambda translator: sentences.help_text(COMMANDS, "harbin_bot", translator, None),
    "/language": sentences.question_of_language,
    "/privacy": lambda translator: messages.privacy_notice(translator, staff=False),
    "/forget": lambda translator: messages.erase_question(translator, staff=False),
    "/about": lambda translator: sentences.about(small_city().snapshot, translator),
    "/id": lambda translator: sentences.numeric_ids(ANN, ANN, translator),
    "/stop": sentences.no_notices,
    "/weather": sentences.unknown_command,
    "/HELP@Harbin_Bot  please": lambda translator: sentences.help_text(COMMANDS, "harbin_bot", translator, None),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", PLAIN)
async def test_a_command_is_answered_in_the_language_of_the_persons_telegram(
    env: BotEnv, command: str, language: Language
) -> None:
    """A chosen language has priority; each answer fits on a screen."""
    [answer] = await env.writes(command, code=f"{language}-XX")

    assert answer.text == PLAIN[command](tagged(language))
    assert len(answer.text) <= 700


async def test_help_and_the_menu_name_only_commands_that_there_are() -> None:
    """/help names all commands but /start, which Telegram sends itself."""
    named = set(re.findall(r"/([a-z]+)", sentences.help_text(COMMANDS, "harbin_bot", tagged("en"), None)))

    assert named == {row.name for row in COMMANDS if row.role is None} - {"start"}
    assert {name for name, _ in sentences.menu_of(COMMANDS, tagged("en"), None)} < named


async def test_a_new_command_is_one_row_and_its_handler() -> None:
    """Help and menus offer it to those who may send it; from anyone else it is refused."""

    async def send_weather(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
        await context.respond(message, translator.gettext("Sunny."))

    weather = Command("weather", "staff", send_weather, lazy_gettext("today's weather"))
    env = BotEnv(commands=(*COMMANDS, weather))
    await env.start()

    assert texts(await env.writes("/weather", CLERK)) == "en: Sunny."
    assert "Only the city's staff" in texts(await env.writes("/weather", ANN))
    assert "/weather: en: today's weather" in texts(await env.writes("/help", CLERK))
    assert "/weather" not in texts(await env.writes("/help", ANN))
    assert "weather: en: today's weather" in env.sender.menus[None, "chat"]
    assert not any("weather" in line for line in env.sender.menus[None, "default"])


# --- Start ---


async def test_start_subscribes_and_start_again_changes_nothing_else(env: BotEnv) -> None:
    await env.writes("/start")

    assert env.chats.records == {ANN: ChatRecord(ANN, None, NOON, "en")}


@pytest.mark.parametrize(("code", "telegram_language"), [("zh-hans", "zh"), ("de", None), ("", None)])
async def test_start_keeps_the_language_of_the_persons_telegram_if_the_bot_speaks_it(
    env: BotEnv, code: str, telegram_language: Language | None
) -> None:
    """Notices are written before anybody asks anything, so there is no question to read a language from."""
    await env.writes("/start", code=code)

    assert env.chats.records[ANN].telegram_language == telegram_language


async def test_of_a_group_no_language_is_kept_but_the_one_that_was_chosen(env: BotEnv) -> None:
    """The language of the person who pressed start is not that of the group."""
    await env.writes("/start", chat=GROUP, code="ru")

    assert env.chats.records == {GROUP: ChatRecord(GROUP, None, NOON)}


async def test_stop_ends_the_notices_and_start_brings_them_back(env: BotEnv) -> None:
    """The chosen language stays. A second /stop says that there is nothing to stop."""
    await env.writes("/start")
    await env.chats.choose_language(ANN, "ru")
    [stopped] = await env.writes("/stop")
    assert env.chats.records == {ANN: ChatRecord(ANN, "ru", None)}
    [again] = await env.writes("/stop")
    await env.writes("/start")

    assert stopped.text == sentences.notices_stopped(tagged("ru"))
    assert again.text == sentences.no_notices(tagged("ru"))
    assert env.chats.records[ANN].subscribed_since == NOON


@pytest.mark.parametrize(
    ("payload", "piece"),
    [
        ("p_sixth-hospital", "The Sixth Municipal Hospital is built"),
        ("a_childcare", "A childcare centre is built"),
    ],
)
async def test_a_deep_link_opens_what_it_names(env: BotEnv, payload: str, piece: str) -> None:
    """It also subscribes, and the next question may refer to it."""
    [answer] = await env.writes(f"/start {payload}")

    assert piece in (answer.text or "")
    assert ANN in env.chats.records


@pytest.mark.parametrize(
    "payload",
    [
        "p_",
        "p_no-such-project",
        "a_sixth-hospital",
        "q_heating",
        "p_../../etc/passwd",
        "p_" + "a" * 62,
        "p_sixth-hospital x",
        "P_SIXTH-HOSPITAL",
        "inline",
        "1234567890",
        "p_elderly-beds\u202e",
        "{city}",
    ],
)
async def test_an_unknown_payload_is_a_plain_start(env: BotEnv, payload: str) -> None:
    [answer] = await env.writes(f"/start {payload}")

    assert answer.text == sentences.greeting(make_knowledge(), tagged("en"))


def test_a_link_names_every_project_within_telegrams_64_characters() -> None:
    longest = Target("project", "x" * 40)
    for target in (longest, Target("area", "heating")):
        assert re.fullmatch("[A-Za-z0-9_-]{1,64}", deep_link_payload(target))
        assert deep_link_target(deep_link_payload(target)) == target


# --- The list ---


async def test_browsing_the_list_changes_one_message(env: BotEnv) -> None:
    """Each tap on an area, a project and back edits the message."""
    [listed] = await env.writes("/projects")
    assert list(listed.buttons) == ["Elderly care", "Hospitals", "Childcare"]

    _, area = await env.presses(listed.buttons["Elderly care"], message=listed.message or 0)
    assert list(area.buttons) == ["Beds in elderly care", "Homecare stations", "en: All areas"]
    _, project = await env.presses(area.buttons["Beds in elderly care"])
    assert "1,000 nursing beds" in (project.text or "")
    _, back = await env.presses(project.buttons["en: All projects: Elderly care"])
    _, home = await env.presses(back.buttons["en: All areas"])

    assert (home.text, home.buttons) == (listed.text, listed.buttons)
    assert [said.act for said in (area, project, back, home)] == ["edit"] * 4
    assert area.message == listed.message


# --- Language ---


async def test_a_chosen_language_holds_for_the_choice_the_menu_and_all_that_follows(
    env: BotEnv,
) -> None:
    """The current choice is marked."""
    [asked] = await env.writes("/language")
    assert list(asked.buttons) == [*map(language_name, LANGUAGES), "✓ en: Same as my question"]
    _, chosen = await env.presses(asked.buttons["Русский"])
    [helped] = await env.writes("/help")

    assert chosen.text == "ru: From now on I speak English."
    assert [label for label in chosen.buttons if label.startswith("✓")] == ["✓ Русский"]
    assert helped.text == sentences.help_text(COMMANDS, "harbin_bot", tagged("ru"), None)
    assert env.sender.menus[None, "chat"][0] == "projects: ru: all projects, by area"


async def test_the_language_of_each_question_can_be_had_back(env: BotEnv) -> None:
    """The menu is the general one again."""
    await env.chats.choose_language(ANN, "ru")
    [asked] = await env.writes("/language")
    _, chosen = await env.presses(asked.buttons["ru: Same as my question"], code="zh-hans")

    assert chosen.text == "zh: From now on I follow the language of each question."
    assert env.chats.records == {}
    assert env.sender.menus[None, "chat"] == []


# --- Privacy ---


async def test_my_data_shows_all_that_is_kept_and_nothing_where_there_is_nothing(env: BotEnv) -> None:
    """It includes what is only in memory."""
    [nothing] = await env.writes("/mydata")
    await env.writes("/start")
    await env.chats.choose_language(ANN, "zh")
    await env.writes("sixth hospital")
    [data] = await env.writes("/mydata")

    assert nothing.text == "en: Nothing is kept about this chat."
    assert data.text == (
        "zh: This is kept about this chat:\n• zh: Its number: 11\n• zh: Language: 中文\n"
        "• zh: Language of your Telegram when you pressed start: English\n"
        "• zh: The city's notices: since 2026-03-01\n"
        "• zh: Notices of the last 90 days, with what became of them here: 0\n"
        "• zh: For 15 minutes, in memory only: we spoke about “哈尔滨市第六医院”"
    )


@pytest.mark.parametrize(("person", "role"), [(ADMIN, "admin"), (CLERK, "staff")])
async def test_my_data_names_the_persons_own_rights(env: BotEnv, person: int, role: str) -> None:
    """They are stored with the person's number, in the database or in the settings."""
    [data] = await env.writes("/mydata", person)

    assert f"en: Your rights here: en: {role}" in (data.text or "")
    assert "Nothing is kept" not in (data.text or "")


async def test_my_data_shows_every_field_of_a_record() -> None:
    """A new stored field must be shown as well."""
    own = privacy.OwnData(ChatRecord(4711, "ru", NOON - timedelta(hours=12), "zh"), 17, None)
    shown = messages.format_own_data(own, make_knowledge(), tagged("en"))

    assert len(ChatRecord.__dataclass_fields__) == 5
    assert all(piece in shown for piece in ("4711", "Русский", "2026-03-01", "中文", ": 17"))

    suspended = privacy.OwnData(ChatRecord(4711, None, None, is_suspended=True), 0, None)
    assert "paused" in messages.format_own_data(suspended, make_knowledge(), tagged("en"))


async def test_my_data_shows_that_deliveries_are_kept_of_a_chat_that_gets_no_notices_any_more(env: BotEnv) -> None:
    """Deliveries stay stored after the subscription has ended."""
    env.chats.deliveries[ANN] = 3
    [data] = await env.writes("/mydata")

    assert data.text == (
        "en: This is kept about this chat:\n• en: Its number: 11\n• en: Language: en: that of each question\n"
        "• en: The city's notices: no\n• en: Notices of the last 90 days, with what became of them here: 3"
    )


async def test_forget_asks_first_and_then_erases_everything(env: BotEnv) -> None:
    """It also erases the subject of the talk. The answer is still in the chosen language."""
    await env.writes("/start")
    await env.chats.choose_language(ANN, "ru")
    await env.writes("sixth hospital")
    [asked] = await env.writes("/forget")
    assert ANN in env.chats.records
    _, kept = await env.presses(asked.buttons["ru: No, keep it"])
    assert (kept.text, kept.buttons) == (messages.not_erased_text(tagged("ru")), {})
    assert ANN in env.chats.records
    _, done = await env.presses(asked.buttons["ru: Yes, erase it"])

    assert (done.act, done.text, done.buttons) == ("edit", messages.erased_text(tagged("ru")), {})
    assert env.chats.records == {}
    assert env.conversations.of(ANN, env.now) is None


async def test_what_is_personal_is_not_said_where_others_read(env: BotEnv) -> None:
    """In a group, both commands refer to the private chat."""
    for command in ("/mydata", "/forget"):
        [answer] = await env.writes(command, chat=GROUP)

        assert answer.text == sentences.only_in_private("harbin_bot", tagged("en"))
        assert answer.buttons == {}


async def test_id_tells_the_numbers_that_operators_ask_for(env: BotEnv) -> None:
    """It names the number of the person, and in a group that of the group."""
    [alone] = await env.writes("/id")
    [together] = await env.writes("/id", chat=GROUP)

    assert alone.text == "en: Your Telegram ID: 11"
    assert together.text == "en: Your Telegram ID: 11\nen: Number of this chat: -500"


# --- When the bot itself fails ---


async def test_an_apology_reaches_every_chat_that_waits(env: BotEnv) -> None:
    """It is in the language of the person's Telegram, because the store may have failed."""
    for update in (
        {"message": env.message(text="sixth hospital", code="ru")},
        {"callback_query": {"id": "1", "from": env.message(code="ru")["from"], "chat_instance": "1"}},
    ):
        await env.router.apologize(Update.de_json({"update_id": 1, **update}))
    await env.router.apologize(Update.de_json({"update_id": 1, "message": env.message(chat=GROUP, text="x")}))

    assert [(said.act, said.text) for said in env.sender.acts] == [
        ("send", sentences.error_text(tagged("ru"))),
        ("callback", sentences.error_text(tagged("ru"))),
    ]
