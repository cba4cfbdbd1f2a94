"""Detects from Telegram's message numbers whether the database is an older copy.

Telegram numbers all messages of a bot in private chats and groups in one sequence (each supergroup and channel has its
own). If a message that is sent now has the number n, and the newest one in the database has the number k, then n - k -
1 messages were sent or received in between. After a normal stop, these are only messages of citizens that still wait
with Telegram. After a crash there are also those that were being sent. If there are more, the database does not know
some of them: it is a copy that was made earlier.

- `MessageNumbers.note` sees each message that Telegram sends or confirms. The newest number is written with each record
  of handled updates, and at the end of the program; numbers of broadcast messages are in `deliveries`.
- `count_missing` sends a silent message to an admin to learn n, and deletes it. It does so only at a start with an
  unfinished broadcast, before any update is handled.

Limits: waiting updates that are not such messages (pressed buttons, messages in supergroups) hide as many missing ones,
and messages to supergroups are not in the sequence.

Tests: tests/broadcasts/test_scheduler.py, tests/process/test_restore.py.
"""

from collections.abc import Iterable
from contextlib import suppress

import structlog
from telegram.error import TelegramError

from bot.errors import StorageError
from bot.telegram_api.client import Client
from bot.telegram_api.ports import UpdateStore

log = structlog.get_logger()


async def count_missing(client: Client, store: UpdateStore, *, text: str, chats: Iterable[int]) -> int | None:
    """The number of messages that the database does not know, at least; None if unknown.

    The message `text` goes to the first of `chats` that accepts one.
    """
    try:
        known = await store.newest_message()
    except StorageError:
        return None
    if known is None:
        return None  # an earlier version of the program recorded none
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
