"""Ports of the inbox, as Protocols (structural; no inheritance)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Protocol, TypeAlias

from bot.inbox.model import (
    AnsweredDigest,
    GroupState,
    InboxBatch,
    QuestionGroup,
    Teaching,
    TeachingTarget,
    UnansweredOutcome,
    UnansweredQuestion,
)
from bot.people.ports import AuditEntry

#: Called at least once after each group was taught; must not fail, and must be idempotent.
OnTaught: TypeAlias = Callable[[int, TeachingTarget], Awaitable[None]]


class InboxStore(Protocol):
    """The storage of the inbox; every method raises StorageError."""

    async def all_groups(self) -> Sequence[QuestionGroup]:
        """Every group in any state, by id."""

    async def waiting_groups(self, now: datetime, limit: int, offset: int = 0) -> tuple[Sequence[QuestionGroup], int]:
        """The groups that staff should see, the largest first, then the newest; and their total number."""

    async def group(self, identifier: int) -> QuestionGroup | None:
        """A group in any state."""

    async def questions_of(self, group: int, limit: int) -> Sequence[UnansweredQuestion]:
        """The newest questions of a group, newest first."""

    async def question(self, identifier: int) -> UnansweredQuestion | None:
        """A question, while it is stored."""

    async def write_batch(self, batch: InboxBatch, now: datetime) -> Sequence[int]:
        """Write everything in one transaction; return the ids of new groups. Skips questions with known ids."""

    async def change_outcome(self, question: int, outcome: UnansweredOutcome) -> None:
        """Change why a question counts as unanswered, if it is still stored."""

    async def decide_group(
        self, group: int, state: GroupState, target: TeachingTarget | None, at: datetime, entry: AuditEntry | None
    ) -> bool:
        """Store staff's decision with its audit entry; return False if there is no such group."""

    async def keep_teaching(self, teaching: Teaching) -> None:
        """Store what a draft attaches, for two days."""

    async def teachings(self) -> Sequence[tuple[Teaching, bool]]:
        """The teachings that wait, and whether a version with the digest of each was published since."""

    async def mark_taught(self, teaching: Teaching) -> None:
        """Mark the group as taught and delete the teaching, in one transaction."""

    async def digests(self) -> Sequence[AnsweredDigest]:
        """The digests of the last 30 days."""

    async def gained_since(self, day: date) -> int:
        """The number of answers since that day that citizens got because of teaching."""
