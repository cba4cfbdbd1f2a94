"""Receiving updates, by polling or by webhook, until it is time to stop."""

import asyncio
from urllib.parse import urlsplit

from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.polling import UpdatePoller
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.startup import WebhookConfig
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_api.webhook import Webhook


async def poll_updates(
    client: Client, queue: UpdateQueue, stopping: asyncio.Event, *, health: Health, token_gate: TokenGate, grace: float
) -> None:
    """Poll until `stopping`; then finish what is in flight within `grace` seconds, and confirm it to Telegram."""
    update_poller = UpdatePoller(client, update_queue=queue, health=health, token_gate=token_gate)
    await update_poller.run(stopping)
    await queue.drain(grace)
    await update_poller.confirm()


async def serve_webhook(
    config: WebhookConfig, address: tuple[str, int], queue: UpdateQueue, stopping: asyncio.Event, *, health: Health
) -> None:
    """Serve Telegram's calls until `stopping`."""
    webhook = Webhook(path=urlsplit(config.url).path, secret=config.secret, update_queue=queue, health=health)
    await webhook.serve(*address, stopping)
    await queue.drain(1.0)  # its calls had their time; what is left was parked
