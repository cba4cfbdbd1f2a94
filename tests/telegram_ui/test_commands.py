"""What each command says and does, in each language."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from telegram import Message, Update

from bot.answers.reply import Target
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import Translator, lazy_gettext
from bot.people import messages, privacy
from bot.people.ports import ChatRecord
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.citizens.commands import payload_of, target_of
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import Command, HandlerContext
from tests.factories import make_knowledge
from tests.telegram_ui.conversations import ADMIN, ANN, CLERK, GROUP, NOON, Town, in_tagged, small_city, texts


@pytest.fixture
def town() -> Town:
    """A bot that has not said anything yet."""
    return Town()


PLAIN: dict[str, Callable[[Translator], str]] = {
    "/start": lambda phrases: sentences.welcome(make_knowledge(), phrases),
    "/help": lambda phrases: sentences.help_text(COMMANDS, "harbin_bot", phrases, None),
    "/language": sentences.question_of_language,
    "/privacy": lambda phrases: messages.privacy_notice(phrases, staff=False),
    "/forget": lambda phrases: messages.erase_question(phrases, staff=False),
    "/about": lambda phrases: sentences.about(small_city().snapshot, phrases),
    "/id": lambda phrases: sentences.numeric_ids(ANN, ANN, phrases),
    "/stop": sentences.no_notices,
    "/weather": sentences.unknown_command,
    "/HELP@Harbin_Bot  please": lambda phrases: sentences.help_text(COMMANDS, "harbin_bot", phrases, None),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", PLAIN)
async def test_a_command_is_answered_in_the_language_of_the_persons_telegram(
    town: Town, command: str, language: Language
) -> None:
    """Until another one was chosen; each answer fits on a screen."""
    [answer] = await town.writes(command, code=f"{language}-XX")

    assert answer.text == PLAIN[command](in_tagged(language))
    assert len(answer.text) <= 700


async def test_help_and_the_menu_name_only_commands_that_there_are() -> None:
    """And /help names them all but /start, which Telegram presses itself."""
    named = set(re.findall(r"/([a-z]+)", sentences.help_text(COMMANDS, "harbin_bot", in_tagged("en"), None)))

    assert named == {row.name for row in COMMANDS if row.role is None} - {"start"}
    assert {name for name, _ in sentences.menu_of(COMMANDS, in_tagged("en"), None)} < named


async def test_a_new_command_is_one_row_and_its_handler() -> None:
    """The help and both menus offer it, to those who may send it, and nobody else can."""

    async def send_weather(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
        await context.respond(message, translator.gettext("Sunny."))

    weather = Command("weather", "staff", send_weather, lazy_gettext("today's weather"))
    town = Town(commands=(*COMMANDS, weather))
    await town.start()

    assert texts(await town.writes("/weather", CLERK)) == "en: Sunny."
    assert "Only the city's staff" in texts(await town.writes("/weather", ANN))
    assert "/weather: en: today's weather" in texts(await town.writes("/help", CLERK))
    assert "/weather" not in texts(await town.writes("/help", ANN))
    assert "weather: en: today's weather" in town.gateway.menus[None, "chat"]
    assert not any("weather" in line for line in town.gateway.menus[None, "default"])


# --- Start ---


async def test_start_subscribes_and_start_again_changes_nothing_else(town: Town) -> None:
    """The date is the store's business."""
    await town.writes("/start")

    assert town.shelf.records == {ANN: ChatRecord(ANN, None, NOON, "en")}


@pytest.mark.parametrize(("code", "spoken"), [("zh-hans", "zh"), ("de", None), ("", None)])
async def test_start_keeps_the_language_of_the_persons_telegram_if_the_bot_speaks_it(
    town: Town, code: str, spoken: Language | None
) -> None:
    """Notices are written before anybody asks anything, so there is no question to read a language from."""
    await town.writes("/start", code=code)

    assert town.shelf.records[ANN].spoken == spoken


async def test_of_a_group_no_language_is_kept_but_the_one_that_was_chosen(town: Town) -> None:
    """Whoever pressed start there speaks for nobody else."""
    await town.writes("/start", chat=GROUP, code="ru")

    assert town.shelf.records == {GROUP: ChatRecord(GROUP, None, NOON)}


async def test_stop_ends_the_notices_and_start_brings_them_back(town: Town) -> None:
    """What was chosen stays; a second time says that there is nothing to stop."""
    await town.writes("/start")
    await town.shelf.choose_language(ANN, "ru")
    [stopped] = await town.writes("/stop")
    assert town.shelf.records == {ANN: ChatRecord(ANN, "ru", None)}
    [again] = await town.writes("/stop")
    await town.writes("/start")

    assert stopped.text == sentences.notices_stopped(in_tagged("ru"))
    assert again.text == sentences.no_notices(in_tagged("ru"))
    assert town.shelf.records[ANN].subscribed_since == NOON


@pytest.mark.parametrize(
    ("payload", "piece"),
    [
        ("p_sixth-hospital", "The Sixth Municipal Hospital is built"),
        ("a_childcare", "A childcare centre is built"),
    ],
)
async def test_a_deep_link_opens_what_it_names(town: Town, payload: str, piece: str) -> None:
    """And subscribes; its text is what a next question leans on."""
    [answer] = await town.writes(f"/start {payload}")

    assert piece in (answer.text or "")
    assert ANN in town.shelf.records


@pytest.mark.parametrize(
    "payload",
    ["p_", "p_no-such-project", "a_sixth-hospital", "q_heating", "p_../../etc/passwd", "p_" + "a" * 62,
     "p_sixth-hospital x", "P_SIXTH-HOSPITAL", "inline", "1234567890", "p_elderly-beds\u202e", "{city}"],
)  # fmt: skip
async def test_an_unknown_payload_is_a_plain_start(town: Town, payload: str) -> None:
    """C8: no error, and nothing that is not anybody's to see."""
    [answer] = await town.writes(f"/start {payload}")

    assert answer.text == sentences.welcome(make_knowledge(), in_tagged("en"))


def test_a_link_names_every_project_within_telegrams_64_characters() -> None:
    """Whatever the id."""
    longest = Target("project", "x" * 40)
    for target in (longest, Target("area", "heating")):
        assert re.fullmatch("[A-Za-z0-9_-]{1,64}", payload_of(target))
        assert target_of(payload_of(target)) == target


# --- The list ---


async def test_the_list_is_leafed_through_in_one_message(town: Town) -> None:
    """Area, project, and back; every tap edits."""
    [listed] = await town.writes("/projects")
    assert list(listed.buttons) == ["Elderly care", "Hospitals", "Childcare"]

    _, area = await town.presses(listed.buttons["Elderly care"], message=listed.message or 0)
    assert list(area.buttons) == ["Beds in elderly care", "Homecare stations", "en: All areas"]
    _, project = await town.presses(area.buttons["Beds in elderly care"])
    assert "1,000 nursing beds" in (project.text or "")
    _, back = await town.presses(project.buttons["en: All of: Elderly care"])
    _, home = await town.presses(back.buttons["en: All areas"])

    assert (home.text, home.buttons) == (listed.text, listed.buttons)
    assert [said.act for said in (area, project, back, home)] == ["edit"] * 4
    assert area.message == listed.message


# --- Language ---


async def test_a_chosen_language_holds_for_the_choice_the_menu_and_all_that_follows(
    town: Town,
) -> None:
    """The present choice carries a mark."""
    [asked] = await town.writes("/language")
    assert list(asked.buttons) == ["English", "中文", "Русский", "✓ en: That of each question"]
    _, chosen = await town.presses(asked.buttons["Русский"])
    [helped] = await town.writes("/help")

    assert chosen.text == "ru: From now on I speak English."
    assert list(chosen.buttons) == ["English", "中文", "✓ Русский", "ru: That of each question"]
    assert helped.text == sentences.help_text(COMMANDS, "harbin_bot", in_tagged("ru"), None)
    assert town.gateway.menus[None, "chat"][0] == "projects: ru: all projects, by area"


async def test_the_language_of_each_question_can_be_had_back(town: Town) -> None:
    """And the menu is the general one again."""
    await town.shelf.choose_language(ANN, "ru")
    [asked] = await town.writes("/language")
    _, chosen = await town.presses(asked.buttons["ru: That of each question"], code="zh-hans")

    assert chosen.text == "zh: From now on I follow the language of each question."
    assert town.shelf.records == {}
    assert town.gateway.menus[None, "chat"] == []


# --- Privacy ---


async def test_my_data_shows_all_that_is_kept_and_nothing_where_there_is_nothing(town: Town) -> None:
    """Also what is only in memory."""
    [nothing] = await town.writes("/mydata")
    await town.writes("/start")
    await town.shelf.choose_language(ANN, "zh")
    await town.writes("sixth hospital")
    [data] = await town.writes("/mydata")

    assert nothing.text == "en: Nothing is kept about this chat."
    assert data.text == (
        "zh: This is kept about this chat:\n• zh: Its number: 11\n• zh: Language: 中文\n"
        "• zh: Language of your Telegram when you pressed start: English\n"
        "• zh: The city's notices: since 2026-03-01\n"
        "• zh: Notices of the last 90 days, with what became of them here: 0\n"
        "• zh: For 15 minutes, in memory only: we spoke about “哈尔滨市第六医院”"
    )


@pytest.mark.parametrize(("person", "role"), [(ADMIN, "admin"), (CLERK, "staff")])
async def test_my_data_names_the_persons_own_rights(town: Town, person: int, role: str) -> None:
    """They are stored with the person's number, in the database or in the settings."""
    [data] = await town.writes("/mydata", person)

    assert f"en: Your rights here: en: {role}" in (data.text or "")


async def test_my_data_shows_every_field_of_a_record() -> None:
    """A field that is added to what is kept must be shown as well."""
    own = privacy.OwnData(ChatRecord(4711, "ru", NOON - timedelta(hours=12), "zh"), 17, None)
    shown = messages.format_own_data(own, make_knowledge(), in_tagged("en"))

    assert len(ChatRecord.__dataclass_fields__) == 4
    assert all(piece in shown for piece in ("4711", "Русский", "2026-03-01", "中文", ": 17"))


async def test_my_data_shows_that_deliveries_are_kept_of_a_chat_that_gets_no_notices_any_more(town: Town) -> None:
    """They outlive the subscription."""
    town.shelf.deliveries[ANN] = 3
    [data] = await town.writes("/mydata")

    assert data.text == (
        "en: This is kept about this chat:\n• en: Its number: 11\n• en: Language: en: that of each question\n"
        "• en: The city's notices: no\n• en: Notices of the last 90 days, with what became of them here: 3"
    )


async def test_forget_asks_first_and_then_erases_everything(town: Town) -> None:
    """The subject of the talk too; the answer is still in the language that was chosen."""
    await town.writes("/start")
    await town.shelf.choose_language(ANN, "ru")
    await town.writes("sixth hospital")
    [asked] = await town.writes("/forget")
    assert ANN in town.shelf.records
    _, kept = await town.presses(asked.buttons["ru: No, keep it"])
    assert (kept.text, kept.buttons) == (messages.not_erased_text(in_tagged("ru")), {})
    assert ANN in town.shelf.records
    _, done = await town.presses(asked.buttons["ru: Yes, erase it"])

    assert (done.act, done.text, done.buttons) == ("edit", messages.erased_text(in_tagged("ru")), {})
    assert town.shelf.records == {}
    assert town.conversations.of(ANN, town.now) is None


async def test_what_is_personal_is_not_said_where_others_read(town: Town) -> None:
    """And a passer-by erases nobody's data."""
    for command in ("/mydata", "/forget"):
        [answer] = await town.writes(command, chat=GROUP)

        assert answer.text == sentences.only_in_private("harbin_bot", in_tagged("en"))
        assert answer.buttons == {}


async def test_id_tells_the_numbers_that_operators_ask_for(town: Town) -> None:
    """The person's, and in a group the group's as well."""
    [alone] = await town.writes("/id")
    [together] = await town.writes("/id", chat=GROUP)

    assert alone.text == "en: Your number: 11"
    assert together.text == "en: Your number: 11\nen: Number of this chat: -500"


# --- When the bot itself fails ---


async def test_an_apology_reaches_whoever_waits(town: Town) -> None:
    """In the language of their Telegram, for the store may be what failed."""
    for update in (
        {"message": town.message(text="sixth hospital", code="ru")},
        {"callback_query": {"id": "1", "from": town.message(code="ru")["from"], "chat_instance": "1"}},
    ):
        await town.router.apologize(Update.de_json({"update_id": 1, **update}))
    await town.router.apologize(Update.de_json({"update_id": 1, "message": town.message(chat=GROUP, text="x")}))

    assert [(said.act, said.text) for said in town.gateway.acts] == [
        ("send", sentences.apology(in_tagged("ru"))),
        ("callback", sentences.apology(in_tagged("ru"))),
    ]
