"""A crowd of subscribers for a trial: people who have pressed start, a third of them in each language."""

from collections import Counter
from dataclasses import dataclass

from rich.progress import Progress

from bot.i18n.languages import LANGUAGES
from bot.sandbox import Sandbox
from bot.sandbox.limits import Limits

#: People who press start at once: the bot answers each.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class TestSubscribers:
    """The people, and where the record of what the bot sent them begins."""

    people: tuple[int, ...] = ()
    since: int = 0

    def told(self, sandbox: Sandbox) -> str:
        """How many messages the people got since they pressed start."""
        mine = set(self.people)
        calls = sandbox.calls(start=self.since)
        sent = Counter(call.chat_id for call in calls if call.accepted and call.message_id and call.chat_id in mine)
        have = Counter(sent[person] for person in self.people)
        parts = [f"{have[number]:,} got {number or 'none'}" for number in sorted(have)]
        return f"Of {len(self.people):,} subscribers " + ", ".join(parts) + "."


async def gather(sandbox: Sandbox, number: int) -> TestSubscribers:
    """So many people press start, and from then on Telegram takes 30 messages a second, as the real one does."""
    people = tuple(
        sandbox.person(f"Citizen {place}", language=LANGUAGES[place % len(LANGUAGES)]) for place in range(number)
    )
    with Progress(transient=True) as progress:
        task = progress.add_task("Subscribers press start", total=number)
        for start in range(0, number, _AT_ONCE):
            for person in people[start : start + _AT_ONCE]:
                sandbox.start(person)
            await sandbox.wait_until_confirmed(within=60.0)
            progress.advance(task, _AT_ONCE)
    sandbox.set_limits(Limits())
    return TestSubscribers(people, len(sandbox.calls()))
