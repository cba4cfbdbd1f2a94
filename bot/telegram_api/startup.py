"""The calls at the start: the bot's identity, and where Telegram sends its updates."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.errors import OperatorError
from bot.stopping import cancel_on_stop
from bot.telegram_api.client import ALLOWED_UPDATES, Client
from bot.telegram_api.health import Health
from bot.telegram_api.retry_policy import ConnectionRetries


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """Where Telegram sends updates."""

    url: str
    secret: str  #: Telegram sends it with each call


async def connect_bot(
    client: Client, webhook: WebhookConfig | None, *, health: Health, stopping: asyncio.Event
) -> None:
    """Set or delete the webhook and fetch the bot's identity; retries until Telegram answers or `stopping` is set.

    Raises OperatorError if Telegram refuses the token or the webhook's address.
    """
    retries = ConnectionRetries(health)
    while not stopping.is_set():
        try:
            await cancel_on_stop(stopping, _connect(client, webhook))
        except TelegramError as error:
            await cancel_on_stop(stopping, asyncio.sleep(retries.next_wait(error)))
        else:
            retries.succeeded()
            return


async def _connect(client: Client, webhook: WebhookConfig | None) -> None:
    await client.identify()
    if webhook is None:
        # A self-hosted Bot API server may not know the method.
        with suppress(BadRequest, InvalidToken):
            await client.delete_webhook()
        return
    try:
        await set_webhook(client, webhook)
    except BadRequest as error:
        raise OperatorError(f"Telegram does not accept WEBHOOK_URL: {error.message}.") from None


async def set_webhook(client: Client, webhook: WebhookConfig) -> None:
    """Tell Telegram where to send updates; raises BadRequest if it refuses the address."""
    await client.set_webhook(
        webhook.url, secret_token=webhook.secret, max_connections=100, allowed_updates=ALLOWED_UPDATES
    )
