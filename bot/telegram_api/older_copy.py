"""Tells by Telegram's numbers of messages whether the database is an older copy.

Telegram numbers all messages of a bot in private chats and groups with one count (each supergroup and channel has a
count of its own). So a message that is sent now has the number n, and the newest one that the database knows has the
number k: n - k - 1 messages came or were sent between them. After an orderly end of the program, those are only the
messages of citizens that still wait at Telegram. After a crash there are also those that were just being sent. If there
are more, the database has forgotten some: it is a copy that was made earlier.

- `MessageNumbers.note` sees each message that Telegram sends or confirms. The newest number is written with each
  record of handled updates, and at the end of the program; messages of a broadcast have theirs in `deliveries`.
- `count_missing` sends a silent message to an admin, to learn n, and deletes it. It does so only at a start with an
  unfinished broadcast, before any update is handled.

Limits: waiting updates that are no such messages (pressed buttons, messages in supergroups) hide as many missing ones,
and messages to supergroups are not in the count.

Tests: tests/broadcasts/test_scheduler.py, tests/process/test_restore.py.
"""

from collections.abc import Iterable
from contextlib import suppress

import structlog
from telegram.error import TelegramError

from bot.errors import StorageError
from bot.people.ports import UpdateStore
from bot.telegram_api.client import Client

log = structlog.get_logger()


async def count_missing(client: Client, store: UpdateStore, *, text: str, chats: Iterable[int]) -> int | None:
    """How many messages the database has forgotten, at least; None: unknown.

    The message `text` goes to the first of `chats` that gets one.
    """
    try:
        known = await store.newest_message()
    except StorageError:
        return None
    if known is None:
        return None  # an earlier version of the program noted none
    newest = await _probe(client, text, chats)
    waiting = await _count_waiting(client)
    if newest is None or waiting is None:
        log.warning("message_numbers_unknown", consequence="an older copy of the database may not be recognised")
        return None
    return max(0, newest - known - 1 - waiting)


async def _probe(client: Client, text: str, chats: Iterable[int]) -> int | None:
    for chat in chats:
        message = {"chat_id": chat, "text": text, "disable_notification": True}
        with suppress(TelegramError):
            number = await client.post_message("sendMessage", message)
            with suppress(TelegramError):
                await client.delete_message(chat, number)
            return number
    return None


async def _count_waiting(client: Client) -> int | None:
    with suppress(TelegramError):
        return (await client.get_webhook_info()).pending_update_count
    return None
