"""Tickets and wishes: a citizen asks the city, a person answers, and teaching answers everyone who waits."""

from collections.abc import Callable, Collection
from datetime import datetime

from bot.inbox.model import TeachingTarget
from bot.inbox.ports import InboxStore
from bot.inbox.tickets.model import REMIND_AFTER, AnswerResult, NewTicket, Opened, OpenResult
from bot.inbox.tickets.ports import TicketStore
from bot.people.roles import RoleService

#: The number of a group's questions that are searched for one in the asker's language.
_LOOKED_AT = 30


class StaffChats:
    """The chats that get tickets: the staff chat in the settings, or else those of everyone with a role."""

    def __init__(self, roles: RoleService, staff_chat: int | None) -> None:
        self._roles = roles
        self._staff_chat = staff_chat

    def exist(self) -> bool:
        """Whether there is one, as far as known without the storage."""
        return self._staff_chat is not None or self._roles.has_members()

    async def ids(self) -> Collection[int]:
        """The ids; raises StorageError."""
        return (self._staff_chat,) if self._staff_chat is not None else sorted(await self._roles.member_ids())


class TicketService:
    """Opens, answers and closes tickets. `staff` are notified; `wake` starts the delivery."""

    def __init__(
        self,
        store: TicketStore,
        questions: InboxStore,
        *,
        staff: StaffChats,
        wake: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self.store = store
        self._questions = questions
        self._staff = staff
        self._wake = wake
        self._now = now

    def can_be_asked(self) -> bool:
        """Whether anyone can answer tickets."""
        return self._staff.exist()

    async def open(self, ticket: NewTicket) -> OpenResult:
        """Open the ticket of a question, which has at most one. Raises StorageError."""
        opened = await self.store.open_ticket(ticket, await self._staff.ids(), self._now())
        if isinstance(opened, Opened):
            self._wake()
        return opened

    async def answer(self, ticket: int, person: int, answer: str) -> AnswerResult:
        """Answer an open ticket; the caller has just checked the person's role. Raises StorageError."""
        result = await self.store.answer_ticket(ticket, person, answer, self._now())
        self._wake()
        return result

    async def reopen(self, ticket: int) -> bool:
        """Reopen a ticket whose answer did not help; return False if it is not answered. Raises StorageError."""
        reopened = await self.store.reopen_ticket(ticket, await self._staff.ids(), self._now())
        self._wake()
        return reopened

    async def remind(self) -> None:
        """Remind staff once of each ticket that has waited for a day. Raises StorageError."""
        now = self._now()
        if await self.store.remind(now - REMIND_AFTER, await self._staff.ids(), now):
            self._wake()

    async def on_taught(self, group: int, _: TeachingTarget) -> None:
        """Notify everyone who asked a question of this group; a second call sends nothing. Raises StorageError."""
        questions = await self._questions.questions_of(group, _LOOKED_AT)
        if await self.store.grant_wishes(group, questions[0].text if questions else "", self._now()):
            self._wake()
