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
#: Seconds within which another replica continues a broadcast.
TAKEN_OVER_WITHIN = 15.0


def asked(city: Sandbox, people: int, times: int) -> list[int]:
    """Ask `times` questions each as `people` people, without waiting; return the people."""
    asking = [city.person(f"P{number}") for number in range(people)]
    for number in range(times):
        for person in asking:
            city.write(person, QUESTIONS[(person + number) % len(QUESTIONS)])
    return asking


def replies_in_order(city: Sandbox, person: int, expected: list[str]) -> bool:
    """Whether the replies are the expected ones, apart from repetitions after a kill."""
    return list(dict.fromkeys(city.texts(person))) == expected


async def expected_replies(city: Sandbox) -> dict[str, str]:
    """Ask each question as a new person; return the replies by question."""
    answers = {}
    for question in QUESTIONS:
        person = city.person("Reference")
        city.write(person, question)
        answers[question] = str((await city.wait_for_replies(person))[0]["text"])
    return answers


def wanted(answers: dict[str, str], person: int, times: int) -> list[str]:
    """The replies that a person in `asked` should get."""
    return [answers[QUESTIONS[(person + number) % len(QUESTIONS)]] for number in range(times)]


async def everyone_is_answered(city: Sandbox, people: list[int]) -> list[int]:
    """Wait until each person has three answers and nothing more arrives; return the people."""
    await asyncio.gather(*(city.wait_for_replies(person, 3, within=150) for person in people))
    await city.wait_until_confirmed(within=150)
    await city.wait_until_quiet(1.5)
    return people


async def subscribed(city: Sandbox, place: Place, number: int) -> list[int]:
    """Subscribe `number` people; return them."""
    people = [city.person(f"S{place}") for place in range(number)]
    for person in people:
        city.state.people[person].seen = city.state.people[person].started = True
    rows = ", ".join(f"({person}, '2026-03-01')" for person in people)
    place.execute(f"INSERT INTO chats (chat_id, subscribed_since) VALUES {rows}")
    return people


async def a_broadcast(place: Place) -> None:
    """Confirm a broadcast and wake the sender, as a replica that joins and leaves."""
    async with open_store(place.address, shared=True) as store, store.joined():
        assert store.replica is not None
        await confirmed(store, kind="alert")
        await store.replica.wake_sender()


def copies(city: Sandbox) -> Counter[int | None]:
    """Count the copies of the broadcast that each person got."""
    sent = city.calls(method="sendMessage")
    return Counter(call.chat_id for call in sent if call.accepted and ("No water" in call.text or "停水" in call.text))


async def until_sent(city: Sandbox, number: int, within: float) -> None:
    """Wait until this many people have the broadcast."""
    async with asyncio.timeout(within):
        while len(copies(city)) < number:  # noqa: ASYNC110 - the log of calls has no event for this
            await asyncio.sleep(0.05)


async def until_finished(place: Place, within: float) -> None:
    """Wait until the broadcast has ended."""
    async with asyncio.timeout(within):
        while place.execute("SELECT state FROM broadcasts") != [("finished",)]:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)


def counts(place: Place) -> dict[str, int]:
    """Count the deliveries by state."""
    return dict(place.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))


def save(installation: Installation, knowledge: str) -> None:
    """Replace the knowledge file of a replica."""
    Path(installation.settings["KNOWLEDGE_PATH"]).write_text(knowledge, encoding="utf-8")


def knowledge_of(installation: Installation) -> str:
    """Read the knowledge file of a replica."""
    return Path(installation.settings["KNOWLEDGE_PATH"]).read_text(encoding="utf-8")


async def until_written(installation: Installation, knowledge: str) -> None:
    """Wait until the knowledge file of a replica has this content."""
    async with asyncio.timeout(150):
        while knowledge_of(installation) != knowledge:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
