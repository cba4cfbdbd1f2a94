"""Shows "typing" in a chat whose answer takes long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.telegram_api.sender import MessageSender

#: Seconds of work before "typing" is shown.
TYPING_AFTER = 0.5


@asynccontextmanager
async def typing_if_slow(sender: MessageSender, chat: int) -> AsyncIterator[None]:
    """Show "typing" while the body takes long. Send the answer outside, or "typing" would stay after it."""
    task: asyncio.Task[None] | None = None

    def show() -> None:
        nonlocal task
        task = asyncio.create_task(sender.typing(chat))

    timer = asyncio.get_running_loop().call_later(TYPING_AFTER, show)
    try:
        yield
    finally:
        timer.cancel()
        if task is not None:
            await task
