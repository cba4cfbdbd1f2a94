"""How the bot gets its updates: by asking (getUpdates) or at a webhook."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import ApiError, api_error, bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json, SandboxState, Webhook
from bot.sandbox.updates import KINDS, ON_REQUEST

_LONGEST_POLL = 50
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Described:
    """A result that Telegram explains."""

    result: Any
    description: str


async def get_updates(world: SandboxState, parameters: Parameters) -> list[Json]:
    """Answers at once if something waits, else as soon as something comes or the time is over."""
    if world.webhook.url:
        raise api_error(
            409,
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    updates = world.updates
    updates.allow(_allowed(parameters))
    offset = parameters.number("offset")
    if offset:
        updates.confirm(offset)
    limit = parameters.number("limit", 100, 1, 100)
    batch = updates.take(limit)
    timeout = parameters.number("timeout", 0, 0, _LONGEST_POLL)
    return batch if batch or not timeout else await _long_poll(world, limit, timeout)


def set_webhook(world: SandboxState, parameters: Parameters) -> Described:
    """True with an explanation; an empty URL deletes it."""
    url = parameters.text("url")
    if not url:
        return delete_webhook(world, parameters)
    webhook = Webhook(url, parameters.text("secret_token"), parameters.number("max_connections", 40, 1, 100))
    _check(webhook)
    world.updates.allow(_allowed(parameters))
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()
    same = (world.webhook.url, world.webhook.secret) == (webhook.url, webhook.secret)
    world.webhook = webhook
    world.updates.end_poll("terminated by setWebhook request")
    return Described(True, "Webhook is already set" if same else "Webhook was set")


def delete_webhook(world: SandboxState, parameters: Parameters) -> Described:
    """True with an explanation; the bot may poll again."""
    was_set = bool(world.webhook.url)
    world.webhook = Webhook()
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()
    return Described(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


def get_webhook_info(world: SandboxState, _: Parameters) -> Json:
    """Where updates go, how many wait, and what went wrong last."""
    webhook = world.webhook
    body: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.waiting),
    }
    if webhook.url:
        body |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
    if webhook.last_error:
        body |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error}
    if world.updates.allowed not in (None, KINDS - ON_REQUEST):
        body["allowed_updates"] = sorted(world.updates.allowed or ())
    return body


async def _long_poll(world: SandboxState, limit: int, seconds: int) -> list[Json]:
    updates = world.updates
    updates.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
    poll = updates.begin_poll()
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while (left := end - clock()) > 0:
        await updates.arrived.next(left)
        if poll.ended:
            raise ApiError(409, f"Conflict: {poll.ended}")
        if batch := updates.take(limit):
            return batch
    return []


def _check(webhook: Webhook) -> None:
    if _host(webhook.url) not in _LOOPBACK:
        raise bad_request("bad webhook: the sandbox delivers to this machine only (127.0.0.1, localhost, ::1)")
    if len(webhook.secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", webhook.secret):
        raise bad_request("secret token contains unallowed characters")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    return parts.hostname


def _allowed(parameters: Parameters) -> Any:
    try:
        return parameters.tree("allowed_updates", "")
    except ApiError:
        return None
