"""Stores what people did, so that a restart of `minsheng sandbox` goes on where it was left.

One JSON file holds everything but the contents of files, each of which is a file of its own. It is written when
something has changed, at most every two seconds, and more rarely when writing takes long (5,000 subscribers): writing
takes at most a fiftieth of the time.
"""

import asyncio
import json
import threading
import time
from contextlib import suppress

from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Json
from bot.sandbox.page.views import MOST_MESSAGES
from bot.sandbox.persistence import dump, restore

_STATE = "telegram.json"
_FILE = "file-"
#: Changes when a stored state can no longer be read.
_VERSION = 2
#: Messages that are stored of a subscriber's chat: the newest broadcast, which can still be recalled.
_SUBSCRIBERS_MESSAGES = 2
#: Bytes of contents that are stored; of more, the newest.
_MOST_BYTES = 200_000_000
_PAUSE, _SHARE = 2.0, 50
#: Added to all numbers when the sandbox crashed. What was not stored in time may have reached the bot, which handles no
#: update twice. After an orderly end there is no gap: the bot takes missing message numbers for a restored database.
_GAP_AFTER_CRASH = 1000


def load(page: Page) -> bool:
    """Take over the stored state; False, with nothing changed, if there is none that can be read."""
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
    """Stores the state of a page while it changes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._stored_files: set[str] = set()
        self._stamp = (-1, -1)
        self._writing = threading.Lock()
        self._is_closed = False

    async def run(self) -> None:
        """Store changes until cancelled; a full disk is tried again."""
        while True:
            began, stamp = time.perf_counter(), self._page.stamp
            with suppress(OSError):
                if stamp != self._stamp:
                    await asyncio.to_thread(self._write, self._dump())
                    self._stamp = stamp
            await asyncio.sleep(max(_PAUSE, _SHARE * (time.perf_counter() - began)))

    def save(self) -> None:
        """Store the state at an orderly end: nothing happens after it. OSError when that fails."""
        with self._writing:
            self._is_closed = True
        self._replace(self._dump(complete=True))

    def _dump(self, *, complete: bool = False) -> bytes:
        page = self._page
        telegram = dump(page.sandbox.state, MOST_MESSAGES)
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
        """In a thread, which a cancellation does not stop: it must not replace what was stored at the end."""
        with self._writing:
            if not self._is_closed:
                self._replace(content)

    def _replace(self, content: bytes) -> None:
        """The files first, because the state names them."""
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
        left, kept = _MOST_BYTES, {}
        for file in reversed(list(self._page.sandbox.state.files.values())):
            left -= len(file.content)
            if left < 0:
                break
            kept[_FILE + file.id] = file.content
        return kept
