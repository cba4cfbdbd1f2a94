"""getUpdates: nothing is lost before it is confirmed, and nobody waits longer than necessary."""

import asyncio
import time
from typing import Any

import pytest
from telegram import Bot, Update
from telegram.error import Conflict

from bot.sandbox import Sandbox

OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def test_an_update_comes_again_until_it_is_confirmed(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.write(ann, "one")
    sandbox.write(ann, "two")
    first = await ptb.get_updates()
    await asyncio.sleep(0.55)  # sooner, Telegram would hand out one
    again = await ptb.get_updates()
    rest = await ptb.get_updates(offset=first[0].update_id + 1)

    assert [update.effective_message.text for update in first if update.effective_message] == ["one", "two"]
    assert [update.update_id for update in again] == [update.update_id for update in first]
    assert [update.update_id for update in rest] == [first[1].update_id]
    assert sandbox.pending() == [first[1].update_id]


async def test_ids_go_up_by_one(sandbox: Sandbox, ann: int) -> None:
    for number in range(3):
        sandbox.write(ann, str(number))

    first = sandbox.pending()[0]
    assert sandbox.pending() == [first, first + 1, first + 2]


async def test_a_negative_offset_keeps_only_the_last(raw: Any, ann: int) -> None:
    for number in range(5):
        raw.sandbox.write(ann, str(number))
    _, body = await raw("getUpdates", offset=-2)

    assert [update["message"]["text"] for update in body["result"]] == ["3", "4"]
    assert len(raw.sandbox.pending()) == 2


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (100, 100), (1000, 100), (0, 1), (None, 100)])
async def test_a_batch_has_at_most_100_updates(raw: Any, ann: int, limit: int | None, count: int) -> None:
    for number in range(120):
        raw.sandbox.write(ann, str(number))
    _, body = await raw("getUpdates", **({} if limit is None else {"limit": limit}))

    assert len(body["result"]) == count


async def test_a_long_poll_ends_as_soon_as_something_comes(raw: Any, ann: int) -> None:
    polling = asyncio.create_task(raw("getUpdates", timeout=20))
    await asyncio.sleep(0.2)
    written = time.monotonic()
    raw.sandbox.write(ann, "now")
    _, body = await polling

    assert body["result"][0]["message"]["text"] == "now"
    assert time.monotonic() - written < 10  # it would last 20


async def test_a_long_poll_without_news_ends_empty(raw: Any, ann: int) -> None:
    begun = time.monotonic()
    _, body = await raw("getUpdates", timeout=1)

    assert body["result"] == []
    assert time.monotonic() - begun > 0.9


async def test_a_second_poller_ends_the_first(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    first = asyncio.create_task(ptb.get_updates(timeout=20))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(ptb.get_updates(timeout=20))
    with pytest.raises(Conflict) as conflict:
        await first
    sandbox.write(ann, "for the second")

    assert str(conflict.value) == OTHER
    assert [update.effective_message.text for update in await second if update.effective_message] == ["for the second"]


async def test_while_a_webhook_is_set_polling_conflicts(raw: Any) -> None:
    polling = asyncio.create_task(raw.refused("getUpdates", timeout=20))
    await asyncio.sleep(0.2)
    await raw("setWebhook", url="http://127.0.0.1:1/")

    assert await polling == "Conflict: terminated by setWebhook request"
    assert await raw.refused("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    await raw("deleteWebhook")
    assert (await raw("getUpdates"))[0] == 200


async def test_a_poller_that_hangs_up_takes_nothing_with_it(raw: Any, ann: int) -> None:
    polling = asyncio.create_task(raw("getUpdates", timeout=20))
    await asyncio.sleep(0.2)
    polling.cancel()
    await asyncio.sleep(0.1)
    raw.sandbox.write(ann, "kept")
    _, body = await raw("getUpdates", timeout=5)

    assert [update["message"]["text"] for update in body["result"]] == ["kept"]


async def test_kinds_that_were_not_asked_for_do_not_come(raw: Any, ann: int) -> None:
    await raw("getUpdates", allowed_updates=["callback_query", "nonsense"])
    raw.sandbox.write(ann, "unwanted")

    assert raw.sandbox.pending() == []
    await raw("getUpdates", allowed_updates=[])
    raw.sandbox.write(ann, "wanted")
    assert len(raw.sandbox.pending()) == 1


async def test_without_asking_chat_member_does_not_come(raw: Any, ann: int) -> None:
    group = raw.sandbox.group("Yard", [ann])
    raw.sandbox.state.updates.clear()
    raw.sandbox.join(raw.sandbox.person("Ben"), group)
    kinds = [kind for update in raw.sandbox.state.updates.take(9) for kind in update if kind != "update_id"]
    await raw("getUpdates", offset=-1, allowed_updates=["chat_member"])
    raw.sandbox.join(raw.sandbox.person("Cleo"), group)

    assert kinds == ["message"]
    assert list(raw.sandbox.state.updates.take(9)[-1])[1] == "chat_member"


async def test_earlier_updates_can_be_delivered_again_in_any_order(raw: Any, ann: int) -> None:
    for number in range(3):
        raw.sandbox.write(ann, str(number))
    ids = raw.sandbox.pending()
    raw.sandbox.repeat([ids[2], ids[0], ids[2]])
    _, once = await raw("getUpdates")
    _, twice = await raw("getUpdates", offset=ids[2] + 1)

    assert [update["update_id"] for update in once["result"]] == [*ids, ids[2], ids[0], ids[2]]
    assert twice["result"] == []


async def test_confirmed_updates_still_come_again_when_repeated(raw: Any, ann: int) -> None:
    raw.sandbox.write(ann, "one")
    (id_,) = raw.sandbox.pending()
    await raw("getUpdates", offset=id_ + 1)
    raw.sandbox.repeat([id_])
    _, body = await raw("getUpdates", offset=id_ + 1)

    assert [update["update_id"] for update in body["result"]] == [id_]
    await raw("getUpdates", offset=id_ + 1)
    assert raw.sandbox.pending() == []


async def test_the_same_offset_within_half_a_second_gets_one_update(raw: Any, ann: int) -> None:
    for number in range(5):
        raw.sandbox.write(ann, str(number))
    offset = raw.sandbox.pending()[0]
    counts = [len((await raw("getUpdates", offset=offset))[1]["result"]) for _ in range(3)]
    _, other = await raw("getUpdates", offset=offset + 1)
    await asyncio.sleep(0.55)
    _, later = await raw("getUpdates", offset=offset + 1)

    assert counts == [5, 1, 1]
    assert [len(body["result"]) for body in (other, later)] == [4, 4]


async def test_the_same_offset_within_three_seconds_waits_three_seconds_if_nothing_is_there(raw: Any) -> None:
    await raw("getUpdates")
    begun = time.monotonic()
    _, body = await raw("getUpdates")

    assert body["result"] == []
    assert time.monotonic() - begun > 2.9


async def test_an_offset_far_in_the_future_confirms_nothing(raw: Any, ann: int) -> None:
    raw.sandbox.write(ann, "kept")
    (id_,) = raw.sandbox.pending()
    for offset in (id_ + 20, 2**31, 2**70):
        _, body = await raw("getUpdates", offset=offset)
        assert [update["update_id"] for update in body["result"]] == [id_]
    await raw("getUpdates", offset=id_ + 2)
    assert raw.sandbox.pending() == []


async def test_an_answer_holds_at_most_four_million_bytes(raw: Any, ann: int) -> None:
    for _ in range(5):
        raw.sandbox.raw({"poll": "x" * 1_000_000})
    _, body = await raw("getUpdates")

    assert len(body["result"]) == 4


async def test_a_second_conflict_within_three_seconds_is_answered_late(raw: Any) -> None:
    await raw("setWebhook", url="http://127.0.0.1:1/")
    begun = time.monotonic()
    await raw.refused("getUpdates")
    at_once = time.monotonic() - begun
    await raw.refused("getUpdates")

    assert at_once < 3
    assert time.monotonic() - begun >= 3


async def test_elements_that_are_not_updates_come_once(raw: Any, ann: int) -> None:
    raw.sandbox.write(ann, "hello")
    for value in list[Any]((None, 1, "x", [])):
        raw.sandbox.element(value)
    _, body = await raw("getUpdates")

    assert body["result"][:4] == [None, 1, "x", []]
    assert len(body["result"]) == 5


async def test_any_object_can_be_an_update(raw: Any) -> None:
    id_ = raw.sandbox.raw({"message": {"chat": "no object", "date": []}})
    _, body = await raw("getUpdates")

    assert body["result"] == [{"update_id": id_, "message": {"chat": "no object", "date": []}}]
    with pytest.raises((TypeError, AttributeError, KeyError)):
        Update.de_json(body["result"][0])


@pytest.mark.parametrize("kind", [str(kind) for kind in Update.ALL_TYPES])
async def test_python_telegram_bot_reads_a_sample_of_every_kind(
    ptb: Bot, sandbox: Sandbox, ann: int, kind: str
) -> None:
    sandbox.sample(kind, ann)
    (update,) = await ptb.get_updates()

    assert getattr(update, kind) is not None


async def test_waiting_until_all_is_confirmed(raw: Any, ann: int) -> None:
    raw.sandbox.write(ann, "one")
    waiting = asyncio.create_task(raw.sandbox.wait_until_confirmed())
    await asyncio.sleep(0)
    assert not waiting.done()
    await raw("getUpdates", offset=raw.sandbox.pending()[0] + 1)

    await waiting


async def test_a_backlog_of_ten_thousand_is_read_in_order(raw: Any, ann: int) -> None:
    for number in range(10_000):
        raw.sandbox.write(ann, str(number))
    texts: list[str] = []
    offset = 0
    while raw.sandbox.pending():
        _, body = await raw("getUpdates", offset=offset)
        texts += [update["message"]["text"] for update in body["result"]]
        offset = (body["result"] or [{"update_id": offset - 1}])[-1]["update_id"] + 1

    assert texts == [str(number) for number in range(10_000)]
