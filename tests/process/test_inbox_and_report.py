"""The real program: three citizens ask unknown questions in three languages; staff teach it, and all three are told."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.postgres import Server
from tests.process.bot_process import TOKEN, Installation
from tests.process.chats import presses, reads

ANN, WANG, OLGA, NEXT, ADMIN, CLERK = 11, 12, 13, 14, 21, 22
QUESTIONS = {
    ANN: "Is there going to be an ice skating rink?",
    WANG: "会建溜冰场吗？",
    OLGA: "Будут ли строить ледовый каток?",
}
LANGUAGES = {ANN: "en", WANG: "zh", OLGA: "ru", NEXT: "en", ADMIN: "en", CLERK: "en"}
TELL_ME = {ANN: "Tell me when you know", WANG: "有答案时通知我", OLGA: "Сообщить, когда появится ответ"}


@pytest.fixture
async def city() -> Any:
    async with Sandbox(TOKEN) as running:
        for number, language in LANGUAGES.items():
            running.person(number=number, language=language)
        yield running


def kept(installation: Installation) -> dict[str, str]:
    """The settings that say where the bot stores its data."""
    return {name: installation.settings[name] for name in ("DATA_DIR", "DATABASE_URL") if name in installation.settings}


async def minsheng(installation: Installation, *words: str) -> str:
    """Run a command and return its output."""
    code, out, _ = await installation.minsheng(*words, **kept(installation))
    assert code == 0
    return out


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_what_three_citizens_asked_in_three_languages_is_taught_once_and_all_three_are_told(
    city: Sandbox, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """In `make test`, `test_inbox` and `test_inbox_kills` check the same with the small city."""
    staff = city.group("Staff", members=[ADMIN, CLERK])
    settings = {"ADMIN_IDS": str(ADMIN), "STAFF_IDS": str(CLERK), "STAFF_CHAT_ID": str(staff)}
    if database == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        settings["DATABASE_URL"] = server.address(server.new_database())
    installation = Installation(city, tmp_path, settings=settings)
    async with installation.serving():
        for person, question in QUESTIONS.items():
            city.write(person, question)
            await presses(city, person, TELL_ME[person])
        city.write(ANN, "what colour is my bicycle")
        await presses(city, ANN, "Ask the city")
        asked = await reads(city, staff, "Question 1 from a citizen")
        city.write(CLERK, "Green.", chat=staff, reply_to=asked["message_id"])
        await reads(city, ANN, "Green.")

        city.write(CLERK, "/inbox")
        await presses(city, CLERK, "#1")
        await reads(city, CLERK, "#1 · asked 3 times")
        await presses(city, CLERK, "Another project, area or fact")
        await presses(city, CLERK, "Hospitals")
        await presses(city, CLERK, "Sixth Municipal Hospital")
        await reads(city, CLERK, "The project as a whole, or one of its facts?")
        await presses(city, CLERK, "Sixth Municipal Hospital")
        await reads(city, CLERK, "This would change:")
        await presses(city, CLERK, "✓ Publish")
        told = [
            await reads(city, person, words)
            for person, words in (
                (ANN, "the city now has one"),
                (WANG, "现在有了答案"),
                (OLGA, "теперь он у города есть"),
            )
        ]
        facts = ("Sixth Municipal Hospital", "新建市第六医院", "Строится шестая больница")
        for fact, message in zip(facts, told, strict=True):
            assert fact in message["text"]

        city.write(NEXT, "will there be an ice skating rink?")
        await reads(city, NEXT, "Sixth Municipal Hospital")
        row = json.loads(await minsheng(installation, "report", "--json"))
        assert (row["questions"], row["tickets"], row["outcomes"]["not_found"]) == (5, "under 5", "under 5")
        assert row["answer_seconds"] is not None
        assert "<svg" in await minsheng(installation, "report", "--html")
        row = json.loads(await minsheng(installation, "report", "--json", "--since", "5.3.2026"))
        assert (row["since"], row["questions"]) == ("2026-03-05", 5)
        city.write(CLERK, "/report 5 March")
        await reads(city, CLERK, "Write the first day as 2026-03-01")
        city.write(CLERK, "/report 5.3.2026")
        await reads(city, CLERK, "Median time to a person's answer")
        await reads(city, CLERK, ".html")
    for person in QUESTIONS:
        assert (
            sum("now has one" in text or "现在有了" in text or "теперь он у" in text for text in city.texts(person))
            == 1
        )
