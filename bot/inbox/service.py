"""The inbox: collecting what could not be answered, and what staff decide on it."""

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

#: Groups on a page, and questions of one that are looked at for examples.
PAGE, _LOOKED_AT = 5, 60
_WEEK = timedelta(days=7)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the groups that wait for staff."""

    groups: Sequence[QuestionGroup]
    examples: Sequence[Sequence[UnansweredQuestion]]  #: of each group, newest first
    page: int  #: from 1
    pages: int
    total: int  #: groups
    won: int  #: answers of the last seven days that taught phrasings won


class InboxService:
    """Collects questions, shows groups and keeps what staff decide. `on_taught` are told of each taught group."""

    def __init__(self, store: InboxStore, collector: Collector, now: Callable[[], datetime]) -> None:
        self.store = store
        self.collector = collector
        self.on_taught: list[OnTaught] = []
        self._now = now

    async def collect(self, asked: AskedQuestion) -> int | None:
        """Collect a question whose reply names its group, which is None when it was answered or is not stored yet.

        Returns within a second and never fails.
        """
        return await self.collector.collect(asked, GROUP_PATIENCE)

    async def page(self, number: int) -> InboxPage:
        """A page of the groups that wait; the last one when there are fewer. StorageError."""
        now = self._now()
        groups, total = await self.store.waiting_groups(now, PAGE, (number - 1) * PAGE)
        pages = max(-(-total // PAGE), 1)
        if number > pages:
            return await self.page(pages)
        examples = [await self.examples(group.id, 2) for group in groups]
        won = await self.store.won_since((now - _WEEK).date())
        return InboxPage(groups, examples, number, pages, total, won)

    async def waiting(self, most: int) -> Sequence[QuestionGroup]:
        """The groups that wait, the largest first. StorageError."""
        return (await self.store.waiting_groups(self._now(), most))[0]

    async def examples(self, group: int, most: int) -> list[UnansweredQuestion]:
        """Questions of a group with different texts, newest first. StorageError."""
        found: dict[str, UnansweredQuestion] = {}
        for question in await self.store.questions_of(group, _LOOKED_AT):
            found.setdefault(question.text.casefold(), question)
        return list(found.values())[:most]

    async def decide(
        self, group: int, state: GroupState, person: int | None, target: TeachingTarget | None = None
    ) -> bool:
        """Keep what staff decided, with a line in the audit; False when the group is gone. StorageError."""
        entry = AuditEntry(self._now(), person, "inbox", f"group {group}", "", state)
        found = await self.store.decide_group(group, state, target, self._now(), entry)
        if found:
            self.collector.note_decision(group, state, target)
        return found

    async def mark_taught(self) -> list[int]:
        """Mark the groups whose teaching was published; which those were. Run after a publication and at the start.

        A kill between publishing and this call is made good by the next start.
        """
        settled = []
        for teaching, published in await self.store.teachings():
            if published:
                for tell in self.on_taught:  # first: after a kill it is done again
                    await tell(teaching.group, teaching.target)
                await self.store.mark_taught(teaching)
                self.collector.note_decision(teaching.group, "taught", teaching.target)
                settled.append(teaching.group)
        return settled

    async def start(self) -> None:
        """Settle what a crash left open; never fails."""
        try:
            await self.mark_taught()
        except StorageError as error:
            log.warning("teachings_not_settled", reason=str(error))
