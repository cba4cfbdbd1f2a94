"""What the inbox stores about questions, with a real database and without an encoder."""

import asyncio
import gc
import time
import weakref
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import StorageError
from bot.inbox import collecting
from bot.inbox.collecting import Collector
from bot.inbox.grouping import embeddings_of
from bot.inbox.model import TeachingTarget
from bot.inbox.questions import AskedQuestion
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from tests.inbox.conftest import ANN, BEN, NOON, Inbox


async def test_a_question_is_masked_grouped_and_counted(inbox: Inbox) -> None:
    await inbox.ask("is there a bus to 13904511234")
    await inbox.ask("is there a bus to 13904517777", chat=BEN)

    page = await inbox.service.page(1)

    assert [group.count for group in page.groups] == [2]
    assert await inbox.texts(page.groups[0].id) == ["is there a bus to [number]"] * 2


async def test_a_button_pressed_before_the_question_is_stored_waits_for_its_group(inbox: Inbox) -> None:
    asked = inbox.question("where is the zoo")
    collector = inbox.service.collector
    assert await collector.collect(asked, patience=0) is None

    await collector.wait_until_stored(asked.id)
    question = await inbox.store.question(asked.id)

    assert question is not None
    assert question.group == await inbox.group()


async def test_groups_that_another_replica_made_are_known_after_a_reload(inbox: Inbox) -> None:
    await inbox.ask("is there a bus to the airport")
    other = Collector(inbox.store, None, lambda: inbox.now)
    working = asyncio.create_task(other.run())
    await asyncio.sleep(0)
    assert await other.collect(inbox.question("where is the zoo"), patience=5.0) is not None
    working.cancel()

    inbox.service.collector.invalidate_groups()
    await inbox.ask("where is the zoo", chat=BEN)

    assert sorted(group.count for group in (await inbox.service.page(1)).groups) == [1, 2]


async def test_an_answered_question_leaves_no_text(inbox: Inbox) -> None:
    await inbox.ask("is my radiator cold", outcome="answered", answered="heating")
    inbox.now += timedelta(minutes=20)
    await inbox.ask("where is the zoo", chat=BEN)

    (digest,) = await inbox.store.digests()

    assert digest.answered == "heating"
    assert (await inbox.service.page(1)).total == 1


async def test_what_is_asked_again_within_fifteen_minutes_was_not_answered(inbox: Inbox) -> None:
    await inbox.ask("is my radiator cold", outcome="answered", answered="heating")
    await inbox.ask("is my radiator cold", outcome="answered", answered="heating")
    inbox.now += timedelta(minutes=20)
    await inbox.ask("is my radiator cold", chat=BEN, outcome="answered", answered="heating")

    page = await inbox.service.page(1)

    assert [question.outcome for question in page.examples[0]] == ["repeated"]
    assert await inbox.store.digests() == []


async def test_a_question_that_is_remembered_does_not_keep_the_batch_that_it_was_stored_in(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = []

    def watched(texts: Iterable[str], embedder: Embedder | None) -> Floats:
        rows = embeddings_of(texts, embedder)
        batches.append(weakref.ref(rows))
        return rows

    monkeypatch.setattr(collecting, "embeddings_of", watched)
    await inbox.ask("is my radiator cold", outcome="answered", answered="heating")
    gc.collect()

    assert batches
    assert batches[0]() is None


async def test_a_thumbs_down_keeps_the_question(inbox: Inbox) -> None:
    asked = await inbox.ask("is my radiator cold", outcome="answered", answered="heating")

    assert not await inbox.service.collector.reject(asked.id, BEN, "not_helpful")
    assert await inbox.service.collector.reject(asked.id, ANN, "not_helpful")
    await inbox.idle()

    assert [each.outcome for each in (await inbox.service.page(1)).examples[0]] == ["not_helpful"]


async def test_none_of_these_changes_what_is_kept_of_the_question(inbox: Inbox) -> None:
    asked = await inbox.ask("is my radiator cold", outcome="unsure")

    assert await inbox.service.collector.reject(asked.id, ANN, "none_of_these")

    page = await inbox.service.page(1)
    assert [each.outcome for each in page.examples[0]] == ["none_of_these"]
    assert page.groups[0].count == 1


async def test_what_was_forgotten_cannot_be_kept_any_more(inbox: Inbox) -> None:
    asked = await inbox.ask("is my radiator cold", outcome="answered", answered="heating")
    inbox.service.collector.forget(ANN)

    assert not await inbox.service.collector.reject(asked.id, ANN, "not_helpful")
    assert (await inbox.service.page(1)).total == 0


async def test_ignored_stays_ignored(inbox: Inbox) -> None:
    await inbox.ask("who wins the match")
    group = (await inbox.service.page(1)).groups[0].id
    assert await inbox.service.decide(group, "ignored", 21)
    await inbox.ask("who wins the match", chat=BEN)

    assert (await inbox.service.page(1)).total == 0
    found = await inbox.store.group(group)
    assert found is not None
    assert (found.state, found.count) == ("ignored", 2)


async def test_what_was_taught_and_is_answered_counts_once_for_each_citizen(inbox: Inbox) -> None:
    await inbox.ask("cold pipes")
    group = (await inbox.service.page(1)).groups[0].id
    await inbox.service.decide(group, "taught", 21, TeachingTarget("area", "heating"))
    for chat in (ANN, BEN, BEN):
        await inbox.ask("cold pipes", chat=chat, outcome="answered", answered="heating")
    await inbox.ask("cold pipes", chat=13, outcome="answered", answered="water")

    assert (await inbox.service.page(1)).gained == 2


async def test_a_taught_group_that_is_asked_in_vain_is_open_again(inbox: Inbox) -> None:
    await inbox.ask("cold pipes")
    group = (await inbox.service.page(1)).groups[0].id
    await inbox.service.decide(group, "taught", 21, TeachingTarget("area", "heating"))
    await inbox.ask("cold pipes", chat=BEN)

    assert [each.id for each in (await inbox.service.page(1)).groups] == [group]


async def test_a_database_that_is_away_loses_no_question(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.inbox.collecting._PAUSE", 0.05)
    write, failures = inbox.store.write_batch, [StorageError("away"), StorageError("away")]

    async def failing(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return await write(*given)

    monkeypatch.setattr(inbox.store, "write_batch", failing)
    await inbox.ask("where is the zoo")

    assert (await inbox.service.page(1)).total == 1


async def test_a_handler_waits_a_moment_at_most_and_later_ones_not_at_all(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(*_: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(inbox.store, "write_batch", hanging)
    asked = AskedQuestion(99_999, ANN, "where", "en", "not_found", "", "", (), NOON)

    assert await asyncio.wait_for(inbox.service.collector.collect(asked), 0.5) is None
    monkeypatch.setattr("bot.inbox.collecting._PATIENCE", 60)
    assert await asyncio.wait_for(inbox.service.collector.collect(asked), 0.5) is None


async def test_a_handler_waits_longer_for_an_encoder_than_for_a_database(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a kill on a busy machine would lose a question whose update is confirmed."""

    def slow(*given: Any) -> Any:
        time.sleep(0.5)
        return embeddings_of(*given)

    monkeypatch.setattr("bot.inbox.collecting.embeddings_of", slow)

    assert await inbox.service.collector.collect(inbox.question("where is the zoo")) is not None
