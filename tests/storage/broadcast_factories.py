"""Subscribers and broadcasts for the tests of storage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcasts.delivery import Claim, DeliveryState, Settled
from bot.broadcasts.model import Attachment, Audience, Broadcast, BroadcastClass, Edition, Link
from bot.broadcasts.ports import Exchanged
from bot.i18n.languages import Language
from bot.people.ports import AuditEntry
from bot.storage import Store
from tests.storage.databases import Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2)
HARBIN = ZoneInfo("Asia/Shanghai")
ADMIN, OTHER = 7_000_000_011, 7_000_000_012
EDITIONS: dict[Language, Edition] = {
    "zh": Edition("明天 <b>停水</b>", Attachment("photo", "AgACAgI"), (Link("地图", "https://example.org/地图"),)),
    "ru": Edition("Завтра не будет воды"),
}


def line(act: str = "broadcast", subject: str = "2026-001") -> AuditEntry:
    """Make an audit entry."""
    return AuditEntry(NOON, ADMIN, act, subject, "draft", "queued")


async def subscribers(store: Store, *those: int, telegram_language: Language | None = None) -> None:
    """Subscribe these chats."""
    for chat in those:
        await store.subscribe(chat, NOON, telegram_language)


def insert_subscribers(place: Place, number: int, first: int = 1) -> None:
    """Insert `number` subscribers at once, without the program."""
    place.execute(
        "INSERT INTO chats (chat_id, subscribed_since)"
        f" WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + number - 1})"
        " SELECT i, '2026-03-01 12:00:00.000000' FROM n"
    )


async def queued(
    store: Store,
    *,
    kind: BroadcastClass = "notice",
    audience: Audience = "everybody",
    author: int | None = ADMIN,
    starts_at: datetime = NOON,
    **values: Any,
) -> Broadcast:
    """Create a confirmed broadcast."""
    draft = await store.new_broadcast(author, NOON, HARBIN)
    assert await store.rewrite_broadcast(replace(draft, editions=EDITIONS, kind=kind, audience=audience))
    moved = await store.move_broadcast(draft.id, ["draft"], "queued", None, starts_at=starts_at, **values)
    assert moved is not None
    return moved


async def sending(store: Store, *, testers: Sequence[int] = (), **values: Any) -> Broadcast:
    """Create a broadcast whose recipients are recorded, and which epoch 1 has taken over."""
    broadcast = (await store.take_over((await queued(store, **values)).id, NOON)).broadcast
    while await store.gather(broadcast.id, broadcast.epoch, testers=testers, default="zh", now=NOON):
        pass
    found = await store.broadcast(broadcast.id)
    assert found is not None
    return found


async def exchange(
    store: Store,
    broadcast: Broadcast,
    *settled: Settled,
    wanted: int = 0,
    now: datetime = NOON,
    heartbeat: bool = False,
) -> Exchanged:
    """An exchange in the broadcast's epoch."""
    return await store.exchange(broadcast.id, broadcast.epoch, settled, wanted, now=now, heartbeat=heartbeat)


async def claimed(store: Store, broadcast: Broadcast, wanted: int = 100, now: datetime = NOON) -> list[Claim]:
    """Claim deliveries and return them."""
    return [*(await exchange(store, broadcast, wanted=wanted, now=now)).claims]


def rows(place: Place, *columns: str) -> dict[int, Any]:
    """Columns of the deliveries by chat; of one column its value."""
    found = place.execute(f"SELECT chat_id, {', '.join(columns)} FROM deliveries ORDER BY chat_id")
    return {chat: values[0] if len(values) == 1 else tuple(values) for chat, *values in found}


def states(place: Place) -> dict[int, DeliveryState]:
    """The state of each delivery by chat."""
    return rows(place, "state")
