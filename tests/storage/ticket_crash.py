"""A bot that is killed at each write while it handles a ticket and a wish, and then restarted.

Each message that is sent is a line in a file: the number of the kill, the kind and the chat. After a kill the
interrupted action is repeated, as Telegram repeats an unconfirmed update. Prints `done` and the number of kills.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.broadcasts.delivery import Outcome, Sent
from bot.inbox.tickets.model import NewTicket, Opened, OwedMessage, Wish, settle_owed
from bot.storage import Store, open_store
from tests.storage.crash import KILLED, exit_before

_NOON, _HOUR = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(hours=1)
_STAFF: Collection[int] = (-900,)


class Story:
    """One citizen's story; what was confirmed is not done again."""

    def __init__(self, number: int, sent: Path) -> None:
        self._number = number
        self._sent = sent
        self._confirmed = sent.with_suffix(f".{number}")

    async def run(self, store: Store, now: datetime) -> None:
        await store.recover_owed(_STAFF, now)
        await self._once("open", lambda: self._open(store, now))
        await self._deliver(store, now + _HOUR)
        await self._once("answer", lambda: self._answer(store, now))
        await self._deliver(store, now + _HOUR)
        await self._once("wish", lambda: self._wish(store, now))
        await self._once("teach", lambda: store.grant_wishes(self._number, "Where?", now))
        await self._deliver(store, now + _HOUR)

    async def _once(self, act: str, work: Callable[[], Awaitable[object]]) -> None:
        done = self._confirmed.read_text() if self._confirmed.exists() else ""
        if act not in done:
            await work()
            self._confirmed.write_text(f"{done} {act}")

    async def _open(self, store: Store, now: datetime) -> int:
        ticket = NewTicket(
            question=self._number,
            chat=self._number,
            person=self._number,
            message=1,
            language="en",
            text="Where?",
            group=None,
        )
        opened = await store.open_ticket(ticket, _STAFF, now)
        assert isinstance(opened, Opened)
        return opened.ticket.id

    async def _answer(self, store: Store, now: datetime) -> None:
        ticket = await self._open(store, now)
        await store.answer_ticket(ticket, 22, "There.", now)

    async def _wish(self, store: Store, now: datetime) -> None:
        await store.keep_wish(
            Wish(chat=self._number, person=self._number, group=self._number, message=1, language="en", created_at=now)
        )

    async def _deliver(self, store: Store, now: datetime) -> None:
        while claimed := await store.claim_owed(10, now):
            settled = [(message, settle_owed(message, self._send(message), now)) for message in claimed]
            await store.settle_owed(settled, _STAFF, now)

    def _send(self, message: OwedMessage) -> Outcome:
        with self._sent.open("a") as file:
            file.write(f"{self._number} {message.kind} {message.chat}\n")
        return Sent(message.id)


async def _tell(address: str, story: Story, now: datetime) -> None:
    async with open_store(address) as store:
        await story.run(store, now)


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(address: str, sent: str, every: int) -> None:
    """Kill at every `every`th write, start again, and go on, until a story ends before it is its turn."""
    for number in range(1, 200, every):
        story = Story(number, Path(sent))

        def killed(number: int = number, story: Story = story) -> None:
            exit_before(number, ("INSERT", "UPDATE", "DELETE"))
            asyncio.run(_tell(address, story, _NOON))

        def again(story: Story = story) -> None:
            asyncio.run(_tell(address, story, _NOON + 3 * _HOUR))

        code = _forked(killed)
        if code != KILLED:
            sys.stdout.write(f"{'done' if code == 0 else f'failed with {code}'} {number}\n")
            return
        if (code := _forked(again)) != 0:
            sys.stdout.write(f"failed after a kill with {code} {number}\n")
            return
