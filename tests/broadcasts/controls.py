"""Controls the running program like an operator: `minsheng broadcast` without a terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.broadcasts.model import Broadcast
from bot.control.socket import NAME, short_path
from tests.broadcasts.subscribers import confirmed, opened
from tests.control.client import post
from tests.storage.databases import Place


async def asked(data: Path, act: str, **given: Any) -> list[dict[str, Any]]:
    """The rows that the bot with this DATA_DIR returns; AssertionError with its message if it refuses.

    The bot opens its socket a moment after it logs that it serves.
    """
    async with asyncio.timeout(60):
        while not (data / NAME).exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
    with short_path(data / NAME) as address:
        status, answer = await post(address, f"/{act}", json.dumps(given).encode())
    assert status == 200, answer
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


async def paused_by_operator(place: Place, **values: Any) -> Broadcast:
    """Pause a broadcast until an operator resumes it."""
    async with opened(place) as store:
        queued = await confirmed(store, **values)
        paused = await store.move_broadcast(queued.id, ["queued"], "paused", None, paused_for="admin")
    assert paused
    return paused
