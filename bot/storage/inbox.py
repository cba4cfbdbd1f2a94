"""Unanswered questions and their groups; implements the port `InboxStore`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.model import (
    KEEP_QUESTIONS,
    LATER_FOR,
    AnsweredDigest,
    Collected,
    GroupState,
    InboxBatch,
    NearMiss,
    QuestionGroup,
    Teaching,
    TeachingTarget,
    UnansweredOutcome,
    UnansweredQuestion,
)
from bot.people.ports import AuditEntry
from bot.storage.roles import add_audit_entry
from bot.storage.schema import (
    answered_digests,
    gained_answers,
    question_counts,
    question_groups,
    teachings,
    unanswered_questions,
    versions,
)
from bot.storage.transactions import AnyRow, Repository

#: The most rows that one transaction deletes.
_CHUNK = 5_000
#: As long as drafts plus a day: a draft that was published in its last minute must still be recognised.
_KEEP_TEACHINGS = timedelta(days=2)
_TICK = timedelta(microseconds=1)

_questions, _groups = unanswered_questions, question_groups


class InboxRepository(Repository):
    async def all_groups(self) -> Sequence[QuestionGroup]:
        return await self._all(select(_groups).order_by(_groups.c.id), _group)

    async def waiting_groups(self, now: datetime, limit: int, offset: int = 0) -> tuple[Sequence[QuestionGroup], int]:
        is_due = (_groups.c.state == "later") & (_groups.c.decided_at < now - LATER_FOR)
        waiting = or_(_groups.c.state == "open", is_due) & (_groups.c.count > 0)
        page = select(_groups).where(waiting).order_by(_groups.c.count.desc(), _groups.c.newest.desc())
        async with self._transactions.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(_groups).where(waiting))
            rows = await connection.execute(page.limit(limit).offset(offset))
            return [_group(row) for row in rows], total or 0

    async def group(self, identifier: int) -> QuestionGroup | None:
        return await self._first(select(_groups).where(_groups.c.id == identifier), _group)

    async def questions_of(self, group: int, limit: int) -> Sequence[UnansweredQuestion]:
        query = select(_questions).where(_questions.c.group_id == group).order_by(_questions.c.at.desc()).limit(limit)
        return await self._all(query, _question)

    async def question(self, identifier: int) -> UnansweredQuestion | None:
        return await self._first(select(_questions).where(_questions.c.id == identifier), _question)

    async def write_batch(self, batch: InboxBatch, now: datetime) -> Sequence[int]:
        async with self._transactions.writing() as connection:
            new = [await _add_group(connection, embedding, now) for embedding in batch.new_groups]
            for group, embedding in batch.moved_groups.items():
                here = update(_groups).where(_groups.c.id == group)
                await connection.execute(here.values(embedding=embedding))
            if batch.reopened:
                here = update(_groups).where(_groups.c.id.in_(batch.reopened))
                await connection.execute(here.values(state="open", target_kind=None, target=None, decided_at=None))
            await _add_questions(connection, batch, new)
            if batch.digests:
                rows = [
                    {"embedding": each.embedding, "answered": each.answered, "at": each.at} for each in batch.digests
                ]
                await connection.execute(insert(answered_digests), rows)
            for key, number in batch.counts.items():
                keys = {"hour": key.hour, "outcome": key.outcome, "language": key.language, "area": key.area}
                await _add_number(connection, question_counts, keys, number)
            for group, number in batch.gained.items():
                await _add_number(connection, gained_answers, {"group_id": group, "day": now.date()}, number)
        return new

    async def change_outcome(self, question: int, outcome: UnansweredOutcome) -> None:
        await self._execute(update(_questions).where(_questions.c.id == question).values(outcome=outcome))

    async def decide_group(
        self, group: int, state: GroupState, target: TeachingTarget | None, at: datetime, entry: AuditEntry | None
    ) -> bool:
        async with self._transactions.writing() as connection:
            found = await _decide(connection, group, state, target, at)
            if found and entry:
                await add_audit_entry(connection, entry)
        return found

    async def keep_teaching(self, teaching: Teaching) -> None:
        row = {
            "draft": teaching.draft,
            "group_id": teaching.group,
            "target_kind": teaching.target.kind,
            "target": teaching.target.id,
            "digest": teaching.digest,
            "at": teaching.at,
        }
        async with self._transactions.writing() as connection:
            await connection.execute(delete(teachings).where(teachings.c.draft == teaching.draft))
            await connection.execute(insert(teachings).values(row))

    async def teachings(self) -> Sequence[tuple[Teaching, bool]]:
        query = select(versions.c.digest, func.max(versions.c.at).label("at")).group_by(versions.c.digest)
        async with self._transactions.reading() as connection:
            rows = (await connection.execute(select(teachings))).all()
            published = {row.digest: row.at for row in await connection.execute(query)} if rows else {}
        waiting = [_teaching(row) for row in rows]
        return [(each, published.get(each.digest, each.at - _TICK) >= each.at) for each in waiting]

    async def mark_taught(self, teaching: Teaching) -> None:
        async with self._transactions.writing() as connection:
            await _decide(connection, teaching.group, "taught", teaching.target, teaching.at)
            await connection.execute(delete(teachings).where(teachings.c.draft == teaching.draft))

    async def digests(self) -> Sequence[AnsweredDigest]:
        columns = (answered_digests.c.embedding, answered_digests.c.answered, answered_digests.c.at)
        return await self._all(select(*columns), lambda row: AnsweredDigest(*row))

    async def gained_since(self, day: date) -> int:
        query = select(func.sum(gained_answers.c.number)).where(gained_answers.c.day >= day)
        return await self._scalar(query) or 0

    async def expire_inbox(self, now: datetime) -> None:
        """Erase questions and digests after 30 days, and groups that are then empty and undecided."""
        oldest, erased = now - KEEP_QUESTIONS, 0
        while chunk := await self._erase_questions(oldest):
            erased += chunk
        async with self._transactions.writing() as connection:
            await connection.execute(delete(teachings).where(teachings.c.at < now - _KEEP_TEACHINGS))
            await connection.execute(delete(answered_digests).where(answered_digests.c.at < oldest))
            empty = (_groups.c.count <= 0) & _groups.c.state.in_(("open", "later"))
            await connection.execute(delete(_groups).where(empty))
        if erased:  # texts must not stay in the files
            await self._transactions.purge()

    async def _erase_questions(self, oldest: datetime) -> int:
        """Erase some old questions and lower the counts of their groups; return how many were erased."""
        old = select(_questions.c.id).where(_questions.c.at < oldest).limit(_CHUNK)
        async with self._transactions.writing() as connection:
            ids = (await connection.scalars(old)).all()
            if not ids:
                return 0
            to_delete = _questions.c.id.in_(ids)
            counted = select(_questions.c.group_id, func.count()).where(to_delete).group_by(_questions.c.group_id)
            for group, number in (await connection.execute(counted)).all():
                here = update(_groups).where(_groups.c.id == group)
                await connection.execute(here.values(count=_groups.c.count - number))
            await connection.execute(delete(_questions).where(to_delete))
        return len(ids)


async def _decide(
    connection: AsyncConnection, group: int, state: GroupState, target: TeachingTarget | None, at: datetime
) -> bool:
    values = {
        "state": state,
        "target_kind": target and target.kind,
        "target": target and target.id,
        "decided_at": at,
    }
    return bool((await connection.execute(update(_groups).where(_groups.c.id == group).values(values))).rowcount)


async def _add_group(connection: AsyncConnection, embedding: bytes, now: datetime) -> int:
    row = insert(_groups).values(state="open", count=0, newest=now, embedding=embedding)
    key = (await connection.execute(row)).inserted_primary_key
    return int(key[0]) if key else 0


async def _add_questions(connection: AsyncConnection, batch: InboxBatch, new: Sequence[int]) -> None:
    """Store the questions that are not stored yet, and count them in their groups."""
    ids = [each.id for each in batch.questions]
    known = set(await connection.scalars(select(_questions.c.id).where(_questions.c.id.in_(ids)))) if ids else set()
    added: dict[int, Collected] = {}
    for each in batch.questions:
        if each.id not in known:
            added.setdefault(each.id, each)
    rows = [_question_row(each, new[each.new_group] if each.group is None else each.group) for each in added.values()]
    if rows:
        await connection.execute(insert(_questions), rows)
    for group, number in Counter(row["group_id"] for row in rows).items():
        newest = max(row["at"] for row in rows if row["group_id"] == group)
        here = update(_groups).where(_groups.c.id == group)
        await connection.execute(here.values(count=_groups.c.count + number, newest=newest))


def _question_row(question: Collected, group: int) -> dict[str, Any]:
    return {
        "id": question.id,
        "group_id": group,
        "text": question.text,
        "language": question.language,
        "outcome": question.outcome,
        "near": json.dumps([[miss.id, miss.confidence] for miss in question.near]),
        "at": question.at,
    }


async def _add_number(connection: AsyncConnection, table: Table, keys: Mapping[str, object], number: int) -> None:
    here = [table.c[name] == value for name, value in keys.items()]
    changed = await connection.execute(update(table).where(*here).values(number=table.c.number + number))
    if not changed.rowcount:
        await connection.execute(insert(table).values(number=number, **keys))


def _group(row: AnyRow) -> QuestionGroup:
    identifier, state, count, newest, embedding, kind, target, decided_at = tuple(row)
    attached = TeachingTarget(kind, target) if kind else None
    return QuestionGroup(identifier, state, count, newest, embedding, attached, decided_at)


def _question(row: AnyRow) -> UnansweredQuestion:
    near = tuple(NearMiss(name, confidence) for name, confidence in json.loads(row.near))
    return UnansweredQuestion(row.id, row.group_id, row.text, row.language, row.outcome, near, row.at)


def _teaching(row: AnyRow) -> Teaching:
    target = TeachingTarget(row.target_kind, row.target)
    return Teaching(row.group_id, target, row.draft, row.digest, row.at)
