"""The first words with Telegram: where updates go, and who the bot is."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.errors import OperatorError
from bot.telegram_api.cancellation import cancel_on_stop
from bot.telegram_api.client import ALLOWED_UPDATES, Client
from bot.telegram_api.health import Health
from bot.telegram_api.http import FloodError


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """Where Telegram brings updates to."""

    url: str
    secret: str  #: by which its calls are known


async def connect_bot(
    client: Client, webhook: WebhookConfig | None, *, health: Health, stopping: asyncio.Event
) -> None:
    """Tell Telegram where updates go (None: they are fetched), and learn who the bot is; tried until Telegram answers.

    OperatorError when Telegram does not accept the address.
    """
    pause = 1.0
    while not stopping.is_set():
        try:
            await cancel_on_stop(stopping, _call_in(client, webhook))
        except TelegramError as error:
            health.begin("unreachable", f"{error.message}; it is tried again.")
            wait = error.seconds if isinstance(error, FloodError) else pause
        else:
            health.end("unreachable")
            return
        await cancel_on_stop(stopping, asyncio.sleep(wait))
        pause = min(pause * 2, 60.0)


async def _call_in(client: Client, webhook: WebhookConfig | None) -> None:
    await client.identify()
    if webhook is None:
        # Where no webhook was ever set, a server of one's own may not even know the method.
        with suppress(BadRequest, InvalidToken):
            await client.delete_webhook()
        return
    refused = ""
    try:
        await client.set_webhook(
            webhook.url, secret_token=webhook.secret, max_connections=100, allowed_updates=ALLOWED_UPDATES
        )
    except BadRequest as error:
        refused = error.message
    if refused:
        raise OperatorError(f"Telegram does not accept WEBHOOK_URL: {refused}.")
