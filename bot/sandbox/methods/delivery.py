"""Delivery of updates to the bot: by polling (getUpdates) or to a webhook."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import ApiError, bad_request, too_many
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json, SandboxState, Webhook
from bot.sandbox.updates import KINDS, ON_REQUEST, Poll

#: The longest wait of getUpdates, in seconds.
_MAX_POLL = 50
#: Seconds between two conflicts that are reported at once.
_CONFLICT_PAUSE = 3.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Described:
    """A result with Telegram's description."""

    result: Any
    description: str


async def get_updates(state: SandboxState, parameters: Parameters) -> list[Json]:
    """Return at once if there are updates, otherwise when one arrives or the time is over."""
    if state.webhook.url:
        raise await _conflict(
            state,
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    updates = state.updates
    updates.allow(_allowed(parameters))
    offset = parameters.number("offset")
    poll = updates.begin_poll(
        offset,
        parameters.number("limit", 100, 1, 100),
        parameters.number("timeout", 0, 0, _MAX_POLL),
        asyncio.get_running_loop().time(),
    )
    if offset:
        updates.confirm(offset)
    batch = updates.take(poll.limit)
    return batch if batch or not poll.timeout else await _long_poll(state, poll)


def set_webhook(state: SandboxState, parameters: Parameters) -> Described:
    """Set the webhook; an empty URL deletes it."""
    url = parameters.text("url")
    if not url:
        return delete_webhook(state, parameters)
    webhook = Webhook(url, parameters.text("secret_token"), parameters.number("max_connections", 40, 1, 100))
    _check(webhook)
    _limit_set_webhook(state)
    state.updates.allow(_allowed(parameters))
    if parameters.flag("drop_pending_updates"):
        state.updates.clear()
    if _settings(webhook) == _settings(state.webhook):
        return Described(True, "Webhook is already set")
    state.webhook = webhook
    state.updates.end_poll("terminated by setWebhook request")
    return Described(True, "Webhook was set")


def delete_webhook(state: SandboxState, parameters: Parameters) -> Described:
    """Delete the webhook, so that the bot may poll again."""
    was_set = bool(state.webhook.url)
    state.webhook = Webhook()
    if parameters.flag("drop_pending_updates"):
        state.updates.clear()
    return Described(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


def get_webhook_info(state: SandboxState, _: Parameters) -> Json:
    """Where updates are sent, how many wait, and the last error."""
    webhook = state.webhook
    body: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(state.updates.waiting),
    }
    if webhook.url:
        body |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
    if webhook.last_error:
        body |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error}
    if state.updates.allowed not in (None, KINDS - ON_REQUEST):
        body["allowed_updates"] = sorted(state.updates.allowed or ())
    return body


async def _long_poll(state: SandboxState, poll: Poll) -> list[Json]:
    updates = state.updates
    updates.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
    updates.wait_with(poll)
    clock = asyncio.get_running_loop().time
    end = clock() + poll.timeout
    while (left := end - clock()) > 0:
        await updates.arrived.next(left)
        if poll.ended:
            raise await _conflict(state, poll.ended)
        if batch := updates.take(poll.limit):
            return batch
    return []


async def _conflict(state: SandboxState, message: str) -> ApiError:
    """A 409, delayed if there was another one within three seconds (`Client::fail_query_conflict`)."""
    now = asyncio.get_running_loop().time()
    if now < state.updates.next_conflict_at:
        await asyncio.sleep(_CONFLICT_PAUSE)
    else:
        state.updates.next_conflict_at = now + _CONFLICT_PAUSE
    return ApiError(409, f"Conflict: {message}")


def _settings(webhook: Webhook) -> tuple[str, str, int]:
    return webhook.url, webhook.secret, webhook.max_connections


def _limit_set_webhook(state: SandboxState) -> None:
    """Allow one setWebhook with a URL per second (`Client::process_set_webhook_query`)."""
    now = time.monotonic()
    if now < state.updates.next_set_webhook_at:
        raise too_many(1)
    state.updates.next_set_webhook_at = now + 1.0


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
