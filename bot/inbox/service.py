"""The inbox: collects unanswered questions, and stores staff's decisions on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.errors import StorageError
from bot.inbox.collecting import GROUP_PATIENCE, Collector
from bot.inbox.model import GroupState, QuestionGroup, TeachingTarget, UnansweredQuestion
from bot.inbox.ports import InboxStore, OnTaught
from bot.inbox.questions import AskedQuestion
from bot.people.ports import AuditEntry

#: The groups on a page, and the questions of a group that are searched for examples.
PAGE, _LOOKED_AT = 5, 60
_WEEK = timedelta(days=7)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the groups that wait for staff."""

    groups: Sequence[QuestionGroup]
    examples: Sequence[Sequence[UnansweredQuestion]]  #: for each group, newest first
    page: int  #: starts at 1
    pages: int
    total: int  #: number of groups
    gained: int  #: answers of the last seven days that citizens got because of teaching


class InboxService:
    """Collects questions, shows groups and stores staff's decisions. `on_taught` are called for each taught group."""

    def __init__(self, store: InboxStore, collector: Collector, now: Callable[[], datetime]) -> None:
        self.store = store
        self.collector = collector
        self.on_taught: list[OnTaught] = []
        self._now = now

    async def collect(self, asked: AskedQuestion) -> int | None:
        """Collect a question; return its group, or None if it was answered or is not stored yet.

        Returns within a second and never fails.
        """
        return await self.collector.collect(asked, GROUP_PATIENCE)

    async def page(self, number: int) -> InboxPage:
        """A page of the waiting groups; the last page if there are fewer. Raises StorageError."""
        now = self._now()
        groups, total = await self.store.waiting_groups(now, PAGE, (number - 1) * PAGE)
        pages = max(-(-total // PAGE), 1)
        if number > pages:
            return await self.page(pages)
        examples = [await self.examples(group.id, 2) for group in groups]
        gained = await self.store.gained_since((now - _WEEK).date())
        return InboxPage(groups, examples, number, pages, total, gained)

    async def waiting(self, most: int) -> Sequence[QuestionGroup]:
        """The waiting groups, the largest first. Raises StorageError."""
        return (await self.store.waiting_groups(self._now(), most))[0]

    async def examples(self, group: int, most: int) -> list[UnansweredQuestion]:
        """Questions of a group with different texts, newest first. Raises StorageError."""
        found: dict[str, UnansweredQuestion] = {}
        for question in await self.store.questions_of(group, _LOOKED_AT):
            found.setdefault(question.text.casefold(), question)
        return list(found.values())[:most]

    async def decide(
        self, group: int, state: GroupState, person: int | None, target: TeachingTarget | None = None
    ) -> bool:
        """Store a decision with an audit entry; return False if the group no longer exists. Raises StorageError."""
        entry = AuditEntry(self._now(), person, "inbox", f"group {group}", "", state)
        found = await self.store.decide_group(group, state, target, self._now(), entry)
        if found:
            self.collector.note_decision(group, state, target)
        return found

    async def mark_taught(self) -> list[int]:
        """Mark the groups whose teaching was published, and return them. Call it after a publication and at the start.

        After a kill between publishing and this call, the next start does it.
        """
        settled = []
        for teaching, published in await self.store.teachings():
            if published:
                for tell in self.on_taught:  # before marking: after a kill it is done again
                    await tell(teaching.group, teaching.target)
                await self.store.mark_taught(teaching)
                self.collector.note_decision(teaching.group, "taught", teaching.target)
                settled.append(teaching.group)
        return settled

    async def start(self) -> None:
        """Complete what a crash interrupted; never fails."""
        try:
            await self.mark_taught()
        except StorageError as error:
            log.warning("teachings_not_settled", reason=str(error))
