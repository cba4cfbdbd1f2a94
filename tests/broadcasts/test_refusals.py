"""A refusal that concerns one chat stops no broadcast to the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from bot.broadcasts.delivery import ChatKind, Outcome, Refused, Sent, chat_kind
from bot.broadcasts.model import Edition
from bot.broadcasts.pacing import MAX_CONTENT_ERRORS, MAX_WINDOW, CircuitState
from tests.broadcasts.checker import records_of
from tests.broadcasts.subscribers import confirmed, life_of, opened, subscribe
from tests.storage.databases import Place

_ids = Random(1)
GROUPS = [*(-_ids.randrange(10**9) for _ in range(11)), *(-(10**12) - _ids.randrange(10**10) for _ in range(10))]
PEOPLE = [_ids.randrange(10**10) for _ in range(60)]


@dataclass
class Refusing:
    """A Telegram that refuses messages to some chats, and records the order of all messages."""

    refusals: dict[int, Refused]
    order: list[int] = field(default_factory=list)

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        self.order.append(chat)
        return self.refusals.get(chat, Sent(1))

    async def is_reachable(self) -> bool:
        return True


async def sent_to(place: Place, telegram: Refusing, people: Sequence[int]) -> tuple[str, int, set[int]]:
    """The event that ended a broadcast to these chats, its id, and the subscribers that are left."""
    async with opened(place) as store:
        await subscribe(store, people)
        broadcast = await confirmed(store)
        life = life_of(store, telegram)
        await life.run()
        left = {chat for chat in people if (await store.read(chat)).subscribed_since}
        return life.events()[-1], broadcast.id, left


@pytest.mark.parametrize("reason", ["closed", "chat", "unclassified"])
async def test_twenty_one_groups_that_refuse_do_not_stop_a_broadcast_to_people(place: Place, reason: str) -> None:
    """A closed topic, a group that is gone, and an unknown reason."""
    refusals = {chat: Refused(reason) for chat in GROUPS}  # type: ignore[arg-type]
    async with opened(place) as store:
        await subscribe(store, [*GROUPS, *PEOPLE])
        broadcast = await confirmed(store)
        life = life_of(store, Refusing(refusals))
        await life.run()
        assert life.events() == ["started", "finished"]
        left = {chat for chat in GROUPS if (await store.read(chat)).subscribed_since}

    records = records_of(place, broadcast)
    assert records.of("sent") == set(PEOPLE)
    assert records.of("failed", reason) == set(GROUPS)
    assert left == (set() if reason == "chat" else set(GROUPS)), "groups that are gone are unsubscribed, others are not"


async def test_groups_and_people_are_sent_to_in_a_mixed_order(place: Place) -> None:
    telegram = Refusing({})
    event, _, _ = await sent_to(place, telegram, [*GROUPS, *PEOPLE])

    assert event == "finished"
    first_half = telegram.order[: len(telegram.order) // 2]
    groups = [chat for chat in first_half if chat < 0]
    assert 0 < len(groups) < len(GROUPS)


async def test_a_text_that_everybody_refuses_for_an_unknown_reason_is_stopped_soon(place: Place) -> None:
    refusals = {chat: Refused("unclassified") for chat in [*GROUPS, *PEOPLE]}
    telegram = Refusing(refusals)
    event, _, _ = await sent_to(place, telegram, [*GROUPS, *PEOPLE])

    assert event == "paused"
    assert len(telegram.order) <= MAX_CONTENT_ERRORS + MAX_WINDOW


@pytest.mark.parametrize(
    ("kinds", "refused"),
    [
        (["group"] * 50, False),
        (["group", "supergroup"] * 25, False),
        (["private"] * (MAX_CONTENT_ERRORS - 1), False),
        (["private"] * MAX_CONTENT_ERRORS, True),
        (["group", "supergroup", "private"], True),
    ],
)
def test_an_unknown_reason_is_about_the_chat_until_three_kinds_of_chats_or_twenty_people_refuse(
    kinds: list[ChatKind], refused: bool
) -> None:
    circuit = CircuitState()
    for kind in kinds:
        assert not circuit.content_refused
        circuit = circuit.after(Refused("unclassified"), kind)

    assert circuit.content_refused == refused
    assert not circuit.after(Sent(1), "group").content_refused


@pytest.mark.parametrize(
    ("chat", "kind"),
    [(1, "private"), (-1, "group"), (-999_999_999_999, "group"), (-1_000_000_000_001, "supergroup")],
)
def test_the_kind_of_a_chat_is_read_from_its_id(chat: int, kind: ChatKind) -> None:
    assert chat_kind(chat) == kind
