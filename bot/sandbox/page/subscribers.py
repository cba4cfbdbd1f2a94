"""Simulated subscribers: people without a chat on the page, for whom only counts are shown."""

import asyncio

from bot.sandbox.call_log import SENDS, Call
from bot.sandbox.limits import Limits
from bot.sandbox.page.feed import Feed
from bot.sandbox.page.inputs import MAX_SUBSCRIBERS
from bot.sandbox.page.ports import Json, Refusal
from bot.sandbox.server import Sandbox

#: The number of people who press Start at once.
_AT_ONCE = 100
#: Seconds for the bot to greet them.
_GREETING = 120.0
#: Seconds between two events.
_PAUSE = 0.5


class Subscribers:
    """The simulated subscribers, and how many received the newest broadcast.

    A broadcast is recognised by its texts, one for each language: a new text in a language starts a new broadcast.
    """

    def __init__(self, sandbox: Sandbox, languages: tuple[str, ...]) -> None:
        self._sandbox, self._languages = sandbox, languages
        self.people: dict[int, str] = {}  #: id -> language
        self._greeted: dict[int, int] = {}  #: id -> the number of the first call that is not a greeting
        self._texts: dict[str, str] = {}
        self._copies: dict[int, int] = {}
        self._failed: set[int] = set()
        self._read = 0
        self._joining = 0

    def counts(self) -> Json:
        """The number of subscribers, and how many got the newest broadcast, got it twice, or cannot get it."""
        return {
            "total": len(self.people),
            "received": len(self._copies),
            "twice": sum(copies > 1 for copies in self._copies.values()),
            "failed": len(self._failed),
            "joining": self._joining,
        }

    def restore(self, saved: Json) -> None:
        """The inverse of `dump`."""
        self.people = {int(person): language for person, language in saved["people"].items()}
        self._texts = saved["texts"]
        self._copies = {int(person): copies for person, copies in saved["copies"].items()}
        self._failed = set(saved["failed"])

    def dump(self) -> Json:
        """Their stored data, except accounts."""
        return {
            "people": self.people,
            "texts": self._texts,
            "copies": self._copies,
            "failed": list(self._failed),
        }

    def check(self, count: int) -> None:
        """Raise Refusal if there would be too many, or if others are still joining."""
        if self._joining:
            raise Refusal(f"{self._joining} subscribers are still joining.", "joining", count=self._joining)
        if len(self.people) + count > MAX_SUBSCRIBERS:
            raise Refusal(
                f"There can be {MAX_SUBSCRIBERS} subscribers; there are {len(self.people)}.",
                "full",
                count=MAX_SUBSCRIBERS,
            )

    async def add(self, count: int) -> None:
        """Let this many more people press Start; meanwhile the bot has no rate limit."""
        self._joining = count
        self._sandbox.set_limits(None)
        try:
            while self._joining:
                await self._let_join(min(self._joining, _AT_ONCE))
        except TimeoutError:
            pass  # the bot is down; those who joined count
        finally:
            self._joining = 0
            self._sandbox.set_limits(Limits())

    async def _let_join(self, count: int) -> None:
        """The bot confirms updates before it has handled them, so wait for the greetings."""
        sandbox, joined = self._sandbox, len(self.people)
        some = {}
        for place in range(joined, joined + count):
            language = self._languages[place % len(self._languages)]
            some[sandbox.person(f"Citizen {place + 1}", language=language)] = language
        for person in some:
            sandbox.start(person)
        await asyncio.gather(*(sandbox.wait_for_replies(person, within=_GREETING) for person in some))
        self._greeted |= dict.fromkeys(some, len(sandbox.record.calls))
        self.people |= some
        self._joining -= count

    async def run(self, feed: Feed) -> None:
        """Send the counts when they change, at most twice a second, until cancelled."""
        sent = self.counts()
        while True:
            self._read_calls()
            if (counts := self.counts()) != sent:
                feed.publish("subscribers", **counts)
                sent = counts
            await asyncio.sleep(_PAUSE)

    def _read_calls(self) -> None:
        calls = self._sandbox.record.calls
        for number, call in enumerate(calls[self._read :], self._read):
            person = call.chat_id
            if person in self.people and number >= self._greeted.get(person, 0) and call.method.lower() in SENDS:
                self._count(person, call)
        self._read = len(calls)

    def _count(self, person: int, call: Call) -> None:
        if call.status == 403:
            self._failed.add(person)
        if not call.accepted:
            return
        language = self.people[person]
        if self._texts.get(language, call.text) != call.text:
            self._texts, self._copies, self._failed = {}, {}, set()
        self._texts[language] = call.text
        self._copies[person] = self._copies.get(person, 0) + 1
