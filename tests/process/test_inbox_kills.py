"""The real program, killed at writes on the way from three questions to their answers: nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.postgres import Server
from tests.process.bot_process import TOKEN, Installation
from tests.process.chats import press_newest, presses_until, reads

ANN, WANG, OLGA, NEXT, ADMIN, CLERK = 11, 12, 13, 14, 21, 22
LANGUAGES = {ANN: "en", WANG: "zh", OLGA: "ru", NEXT: "en", ADMIN: "en", CLERK: "en"}
QUESTIONS = {
    ANN: (
        "Is there going to be an ice skating rink?",
        "Tell me when you know",
        "I will write to you here",
        "the city now has one",
    ),
    WANG: ("会建溜冰场吗？", "有答案时通知我", "通知您", "现在有了答案"),
    OLGA: ("Будут ли строить ледовый каток?", "Сообщить, когда появится ответ", "напишу", "теперь он у города есть"),
}
#: What is written on the way.
WRITES = (
    "write_batch keep_wish open_ticket claim_owed settle_owed answer_ticket reopen_ticket close_ticket "
    "keep_draft keep_teaching grant_wishes mark_taught"
).split()
#: `make soak` kills the program once before and once after each write; also between the two files of a version, and
#: between the files and the record of the version.
EVERYWHERE = frozenset(f"killed-{when}-{what}" for what in (*WRITES, "inbox.yaml") for when in ("before", "after")) - {
    "killed-before-claim_owed"
}
#: `make test` kills it where a message is owed to a citizen or to staff, and where what was taught is half written.
SOMEWHERE = frozenset({"killed-after-claim_owed", "killed-after-inbox.yaml"})
_PRELUDE = f"""
import os, signal
from datetime import timedelta
from pathlib import Path
import bot.inbox.tickets.model, bot.storage.owed_messages
from bot.publishing.files import folder as files
from bot.storage.store import Store

for module in (bot.inbox.tickets.model, bot.storage.owed_messages):
    module.RESEND_AFTER = timedelta(seconds=1)

def kill(point):
    if point not in POINTS:
        return
    try:
        Path(point).open("x").close()
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)

def killing(name):
    write = getattr(Store, name)
    async def call(*given, **named):
        if name != "claim_owed":
            kill(f"killed-before-{{name}}")
        result = await write(*given, **named)
        if name != "claim_owed" or result:
            kill(f"killed-after-{{name}}")
        return result
    setattr(Store, name, call)

for name in {WRITES!r}:
    killing(name)

replace_file = files.replace_file
def replace_and_kill(target, *given, **named):
    kill(f"killed-before-{{Path(target).name}}")
    replace_file(target, *given, **named)
    kill(f"killed-after-{{Path(target).name}}")
files.replace_file = replace_and_kill
"""


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        for number, language in LANGUAGES.items():
            running.person(number=number, language=language)
        yield running


@asynccontextmanager
async def supervised(installation: Installation) -> AsyncIterator[None]:
    """Start the program again whenever it ends."""

    async def run() -> None:
        while True:
            async with installation.started() as process:
                await process.ends()

    running = asyncio.create_task(run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("database", "points"),
    [
        pytest.param("sqlite", SOMEWHERE, id="sqlite-some"),
        pytest.param("sqlite", EVERYWHERE, id="sqlite-each", marks=pytest.mark.soak),
        pytest.param("postgresql", EVERYWHERE, id="postgresql-each", marks=pytest.mark.soak),
    ],
)
async def test_a_kill_at_each_write_loses_no_question_no_ticket_and_no_answer(
    city: Sandbox, tmp_path: Path, database: str, points: frozenset[str], request: pytest.FixtureRequest
) -> None:
    group = city.group("Staff", members=[ADMIN, CLERK])
    settings = {"ADMIN_IDS": str(ADMIN), "STAFF_IDS": str(CLERK), "STAFF_CHAT_ID": str(group)}
    if database == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        settings["DATABASE_URL"] = server.address(server.new_database())
    installation = Installation(city, tmp_path, settings=settings, prelude=f"POINTS = {set(points)!r}\n{_PRELUDE}")
    async with supervised(installation):
        for person, (question, tell_me, noted, _) in QUESTIONS.items():
            city.write(person, question)
            await reads(city, person, tell_me)
            await city.wait_until_confirmed(within=150)  # a kill before the question is kept makes a second reply
            await presses_until(city, person, tell_me, noted)

        city.write(NEXT, "what colour is my bicycle")
        await city.wait_until_confirmed(within=150)
        asked = await presses_until(city, NEXT, "Ask the city", "Question 1 from a citizen", chat=group)
        city.write(CLERK, "Green.", chat=group, reply_to=asked["message_id"])
        await reads(city, NEXT, "Green.")
        await press_newest(city, NEXT, "No")
        await reads(city, group, "did not help")
        city.write(CLERK, "Blue.", chat=group, reply_to=asked["message_id"])
        await reads(city, NEXT, "Blue.")
        await press_newest(city, NEXT, "Yes")

        city.write(CLERK, "/inbox 1")
        await press_newest(city, CLERK, "Another project, area or fact")
        await press_newest(city, CLERK, "Hospitals")
        await press_newest(city, CLERK, "All projects: Hospitals")
        await reads(city, CLERK, "This would change:")
        await press_newest(city, CLERK, "✓ Publish")
        for person, (*_, told) in QUESTIONS.items():
            await reads(city, person, told)
        await city.wait_until_confirmed(within=150)
        city.write(CLERK, "/inbox")
        await reads(city, CLERK, "1 group of unanswered questions waits")  # the bicycle
        await asyncio.sleep(3.0)  # what is sent a second time

    killed = {path.name for path in await asyncio.to_thread(lambda: list(tmp_path.glob("killed-*")))}
    assert killed == points
    copies = Counter(
        words
        for chat, words in [
            *((person, told) for person, (*_, told) in QUESTIONS.items()),
            (NEXT, "Green."),
            (NEXT, "Blue."),
        ]
        for reply in city.replies(chat)
        if words in str(reply.get("text"))
    )
    assert len(copies) == 5
    assert max(copies.values()) <= 2  # a second time only what was being sent when the program was killed
    assert sum(copies.values()) <= 5 + 3
