"""Limits how often a chat gets a notice; bounded, in memory only, and safe to lose."""

from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.answers.service import REMEMBERED_CHATS


class Cooldown:
    """Allows one notice per chat and interval."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval
        self._last: LRUCache[int, datetime] = LRUCache(REMEMBERED_CHATS)

    def is_due(self, chat: int, now: datetime) -> bool:
        """Return True once per interval, and restart it."""
        last = self._last.get(chat)
        if last is not None and now - last < self._interval:
            return False
        self._last[chat] = now
        return True
