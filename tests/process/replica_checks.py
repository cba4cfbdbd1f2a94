"""What people ask of replicas, what they broadcast and publish, and what arrives."""

import asyncio
from collections import Counter
from pathlib import Path

from bot.sandbox import Sandbox
from bot.storage import open_store
from tests.broadcasts.subscribers import confirmed
from tests.process.bot_process import Installation
from tests.storage.databases import Place

#: Each is complete, so its answer does not depend on what was asked before.
QUESTIONS = ("Sixth Municipal Hospital", "居家养老服务站", "Запись к врачу", "托育中心")


def asked(city: Sandbox, people: int, times: int) -> list[int]:
    """Let `people` people ask several questions each, as fast as they can."""
    asking = [city.person(f"P{number}") for number in range(people)]
    for number in range(times):
        for person in asking:
            city.write(person, QUESTIONS[(person + number) % len(QUESTIONS)])
    return asking


def replies_in_order(city: Sandbox, person: int, expected: list[str]) -> bool:
    """Whether the replies, without those that a kill repeated, are those expected."""
    return list(dict.fromkeys(city.texts(person))) == expected


async def expected_replies(city: Sandbox) -> dict[str, str]:
    """What the bot says to each question of a person whom it does not know."""
    answers = {}
    for question in QUESTIONS:
        person = city.person("Reference")
        city.write(person, question)
        answers[question] = str((await city.wait_for_replies(person))[0]["text"])
    return answers


def wanted(answers: dict[str, str], person: int, times: int) -> list[str]:
    """The replies to `asked`."""
    return [answers[QUESTIONS[(person + number) % len(QUESTIONS)]] for number in range(times)]


async def everyone_is_answered(city: Sandbox, people: list[int]) -> list[int]:
    """Return these people when each has three answers and nothing more comes."""
    await asyncio.gather(*(city.wait_for_replies(person, 3, within=150) for person in people))
    await city.wait_until_confirmed(within=150)
    await city.wait_until_quiet(1.5)
    return people


async def subscribed(city: Sandbox, place: Place, number: int) -> list[int]:
    """Let `number` people press start."""
    people = [city.person(f"S{place}") for place in range(number)]
    for person in people:
        city.state.people[person].seen = city.state.people[person].started = True
    rows = ", ".join(f"({person}, '2026-03-01')" for person in people)
    place.execute(f"INSERT INTO chats (chat_id, subscribed_since) VALUES {rows}")
    return people


async def a_broadcast(place: Place) -> None:
    """A confirmed broadcast waits; another replica, which ends again, wakes the sender."""
    async with open_store(place.address, shared=True) as store, store.joined():
        assert store.replica is not None
        await confirmed(store, kind="alert")
        await store.replica.wake_sender()


def copies(city: Sandbox) -> Counter[int | None]:
    """How often people got the broadcast."""
    sent = city.calls(method="sendMessage")
    return Counter(call.chat_id for call in sent if call.accepted and ("No water" in call.text or "停水" in call.text))


async def until_sent(city: Sandbox, number: int, within: float) -> None:
    """Return when this many people have got the broadcast."""
    async with asyncio.timeout(within):
        while len(copies(city)) < number:  # noqa: ASYNC110 - the log of calls has no event for this
            await asyncio.sleep(0.05)


async def until_finished(place: Place, within: float) -> None:
    """Return when the broadcast has ended."""
    async with asyncio.timeout(within):
        while place.execute("SELECT state FROM broadcasts") != [("finished",)]:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)


def counts(place: Place) -> dict[str, int]:
    """Deliveries by state."""
    return dict(place.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))


def save(installation: Installation, knowledge: str) -> None:
    """Edit the knowledge on the disk of a replica."""
    Path(installation.settings["KNOWLEDGE_PATH"]).write_text(knowledge, encoding="utf-8")


def knowledge_of(installation: Installation) -> str:
    """The knowledge on the disk of a replica."""
    return Path(installation.settings["KNOWLEDGE_PATH"]).read_text(encoding="utf-8")


async def until_written(installation: Installation, knowledge: str) -> None:
    """Return when this stands on the disk of a replica."""
    async with asyncio.timeout(150):
        while knowledge_of(installation) != knowledge:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
