"""The real program: killed, stopped, refused, disconnected, flooded; and its log contains nothing confidential."""

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest

from bot.sandbox import Sandbox
from bot.storage.sqlite import BUSY_TIMEOUT
from tests.factories import YAML_TEXT
from tests.postgres import PASSWORD, Server
from tests.process.bot_process import TOKEN, Installation
from tests.quiet_time import takes_less_than

QUESTIONS = ("heating", "供暖", "Когда готова шестая больница?", "new childcare center?")
CANARY = "canarycitizen"


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    """A sandbox with a token that must not appear anywhere."""
    async with Sandbox(TOKEN) as running:
        running.webhook_sender.second = 0.2  # Telegram's pauses before it calls a webhook again, in less time
        yield running


#: Each start costs seconds, so `make test` takes each story in one way, and `make soak` both.
LATER = {way: pytest.param(way, marks=pytest.mark.soak) for way in ("polling", "webhook")}


@pytest.fixture(params=["polling", "webhook"])
def installation(request: pytest.FixtureRequest, city: Sandbox, tmp_path: Path) -> Installation:
    """An installation that polls, and one with a webhook."""
    return Installation(city, tmp_path, webhook=request.param == "webhook")


def ask(city: Sandbox, count: int) -> list[int]:
    """Ask one question each as `count` people."""
    people = [city.person(f"P{number}") for number in range(count)]
    for number, person in enumerate(people):
        city.write(person, f"{QUESTIONS[number % len(QUESTIONS)]} {CANARY}")
    return people


async def all_are_answered(city: Sandbox, people: list[int]) -> None:
    await asyncio.gather(*(city.wait_for_replies(person) for person in people))
    await city.wait_until_confirmed()
    await city.wait_until_quiet()


def copies(city: Sandbox, people: list[int]) -> set[int]:
    """Count the answers that people have."""
    return {len(city.texts(person)) for person in people}


def shows_no_secret(installation: Installation) -> bool:
    """Whether no file has a token or a password, and a citizen's text is in two tables at most.

    The database keeps what could not be answered, masked, and parked updates; `docs/privacy.md` says for how long.
    """
    written, outside = installation.everything_written(), installation.written_outside_the_database()
    return (
        not any(word.encode() in written for word in (TOKEN, PASSWORD, "Traceback"))
        and CANARY.encode() not in outside
        and tables_with(CANARY, Path(installation.settings["DATA_DIR"]) / "minsheng.db")
        <= {"unanswered_questions", "parked_updates"}
    )


def tables_with(word: str, path: Path) -> set[str]:
    """Find the tables of a database that have a word in a text or in bytes; none if the file is not a database."""
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as database:
        try:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
        except sqlite3.DatabaseError:
            return set()
    return {name for name, found in rows.items() if word in str(found)}


@pytest.mark.parametrize("installation", ["polling", LATER["webhook"]], indirect=True)
async def test_a_hundred_queued_questions_survive_a_kill(city: Sandbox, installation: Installation) -> None:
    city.set_latency(0.05)
    async with installation.serving() as process:
        people = ask(city, 100)
        await city.wait_for_calls("sendMessage", 10)
        await process.is_killed()
    answered = sum(bool(city.texts(person)) for person in people)
    assert 0 < answered < 100
    async with installation.serving() as process:
        await all_are_answered(city, people)
        assert await process.leaves() == 0

    assert copies(city, people) <= {1, 2}
    assert shows_no_secret(installation)


@pytest.mark.parametrize("installation", [LATER["polling"], "webhook"], indirect=True)
async def test_leaving_in_the_middle_takes_seconds_loses_none_and_answers_none_twice(
    city: Sandbox, installation: Installation
) -> None:
    city.set_latency(0.05)
    async with installation.serving() as process:
        people = ask(city, 100)
        await city.wait_for_calls("sendMessage", 10)
        async with takes_less_than(10.0):
            assert await process.leaves(within=150) == 0
    async with installation.serving() as process:
        await all_are_answered(city, people)
        city.repeat(random.Random(3).sample(city.update_ids(), 50))
        await city.wait_until_confirmed()
        assert await process.leaves() == 0

    assert copies(city, people) == {1}
    assert shows_no_secret(installation)


@pytest.mark.parametrize("installation", ["polling", LATER["webhook"]], indirect=True)
async def test_no_error_shows_tokens_or_texts(city: Sandbox, installation: Installation) -> None:
    async with installation.serving() as process:
        faults = ("reset", "garbage", "html", "error", "truncated")
        people = [city.person() for _ in faults]
        for person, kind in zip(people, faults, strict=True):
            city.fault(kind, "sendMessage", chat_id=person, times=1)
            city.fault(kind, "getUpdates", times=1)
            city.write(person, f"heating {CANARY}")
        city.raw({"message": {"chat": CANARY}})
        city.raw({"message": {"message_id": 1, "date": 1, "chat": {"id": 5}, "text": CANARY}})
        city.press(people[0], 1, data=CANARY)
        city.ask_inline(people[1], CANARY)
        await all_are_answered(city, people)
        assert await process.leaves() == 0

    assert shows_no_secret(installation)


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_a_wrong_token_is_one_sentence_and_exit_78(city: Sandbox, installation: Installation) -> None:
    city.set_token("1000000001:the-token-was-revoked-at-botfather-today")
    async with installation.started() as process:
        assert await process.ends() == 78

    assert process.said().count("\n") == 1
    assert "TELEGRAM_BOT_TOKEN" in process.said()
    assert shows_no_secret(installation)


@pytest.mark.soak
@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_without_a_token_it_says_so(installation: Installation) -> None:
    del installation.settings["TELEGRAM_BOT_TOKEN"]
    async with installation.started() as process:
        assert await process.ends() == 78
    assert process.said().startswith("TELEGRAM_BOT_TOKEN is missing")


@pytest.mark.soak
@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_a_faulty_knowledge_file_is_named_with_its_line(installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "projects.yaml"
    path.write_text("city: [", encoding="utf-8")
    installation.settings["KNOWLEDGE_PATH"] = str(path)
    async with installation.started() as process:
        assert await process.ends() == 78
    assert f"{path}:" in process.said()
    assert "minsheng check" in process.said()


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_an_unreachable_telegram_is_one_sentence_then_awaited(city: Sandbox, installation: Installation) -> None:
    await city.close()
    async with installation.started() as process:
        await process.says("cannot be reached")
        assert await process.leaves() == 0
    async with installation.started() as process:
        await process.says("cannot be reached")
        await asyncio.sleep(1.5)
        assert process.said().count("cannot be reached") == 1
        await city.listen()
        people = ask(city, 3)
        await all_are_answered(city, people)
        assert await process.leaves() == 0
    assert shows_no_secret(installation)


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_neither_a_second_bot_nor_a_locked_database_touches_the_answers(
    city: Sandbox, installation: Installation
) -> None:
    async with installation.serving() as first:
        async with installation.started() as second:
            assert await second.ends() == 78
        assert "Another bot works on" in second.said()
        people = ask(city, 5)
        await all_are_answered(city, people)
        other = sqlite3.connect(f"{installation.settings['DATA_DIR']}/minsheng.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waits = []
        for _ in range(10):
            start = time.monotonic()
            people += ask(city, 1)
            await city.wait_for_replies(people[-1])
            waits.append(time.monotonic() - start)
        other.execute("ROLLBACK")
        other.close()
        assert median(waits) < BUSY_TIMEOUT / 1000  # each that waited for the lock would take longer, on any machine
        assert await first.leaves() == 0
    assert copies(city, people) == {1}


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_a_bot_whose_database_file_is_replaced_stops_with_a_sentence(
    city: Sandbox, installation: Installation
) -> None:
    async with installation.serving() as process:
        await all_are_answered(city, ask(city, 2))
        data = Path(installation.settings["DATA_DIR"])
        (data / "minsheng.db").rename(data / "old.db")
        assert await process.ends() == 78
    assert "was moved, deleted or replaced while the bot was running" in process.said()


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_on_postgresql_it_answers_while_the_server_is_away_and_after_it_is_back(
    city: Sandbox, installation: Installation, postgresql: Server
) -> None:
    address = postgresql.address(postgresql.new_database(empty=True)).replace("postgresql+psycopg://", "postgres://")
    installation.settings["DATABASE_URL"] = address
    async with installation.serving() as first:
        async with installation.started() as second:
            assert await second.ends() == 78
        assert second.said().startswith("Another bot works on the PostgreSQL database")
        people = ask(city, 5)
        await all_are_answered(city, people)
        try:
            postgresql.stop()
            people += ask(city, 5)
            await asyncio.gather(*(city.wait_for_replies(person) for person in people[5:]))
            await first.says('"event": "database"')
        finally:
            postgresql.start()
        await first.says('"problem": "database"')
        people += ask(city, 1)
        city.repeat(city.update_ids()[:5])
        await all_are_answered(city, people)
        assert await first.leaves() == 0

    assert copies(city, people) == {1}
    assert shows_no_secret(installation)


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_with_a_damaged_database_it_answers_and_says_how_to_restore_it(
    city: Sandbox, installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    database = tmp_path / "data" / "minsheng.db"
    database.write_bytes(b"a letter to the mayor" * 500)
    async with installation.serving() as process:
        people = ask(city, 5)
        await all_are_answered(city, people)
        city.write(people[0], "/start")
        await city.wait_for_replies(people[0], 3)
        assert await process.leaves() == 0

    assert "I cannot look up, store or erase anything" in city.texts(people[0])[2]
    assert process.said().count("is damaged, or is not a database; it was left unchanged.") >= 1
    assert database.read_bytes() == b"a letter to the mayor" * 500
    assert shows_no_secret(installation)


@pytest.mark.soak
async def test_five_thousand_at_once_are_answered_in_order(city: Sandbox, installation: Installation) -> None:
    """A storm alert: a thousand people send five commands each, whose answers tell them apart."""
    commands = ("/help", "/about", "/privacy", "/id", "/help")
    people = [city.person(f"P{number}") for number in range(1000)]
    for command in commands:
        for person in people:
            city.write(person, command)
    async with installation.serving() as process:
        await asyncio.gather(*(city.wait_for_replies(person, len(commands), within=300) for person in people))
        await city.wait_until_confirmed(within=150)
        assert await process.leaves() == 0
    firsts = [city.texts(person) for person in people]

    assert {len(texts) for texts in firsts} == {len(commands)}
    for texts in firsts:
        assert texts[0] == texts[4]
        assert len(set(texts)) == 4
        assert texts[:3] == firsts[0][:3]


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_a_thread_that_checks_a_version_does_not_delay_the_end(city: Sandbox, installation: Installation) -> None:
    installation.prelude = "import time, bot.publishing.tasks as t; t.check_knowledge = lambda *_: time.sleep(600)\n"
    async with installation.serving() as process:
        changed = YAML_TEXT.replace("Elderly care", "Care of the elderly")
        (installation.folder / "projects.yaml").write_text(changed, encoding="utf-8")
        await process.says('"published"', within=150)
        await asyncio.sleep(0.5)
        assert await process.leaves() == 0
        assert '"stopped"' in process.said()
        assert "left_unfinished" not in process.said()


@pytest.mark.parametrize("installation", ["polling"], indirect=True)
async def test_what_never_ends_is_left_in_time(city: Sandbox, installation: Installation) -> None:
    installation.prelude = (
        "import asyncio\n"
        "from bot.telegram_api.update_queue import UpdateQueue\n"
        "UpdateQueue.drain = lambda *_: asyncio.sleep(600)\n"
    )
    async with installation.serving() as process:
        assert await process.leaves() == 0
        assert '"left_unfinished"' in process.said()


@pytest.mark.parametrize("installation", [LATER["polling"], "webhook"], indirect=True)
async def test_over_several_kills_a_person_gets_one_more_answer_for_each_at_most(
    city: Sandbox, installation: Installation
) -> None:
    """Also if Telegram delivers updates again: who asked before k kills has 1 to k + 1 answers."""
    city.set_latency(0.05)
    kills, chance, asked = 3, random.Random(5), []
    for _ in range(kills):
        async with installation.serving() as process:
            asked.append(ask(city, 25))
            city.repeat(chance.sample(city.update_ids(), 20))
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            await process.is_killed()
    async with installation.serving() as process:
        city.repeat(chance.sample(city.update_ids(), 20))
        await all_are_answered(city, [person for people in asked for person in people])
        assert await process.leaves() == 0

    for before, people in enumerate(asked):
        assert copies(city, people) <= set(range(1, kills - before + 2))


@pytest.mark.soak
async def test_ten_kills_in_a_row_lose_no_recipient(city: Sandbox, installation: Installation) -> None:
    city.set_latency(0.05)
    people = []
    for _ in range(10):
        async with installation.serving() as process:
            people += ask(city, 60)
            await asyncio.sleep(random.Random(len(people)).uniform(0.05, 0.4))
            await process.is_killed()
    async with installation.serving() as process:
        await all_are_answered(city, people)
        assert await process.leaves() == 0

    # One kill costs a person one copy at most, but ten may all strike the same one.
    assert min(copies(city, people)) >= 1
    assert sum(len(city.texts(person)) for person in people) < 2 * len(people)
