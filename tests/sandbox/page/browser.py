"""What a browser does with the sandbox page: it opens the address, keeps the cookie, and speaks over the WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass
class Browser:
    """An open page: the snapshot, the events since then, and what each chat shows now."""

    socket: aiohttp.ClientWebSocketResponse
    root: str
    session: aiohttp.ClientSession
    snapshot: Json = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    chats: dict[str, dict[int, Json]] = field(default_factory=dict)
    _replies: dict[int, asyncio.Future[Json]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Receive what the server sends, until the connection ends."""
        async for frame in self.socket:
            event = json.loads(frame.data)
            if "event" in event:
                self._take(event)
            elif event["re"] in self._replies:
                self._replies[event["re"]].set_result(event)
            self._changed.set()
        self._changed.set()

    def _take(self, event: Json) -> None:
        self.events.append(event)
        match event["event"]:
            case "snapshot":
                self.snapshot = event
                self.chats = {chat["key"]: {each["id"]: each for each in chat["messages"]} for chat in event["chats"]}
            case "message":
                self.chats[event["key"]][event["message"]["id"]] = event["message"]
            case "deleted":
                self.chats[event["key"]].pop(event["id"], None)
            case _:
                pass

    async def do(self, action: str, **given: Any) -> Json:
        """Do an action that must succeed; return its result."""
        reply = await self.reply(action, **given)
        assert reply["ok"], reply
        return dict(reply["result"])

    async def refused(self, action: str, **given: Any) -> str:
        """Do an action that must be refused; return the sentence that says why."""
        reply = await self.reply(action, **given)
        assert not reply["ok"], reply
        return str(reply["error"])

    async def reply(self, action: str, **given: Any) -> Json:
        number = len(self._replies)
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "do": action, **given})
        return await asyncio.wait_for(self._replies[number], 60)

    async def until(self, found: Callable[[], Any], within: float = 150.0) -> Any:
        """Wait until `found` returns something, and return that."""
        async with asyncio.timeout(within):
            while not (result := found()):
                self._changed.clear()
                await self._changed.wait()
        return result

    async def event(self, name: str, **fields: Any) -> Json:
        """Wait for an event with this name and these fields, and return the newest."""

        def fits(event: Json) -> bool:
            return event["event"] == name and all(event.get(key) == value for key, value in fields.items())

        found: Json = await self.until(lambda: next((each for each in reversed(self.events) if fits(each)), None))
        return found

    def key(self, name: str) -> str:
        """The key of this person's chat with the bot."""
        number = self.person(name)["id"]
        return f"{number}:{number}"

    def person(self, name: str) -> Json:
        return next(dict(person) for person in self.snapshot["people"] if person["name"] == name)

    async def ask(self, key: str, text: str) -> Json:
        """Write a text; return the bot's next message."""
        before = set(self.chats[key])
        await self.do("write", key=key, text=text)
        return await self.answer(key, before)

    async def answer(self, key: str, before: set[int]) -> Json:
        """Wait for a message of the bot that is not in `before`, and return it."""
        found: Json = await self.until(
            lambda: next((each for id_, each in self.chats[key].items() if id_ not in before and not each["out"]), None)
        )
        return found

    async def press(self, key: str, label: str) -> Json:
        """Press the newest button whose label has these words; return the notice."""
        message, row, column = next(
            (message, row, column)
            for message in sorted(self.chats[key], reverse=True)
            for row, buttons in enumerate(self.chats[key][message]["buttons"])
            for column, button in enumerate(buttons)
            if label in button["text"]
        )
        pressed = await self.do("press", key=key, message=message, row=row, column=column)
        return await self.event("notice", query_id=pressed["query_id"])


@asynccontextmanager
async def browser_at(address: str) -> AsyncIterator[Browser]:
    """Open the page and wait for its first snapshot."""
    root = address.partition("/?")[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(address):
            pass
        async with session.ws_connect(f"{root}/socket", origin=root, max_msg_size=0) as socket:
            browser = Browser(socket, root, session)
            listening = asyncio.create_task(browser.listen())
            await browser.until(lambda: browser.snapshot)
            yield browser
            listening.cancel()
