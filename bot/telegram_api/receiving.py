"""Receives updates, by polling or webhook, until the program stops.

On a stop both finish what is in flight within `grace` seconds. The rest is parked, or comes again after the next start.
"""

import asyncio
from urllib.parse import urlsplit

from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.polling import UpdatePoller
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.startup import WebhookConfig
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_api.web_server import WebServer
from bot.telegram_api.webhook import Webhook


async def poll_updates(
    client: Client, queue: UpdateQueue, stopping: asyncio.Event, *, health: Health, token_gate: TokenGate, grace: float
) -> None:
    """Poll until `stopping`, then confirm to Telegram what was finished."""
    update_poller = UpdatePoller(client, update_queue=queue, health=health, token_gate=token_gate)
    await update_poller.run(stopping)
    await queue.drain(grace)
    await update_poller.confirm()


async def receive_calls(
    config: WebhookConfig, server: WebServer, queue: UpdateQueue, stopping: asyncio.Event, *, grace: float
) -> None:
    """Accept Telegram's calls until `stopping`."""
    webhook = Webhook(path=urlsplit(config.url).path, secret=config.secret, update_queue=queue, stopping=stopping)
    server.add(webhook.route)
    await stopping.wait()
    await queue.drain(grace)
