"""Simulated subscribers to try a broadcast on, a third of them in each language."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from rich.progress import Progress

from bot.i18n.languages import LANGUAGES
from bot.sandbox import Sandbox
from bot.sandbox.limits import Limits

#: How many press Start at once; the bot answers each.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class SandboxSubscribers:
    """The ids of the people, and the first call that counts as a message to them."""

    people: tuple[int, ...] = ()
    since: int = 0

    def format_counts(self, sandbox: Sandbox) -> str:
        """A sentence with the number of messages that they received since they pressed Start."""
        mine = set(self.people)
        calls = sandbox.calls(start=self.since)
        sent = Counter(call.chat_id for call in calls if call.accepted and call.message_id and call.chat_id in mine)
        have = Counter(sent[person] for person in self.people)
        parts = [f"{have[number]:,} got {number or 'none'}" for number in sorted(have)]
        return f"Of {len(self.people):,} subscribers " + ", ".join(parts) + "."


async def add_subscribers(sandbox: Sandbox, number: int) -> SandboxSubscribers:
    """Add people who press Start, then apply Telegram's real limit of 30 messages per second."""
    people = tuple(
        sandbox.person(f"Citizen {place}", language=LANGUAGES[place % len(LANGUAGES)]) for place in range(number)
    )
    with Progress(transient=True) as progress:
        task = progress.add_task("Subscribers press Start", total=number)
        for start in range(0, number, _AT_ONCE):
            some = people[start : start + _AT_ONCE]
            for person in some:
                sandbox.start(person)
            # An update may be confirmed before it is handled, so wait for the greetings.
            await asyncio.gather(*(sandbox.wait_for_replies(person, within=60.0) for person in some))
            progress.advance(task, _AT_ONCE)
    sandbox.set_limits(Limits())
    return SandboxSubscribers(people, len(sandbox.calls()))
