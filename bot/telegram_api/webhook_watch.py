"""Checks every minute whether Telegram still sends the bot's updates to its webhook.

Another program with the same token ends that silently: a program that polls deletes the webhook at its start, and one
with its own webhook replaces the address. A deleted webhook is set again. Another address is only reported: it may be
intended, as in a move to another machine, and two programs that overwrite each other's address would both lose calls.

Tests: tests/telegram_api/test_webhook.py.
"""

import asyncio

import structlog

from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.startup import WebhookConfig, set_webhook

#: Seconds between two checks, and the longest time for which a deleted webhook goes unnoticed.
CHECK_INTERVAL = 60.0
_PROBLEM = "webhook_taken"
_TAKEN = "Another program receives this bot's messages: it has set another webhook. Stop it, or give it its own token."

log = structlog.get_logger()


async def watch_webhook(client: Client, config: WebhookConfig, health: Health) -> None:
    """Check until cancelled."""
    while True:
        await asyncio.sleep(CHECK_INTERVAL)
        try:
            await check_webhook(client, config, health)
        except Exception as error:  # noqa: BLE001 - whatever Telegram answers, the next look tells more
            log.info("webhook_not_checked", error=type(error).__name__)


async def check_webhook(client: Client, config: WebhookConfig, health: Health) -> None:
    """Set a deleted webhook again, and report a foreign one; raises TelegramError."""
    url = (await client.get_webhook_info()).url
    if url == config.url:
        health.resolve(_PROBLEM)
    elif url:
        health.report(_PROBLEM, _TAKEN)
    else:
        await set_webhook(client, config)
        log.warning("webhook_set_again", reason="another program with this bot's token had deleted it")
        health.resolve(_PROBLEM)
