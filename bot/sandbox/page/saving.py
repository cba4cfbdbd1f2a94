"""Stores the state of the page, so that a restart of `minsheng sandbox` continues where it stopped.

One JSON file holds everything except the contents of files, which are stored as separate files. It is written after
changes, at most every two seconds, and less often if writing takes long (5,000 subscribers): writing takes at most a
fiftieth of the time.
"""

import asyncio
import json
import threading
import time
from contextlib import suppress

from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Json
from bot.sandbox.page.views import MAX_MESSAGES
from bot.sandbox.persistence import dump, restore

_STATE = "telegram.json"
_FILE = "file-"
#: Changes whenever earlier stored states become unreadable.
_VERSION = 2
#: The number of messages that are stored of a subscriber's chat: the newest broadcast, which can still be recalled.
_SUBSCRIBERS_MESSAGES = 2
#: The most bytes of contents that are stored; the newest are kept.
_MAX_BYTES = 200_000_000
#: Seconds between two saves: at least this many, and at least `_SHARE` times the duration of the last one.
_PAUSE, _SHARE = 2.0, 50
#: Added to all numbers after a crash of the sandbox. What was not stored in time may have reached the bot, which
#: handles no update twice. After a normal stop there is no gap, because the bot would take missing message numbers for
#: a restored database.
_GAP_AFTER_CRASH = 1000


def load(page: Page) -> bool:
    """Load the stored state; return False and change nothing if there is none that can be read."""
    try:
        saved = json.loads(page.ports.store.read(_STATE) or b"{}")
    except ValueError:
        return False
    if saved.get("version") != _VERSION:
        return False
    store = page.ports.store
    contents = {name.removeprefix(_FILE): store.read(name) or b"" for name in store.names() if name.startswith(_FILE)}
    restore(page.sandbox.state, saved["telegram"], contents, gap=0 if saved.get("complete") else _GAP_AFTER_CRASH)
    page.people.restore(saved["people"])
    page.subscribers.restore(saved["subscribers"])
    page.tour = saved["tour"]
    return True


class Saver:
    """Stores the state of a page when it changes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._stored_files: set[str] = set()
        self._stamp = (-1, -1)
        self._writing = threading.Lock()
        self._is_closed = False

    async def run(self) -> None:
        """Store changes until cancelled; retries if the disk is full."""
        while True:
            began, stamp = time.perf_counter(), self._page.stamp
            with suppress(OSError):
                if stamp != self._stamp:
                    await asyncio.to_thread(self._write, self._dump())
                    self._stamp = stamp
            await asyncio.sleep(max(_PAUSE, _SHARE * (time.perf_counter() - began)))

    def save(self) -> None:
        """Store the final state after a normal stop. Raises OSError on failure."""
        with self._writing:
            self._is_closed = True
        self._replace(self._dump(complete=True))

    def _dump(self, *, complete: bool = False) -> bytes:
        page = self._page
        telegram = dump(page.sandbox.state, MAX_MESSAGES)
        for chat in telegram["chats"]:
            if chat[0]["id"] in page.subscribers.people:
                chat[2] = chat[2][-_SUBSCRIBERS_MESSAGES:]
        state: Json = {
            "version": _VERSION,
            "complete": complete,
            "telegram": telegram,
            "people": page.people.dump(),
            "subscribers": page.subscribers.dump(),
            "tour": page.tour,
        }
        return json.dumps(state).encode()

    def _write(self, content: bytes) -> None:
        """In a thread that a cancellation does not stop: it must not replace the final state."""
        with self._writing:
            if not self._is_closed:
                self._replace(content)

    def _replace(self, content: bytes) -> None:
        """The files first, because the state refers to them."""
        store, kept = self._page.ports.store, self._kept_files()
        for name, body in kept.items():
            if name not in self._stored_files:
                store.write(name, body)
        store.write(_STATE, content)
        for name in store.names():
            if name.startswith(_FILE) and name not in kept:
                store.remove(name)
        self._stored_files = set(kept)

    def _kept_files(self) -> dict[str, bytes]:
        left, kept = _MAX_BYTES, {}
        for file in reversed(list(self._page.sandbox.state.files.values())):
            left -= len(file.content)
            if left < 0:
                break
            kept[_FILE + file.id] = file.content
        return kept
