"""Collects questions in the background: one worker masks, groups and stores them in batches.

A handler passes a question on after its reply was sent. `collect` waits for an unanswered question to be stored, so
that an update is confirmed to Telegram only after its question is on disk; it does not wait for questions that are only
counted. It waits while the worker encodes, but only briefly (`_PATIENCE`) for the database: polling fetches the next
updates only when the earlier ones are handled or parked, and parking needs the database too, so a longer wait would
delay the answers of other chats. If the database did not store a question in time, for example because another program
holds it, `collect` stops waiting until a batch is stored. Nothing here raises into the answering path.

One transaction writes everything that waits: questions, new groups, moved centroids of groups, digests and counters. A
kill before the commit loses nothing that was confirmed, since Telegram delivers the update again. While the database is
unavailable or slow, up to `MAX_WAITING` questions wait in memory; a kill then loses them. A question has a random id,
so a question that arrives twice is stored once.

Memory: the centroids of at most 20,000 groups and the digests of at most 10,000 answers, 2 kB each; for an hour the
questions of the last 10,000 replies, 1 kB each, so that a question can be stored when its answer is rated unhelpful;
for 15 minutes the embeddings of the last questions of 10,000 chats and of as many answers, 1 kB each.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from cachetools import TTLCache

from bot.answers.learning.phrasings import SMALLTALK, TOPIC
from bot.errors import StorageError
from bot.inbox.grouping import MAX_DIGESTS, SAME_QUESTION, DigestIndex, GroupIndex, embeddings_of, packed, unpacked
from bot.inbox.masking import mask
from bot.inbox.model import (
    AnsweredDigest,
    Collected,
    CountKey,
    GroupState,
    InboxBatch,
    QuestionGroup,
    TeachingTarget,
    UnansweredOutcome,
)
from bot.inbox.ports import InboxStore
from bot.inbox.questions import AskedQuestion, is_about_the_city
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder

#: The most questions that wait for the database; further ones are dropped.
MAX_WAITING = 5_000
#: The most questions in one transaction.
_BATCH = 200
#: Seconds that a handler waits for the database. Together with the reply this should be less than the time after which
#: an update is parked (`MIN_GRACE` in telegram_api/update_queue.py), because parking waits for the database too.
_PATIENCE = 0.12
#: The most seconds that a handler waits while the worker encodes on a busy machine; the update is parked meanwhile.
_MAX_WAIT = 5.0
#: Seconds to wait for a question whose group is needed.
GROUP_PATIENCE = 1.0
#: Seconds between two attempts while the database is unavailable.
_PAUSE = 3.0
#: If a question is repeated within this time, its answer did not help.
_AGAIN_WITHIN = timedelta(minutes=15)
#: Seconds between two checks of the database's delay; a third of `_PATIENCE`, to exceed it only slightly.
_SLICE = 0.04
#: The size of each cache of chats, questions and answers; for their memory see the top of this module.
_REMEMBERED = 10_000
#: Seconds for which a question is kept that a citizen may still rate.
_HOUR = 3600
#: Within this many seconds, a second rating of a question, or a second answer that a group gained, is not counted.
_DAY = 86_400

_T = TypeVar("_T")

log = structlog.get_logger()


@dataclass(slots=True)
class _Waiting:
    """A question that waits to be stored, and the handler that waits for its group."""

    asked: AskedQuestion
    stored: "asyncio.Future[int | None]"


@dataclass(slots=True)
class _Plan:
    """A complete batch, and the group of each stored question."""

    questions: list[Collected] = field(default_factory=list)
    new_groups: list[bytes] = field(default_factory=list)
    new_places: list[int] = field(default_factory=list)  #: indices of the new groups
    moved: dict[int, bytes] = field(default_factory=dict)
    reopened: set[int] = field(default_factory=set)
    counts: Counter[CountKey] = field(default_factory=Counter)
    gained: Counter[int] = field(default_factory=Counter)

    def batch(self, answered: tuple[AnsweredDigest, ...]) -> InboxBatch:
        """What is written, with digests of answers."""
        return InboxBatch(
            tuple(self.questions),
            tuple(self.new_groups),
            self.moved,
            tuple(self.reopened),
            answered,
            dict(self.counts),
            dict(self.gained),
        )


class Collector:
    """Groups and stores questions; `run` is its worker."""

    def __init__(self, store: InboxStore, embedder: Embedder | None, now: Callable[[], datetime]) -> None:
        self._store = store
        self._embedder = embedder
        self._now = now
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(MAX_WAITING)
        self._index: GroupIndex | None = None  #: None: not loaded, or different from what is stored
        self._digests = DigestIndex()
        self._states: dict[int, tuple[GroupState, TeachingTarget | None]] = {}
        self._recent: TTLCache[int, AskedQuestion] = TTLCache(_REMEMBERED, _HOUR)
        #: questions that wait to be stored
        self._unstored: dict[int, asyncio.Future[int | None]] = {}
        #: chat -> its last question and a copy of its embedding; a row would keep the whole batch in memory
        self._last: TTLCache[int, tuple[AskedQuestion, bytes]] = TTLCache(_REMEMBERED, _AGAIN_WITHIN.total_seconds())
        #: answers without a complaint so far; after 15 minutes they count as right
        self._pending: dict[int, AnsweredDigest] = {}
        self._rated: TTLCache[int, bool] = TTLCache(_REMEMBERED, _DAY)
        self._is_running = False
        self._is_late = False  #: whether a question was not stored in time, and no batch has been stored since
        self._asked_database_at: float | None = None  #: when the current call to the database began, in loop time
        self._counted_as_gained: TTLCache[tuple[int, int], bool] = TTLCache(_REMEMBERED, _DAY)

    async def collect(self, asked: AskedQuestion, patience: float | None = None) -> int | None:
        """Pass a question on; return the group of an unanswered one, or None if it is not stored in time.

        `patience` is the time for the database in seconds, by default `_PATIENCE`. Returns at once while the database
        is known to be late.
        """
        self._recent[asked.id] = asked
        waiting = self._enqueue(asked)
        if waiting is None or self._is_late or not (asked.is_unanswered and self._is_running):
            return None
        await self._wait(waiting, _PATIENCE if patience is None else patience)
        return waiting.result() if waiting.done() else None

    async def _wait(self, stored: "asyncio.Future[int | None]", patience: float) -> None:
        """Return when a question is stored, or when the database has not responded for `patience` seconds."""
        clock = asyncio.get_running_loop().time
        end = clock() + max(_MAX_WAIT, patience)
        while not (stored.done() or self._is_late or clock() >= end):
            await asyncio.wait((stored,), timeout=min(_SLICE, patience))
            if self._asked_database_at is not None and clock() - self._asked_database_at >= patience:
                self._is_late = not stored.done()

    @property
    def open_groups(self) -> int:
        """The number of loaded groups that wait for staff. O(groups)."""
        return sum(state == "open" for state, _ in self._states.values())

    @property
    def unstored(self) -> int:
        """The number of unanswered and counted questions that wait to be stored."""
        return len(self._unstored)

    async def wait_until_stored(self, question: int) -> None:
        """Return when a question is stored, at the latest after `GROUP_PATIENCE` seconds."""
        if waiting := self._unstored.get(question):
            await asyncio.wait((waiting,), timeout=GROUP_PATIENCE)

    async def reject(self, question: int, chat: int, outcome: UnansweredOutcome) -> bool:
        """Record that an answer did not help; return False if the question is unknown or from another chat."""
        asked = self._recent.get(question)
        if asked is None or asked.chat != chat:
            return False
        if asked.is_unanswered:  # it is already stored
            with suppress(StorageError):
                await self._store.change_outcome(question, outcome)
            return True
        await self.collect(replace(asked, outcome=outcome))
        return True

    async def rate(self, question: int, chat: int, *, helpful: bool) -> bool:
        """Count a citizen's rating; store the question if the answer did not help. False for a second rating."""
        if question in self._rated:
            return False
        self._rated[question] = True
        asked = self._recent.get(question)
        if not helpful:
            await self.reject(question, chat, "not_helpful")
        elif asked is not None and asked.chat == chat:
            self._enqueue(replace(asked, outcome="helpful", answered=""))
        return True

    def text_of(self, question: int, chat: int) -> str | None:
        """The original text of a chat's question within the last hour; None if unknown."""
        asked = self._recent.get(question)
        return asked.text if asked is not None and asked.chat == chat else None

    def forget(self, chat: int) -> None:
        """Delete everything about a chat from memory."""
        self._last.pop(chat, None)
        for question in [each.id for each in self._recent.values() if each.chat == chat]:
            self._recent.pop(question, None)

    def invalidate_groups(self) -> None:
        """Load the groups again before the next batch, because another replica may have changed them."""
        self._index = None

    def note_decision(self, group: int, state: GroupState, target: TeachingTarget | None) -> None:
        """Record that staff decided on a group."""
        self._states[group] = (state, target)

    def _enqueue(self, asked: AskedQuestion) -> "asyncio.Future[int | None] | None":
        waiting = _Waiting(asked, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            log.warning("question_not_collected", reason="too many wait for the database")
            return None
        self._unstored[asked.id] = waiting.stored
        waiting.stored.add_done_callback(lambda _: self._unstored.pop(asked.id, None))
        return waiting.stored

    # --- The worker ---

    async def run(self) -> None:
        """Store questions until cancelled."""
        self._is_running = True
        try:
            with suppress(StorageError):
                self._index = await self._load()  # so that the first question does not wait for it
            while True:
                batch = [await self._queue.get()]
                while len(batch) < _BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                await self._store_until_done(batch)
        finally:
            self._is_running = False

    async def _store_until_done(self, batch: Sequence[_Waiting]) -> None:
        while True:
            try:
                await self._store_batch(batch)
            except StorageError as error:
                log.warning("questions_wait", number=len(batch), reason=str(error))
                self._index = None
                self._is_late = True
                await asyncio.sleep(_PAUSE)
            except Exception as error:  # noqa: BLE001 - the answers go on, and so does collecting
                log.warning("questions_lost", number=len(batch), error=type(error).__name__)
                self._index = None
                _tell(batch, {})
                return
            else:
                return

    async def _store_batch(self, batch: Sequence[_Waiting]) -> None:
        index = self._index if self._index is not None else await self._timed(self._load())
        texts = [mask(waiting.asked.text) for waiting in batch]
        embeddings = await asyncio.to_thread(embeddings_of, texts, self._embedder)
        plan = _Plan()
        for waiting, text, embedding in zip(batch, texts, embeddings, strict=True):
            self._add(plan, index, waiting.asked, text, embedding)
        written = plan.batch(self._right_answers())
        self._index = None  # until the commit
        new = await self._timed(self._store.write_batch(written, self._now()))
        for place, identifier in zip(plan.new_places, new, strict=True):
            index.name(place, identifier)
            self._states[identifier] = ("open", None)
        for group in plan.reopened:
            self._states[group] = ("open", None)
        self._index = index
        self._is_late = False
        _tell(batch, {each.id: new[each.new_group] if each.group is None else each.group for each in plan.questions})

    async def _timed(self, call: Awaitable[_T]) -> _T:
        """Await a call to the database and record when it began."""
        self._asked_database_at = asyncio.get_running_loop().time()
        try:
            return await call
        finally:
            self._asked_database_at = None

    def _right_answers(self) -> tuple[AnsweredDigest, ...]:
        """The answers without a complaint for 15 minutes, except those with a similar digest in the storage."""
        due = self._now() - _AGAIN_WITHIN
        accepted = [question for question, digest in self._pending.items() if digest.at <= due]
        digests = [self._pending.pop(question) for question in accepted]
        return tuple(each for each in digests if self._digests.add(unpacked(each.embedding), each.answered))

    async def answered_digests(self) -> Sequence[AnsweredDigest]:
        """The digests of right answers: stored ones, and those that still wait for a complaint."""
        return (*await self._store.digests(), *self._pending.values())

    async def _load(self) -> GroupIndex:
        groups: Sequence[QuestionGroup] = await self._store.all_groups()
        self._states = {group.id: (group.state, group.target) for group in groups}
        self._digests = DigestIndex(await self._store.digests())
        return await asyncio.to_thread(GroupIndex, groups)

    def _add(self, plan: _Plan, index: GroupIndex, asked: AskedQuestion, text: str, embedding: Floats) -> None:
        asked = self._judged(asked, embedding)
        hour = asked.at.replace(minute=0, second=0, microsecond=0)
        plan.counts[CountKey(hour, asked.outcome, asked.language or "", asked.area)] += 1
        if asked.is_unanswered:
            self._add_unanswered(plan, index, asked, text, embedding)
        elif asked.answered:
            self._add_answered(plan, index, asked, embedding)

    def _judged(self, asked: AskedQuestion, embedding: Floats) -> AskedQuestion:
        """The question, marked as repeated if the chat got an answer to the same one recently."""
        if asked.outcome not in ("answered", "several", "not_found", "unsure"):
            return asked
        before, meaning = self._last.get(asked.chat, (None, b""))
        self._last[asked.chat] = (asked, packed(embedding))
        if before is None or not (is_about_the_city(asked) and is_about_the_city(before)):
            return asked
        if asked.at - before.at > _AGAIN_WITHIN or float(unpacked(meaning) @ embedding) < SAME_QUESTION:
            return asked
        self._pending.pop(before.id, None)
        return replace(asked, outcome="repeated")

    def _add_unanswered(
        self, plan: _Plan, index: GroupIndex, asked: AskedQuestion, text: str, embedding: Floats
    ) -> None:
        self._pending.pop(asked.id, None)
        outcome: UnansweredOutcome = asked.outcome  # type: ignore[assignment]  # `is_unanswered` was asked
        place = index.place_of(embedding)
        group, new_group = None, 0
        if place is None:
            place = index.add(-1 - len(plan.new_groups), embedding)
            plan.new_groups.append(packed(embedding))
            plan.new_places.append(place)
        elif (moved := index.join(place, embedding)) is not None and index.id_at(place) >= 0:
            plan.moved[index.id_at(place)] = packed(moved)
        if (identifier := index.id_at(place)) >= 0:
            group = identifier
            if self._states.get(group, ("open", None))[0] == "taught" and outcome in ("not_found", "unsure"):
                plan.reopened.add(group)
        else:
            new_group = -1 - identifier
        plan.questions.append(
            Collected(asked.id, group, new_group, text, asked.language, outcome, asked.near, asked.at)
        )

    def _add_answered(self, plan: _Plan, index: GroupIndex, asked: AskedQuestion, embedding: Floats) -> None:
        if is_about_the_city(asked) and len(self._pending) < MAX_DIGESTS:
            self._pending[asked.id] = AnsweredDigest(packed(embedding), asked.answered, asked.at)
        place = index.place_of(embedding)
        if place is None:
            return
        group = index.id_at(place)
        state, target = self._states.get(group, ("open", None))
        gained = state == "taught" and target is not None and answers_target(asked.answered, asked.area, target)
        if gained and (asked.chat, group) not in self._counted_as_gained:
            self._counted_as_gained[asked.chat, group] = True
            plan.gained[group] += 1


def _tell(batch: Sequence[_Waiting], groups: Mapping[int, int]) -> None:
    """Give the waiting handlers the groups of their questions."""
    for waiting in batch:
        if not waiting.stored.done():
            waiting.stored.set_result(groups.get(waiting.asked.id))


def answers_target(answered: str, area: str, target: TeachingTarget) -> bool:
    """Whether an answer is the target that a group was attached to."""
    match target.kind:
        case "topic":
            return answered == TOPIC + target.id
        case "smalltalk":
            return answered == SMALLTALK + target.id
        case "area":
            return target.id in (answered, area)
        case _:
            return answered == target.id.partition("/")[0]
