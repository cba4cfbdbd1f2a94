"""The state of the page, and the events that it sends while the sandbox and the bot change.

Everything runs in one event loop: the sandbox's Bot API, the page's connections, and the tasks below. The sandbox calls
`_on_message` for each changed message. The other events come from tasks that compare the current state with the last
one that was sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.sandbox.page.bot_status import BotStatus
from bot.sandbox.page.calls import CallFeed
from bot.sandbox.page.feed import Feed
from bot.sandbox.page.network import Network
from bot.sandbox.page.people import People
from bot.sandbox.page.ports import Json, Ports
from bot.sandbox.page.subscribers import Subscribers
from bot.sandbox.page.views import key_of, show_chats, show_message, show_people, show_profiles
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Chat

#: Seconds between two checks of the bot's health.
_HEALTH = 0.5
#: Seconds between two checks of the knowledge files.
_KNOWLEDGE = 1.0
#: Seconds between two checks of the bot's profile.
_PROFILES = 0.5


class Page:
    """The state that all open pages share."""

    def __init__(self, sandbox: Sandbox, ports: Ports) -> None:
        self.sandbox, self.ports = sandbox, ports
        self.feed = Feed()
        self.people = People(sandbox)
        self.network = Network(sandbox)
        self.subscribers = Subscribers(sandbox, ports.languages)
        self.calls = CallFeed(sandbox)
        self.tour: Json = {"step": 0}
        self.reset = asyncio.Event()
        self.actions = 0  #: the number of executed actions
        self.bot = BotStatus(ports)
        self._sent_bot: Json = {}
        self._sent_people: list[Json] = []
        self._knowledge: Json = {}
        self._profiles: Json = {}
        self._keyboards: dict[int, Json | None] = {}
        self._background: set[asyncio.Task[None]] = set()
        sandbox.state.observers.append(self._on_message)
        ports.bot.on_change = self._publish_bot

    async def run(self) -> None:
        """Send events until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_repeat(_HEALTH, self._look_at_bot))
            tasks.create_task(_repeat(_KNOWLEDGE, self._look_at_knowledge))
            tasks.create_task(_repeat(_PROFILES, self._look_at_profiles))
            tasks.create_task(self.calls.run(self.feed))
            tasks.create_task(self.subscribers.run(self.feed))

    def snapshot(self) -> Json:
        """Everything that a page shows after it connects."""
        return {
            "people": show_people(self.sandbox, self.people),
            "chats": show_chats(self.sandbox, self.people),
            "profiles": show_profiles(self.sandbox, self.people),
            "bot": self.bot.as_json(self.sandbox.state.bot["username"]),
            "faults": self.network.faults,
            "languages": list(self.ports.languages),
            "tour": self.tour,
            "subscribers": self.subscribers.counts(),
            "knowledge": self._knowledge,
            "group": self.people.group,
        }

    @property
    def stamp(self) -> tuple[int, int]:
        """A value that changes with everything that is stored: people change it by actions, the bot by calls."""
        return self.actions, len(self.sandbox.record.calls)

    def start(self, work: Awaitable[None]) -> None:
        """Run a task for an action; it ends with the page."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def publish_people(self) -> None:
        """Send all people if any of them has changed."""
        if (people := show_people(self.sandbox, self.people)) != self._sent_people:
            self._sent_people = people
            self.feed.publish("people", people=people)

    def _publish_bot(self) -> None:
        """Send the state of the bot if it has changed."""
        if (bot := self.bot.as_json(self.sandbox.state.bot["username"])) != self._sent_bot:
            self._sent_bot = bot
            self.feed.publish("bot", **bot)

    def _on_message(self, chat: Chat, message_id: int) -> None:
        """Send a new, changed or deleted message to everybody who sees it."""
        message, bot = chat.messages.get(message_id), self.sandbox.state.bot_id
        keyboard_changed = self._keyboards.get(chat.id) != chat.keyboard
        self._keyboards[chat.id] = chat.keyboard
        for person in self.people.viewers(chat):
            key = key_of(person, chat.id)
            if message is None:
                self.feed.publish("deleted", key=key, id=message_id)
            elif shown := show_message(message, person, bot):
                self.feed.publish("message", key=key, message=shown)
            if keyboard_changed:
                self.feed.publish("keyboard", key=key, keyboard=chat.keyboard)

    async def _look_at_bot(self) -> None:
        await self.bot.look()
        self._publish_bot()

    async def _look_at_knowledge(self) -> None:
        saved, served = await self.ports.knowledge.digest(), await self.ports.knowledge.served_digest()
        knowledge = {"digest": saved, "served": saved == served}
        if knowledge != self._knowledge:
            self._knowledge = knowledge
            self.feed.publish("knowledge", **knowledge)

    async def _look_at_profiles(self) -> None:
        profiles = show_profiles(self.sandbox, self.people)
        if profiles != self._profiles:
            self._profiles = profiles
            self.feed.publish("profiles", profiles=profiles)


async def _repeat(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Repeat the work. If a file or a connection is missing, it is tried again."""
    while True:
        with suppress(OSError, TimeoutError):
            await work()
        await asyncio.sleep(seconds)
