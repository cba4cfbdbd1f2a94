"""The running program in an operator's hands: what `minsheng broadcast` does, without a terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.broadcasts.model import Broadcast
from bot.control.socket import LARGEST_LINE, NAME, reachable
from tests.broadcasts.subscribers import confirmed, opened
from tests.storage.databases import Place


async def asked(data: Path, act: str, **given: Any) -> list[dict[str, Any]]:
    """The rows that the bot with this DATA_DIR answers; AssertionError with its sentence when it refuses."""
    with reachable(data / NAME) as address:
        reader, writer = await asyncio.open_unix_connection(address, limit=LARGEST_LINE)
    writer.write(json.dumps({"act": act, "with": given}).encode() + b"\n")
    writer.write_eof()
    lines = [json.loads(line) async for line in reader]
    writer.close()
    await writer.wait_closed()
    assert lines[-1] == {"end": True}, lines[-1]
    return [line["row"] for line in lines[:-1]]


async def at_hand(place: Place, **values: Any) -> Broadcast:
    """A broadcast that stands still until an operator resumes it."""
    async with opened(place) as store:
        queued = await confirmed(store, **values)
        paused = await store.move_broadcast(queued.id, ["queued"], "paused", None, paused_for="admin")
    assert paused
    return paused
