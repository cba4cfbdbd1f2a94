"""A chat in the terminal with the real bot process, over a Telegram on this machine."""

import asyncio
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.sandbox import Sandbox
from bot.settings import environment_with

#: Seconds that the bot may take to start, to answer, and to leave.
_START, _ANSWER, _LEAVE = 60.0, 30.0, 12.0

_WELCOME = """The bot is running against a Telegram on this machine; nothing that you write leaves it.
Write as a citizen would, in English, Chinese or Russian, or send a command such as /help or /projects.
A number presses a button; an empty line ends."""


async def try_out() -> int:
    """Start both, talk until the person has had enough; the exit code."""
    print("Starting the bot and a Telegram for it ...", flush=True)
    async with Sandbox() as sandbox, _bot(sandbox) as bot:
        you = sandbox.person("You", language="en")
        if not await _is_up(sandbox, bot):
            return bot.returncode or 1
        print(_WELCOME)
        await _talk(sandbox, you, bot)
        return 0


@asynccontextmanager
async def _bot(sandbox: Sandbox) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as it is in production, but for its Telegram and an empty folder for its data."""
    with tempfile.TemporaryDirectory(prefix="minsheng-sandbox-") as folder:
        environment = environment_with(
            TELEGRAM_BOT_TOKEN=sandbox.token, TELEGRAM_API_BASE_URL=sandbox.url, TELEGRAM_PROXY="",
            DATA_DIR=folder, DATABASE_URL="", WEBHOOK_URL="", WEBHOOK_SECRET="", LOG_LEVEL="WARNING",
        )  # fmt: skip
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            yield bot
        finally:
            if bot.returncode is None:
                bot.terminate()
                try:
                    await asyncio.wait_for(bot.wait(), _LEAVE)
                except TimeoutError:
                    bot.kill()


async def _is_up(sandbox: Sandbox, bot: asyncio.subprocess.Process) -> bool:
    """Whether the bot has called; what kept it from that, it has said itself."""
    asked = asyncio.create_task(sandbox.wait_for_calls("getMe", within=_START))
    ended = asyncio.create_task(bot.wait())
    await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if asked.done():
        return asked.exception() is None
    asked.cancel()
    return False


async def _talk(sandbox: Sandbox, you: int, bot: asyncio.subprocess.Process) -> None:
    shown: dict[int, str] = {}
    buttons: list[tuple[int, dict[str, Any]]] = []
    lines = _typed_lines()
    print("> ", end="", flush=True)
    while bot.returncode is None and (typed := await lines.get()):
        if typed.isdecimal() and 0 < int(typed) <= len(buttons):
            message, button = buttons[int(typed) - 1]
            sandbox.press(you, message, data=button["callback_data"])
        else:
            sandbox.write(you, typed)
        try:
            await sandbox.wait_until_confirmed(within=_ANSWER)
        except TimeoutError:
            print("(The bot has not answered within half a minute.)")
        buttons = _show_news(sandbox.replies(you), shown) or buttons
        print("> ", end="", flush=True)


def _typed_lines() -> asyncio.Queue[str]:
    """What is typed, line by line; an empty one at the end.

    A daemon thread reads, so that Ctrl-C ends the program at once and not with the next line.
    """
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    return lines


def _show_news(replies: list[dict[str, Any]], shown: dict[int, str]) -> list[tuple[int, dict[str, Any]]]:
    """Print messages that are new or were edited; the buttons below them, in the order of their numbers."""
    buttons: list[tuple[int, dict[str, Any]]] = []
    for reply in replies:
        text, number = str(reply.get("text", "")), int(reply["message_id"])
        if shown.get(number) == text:
            continue
        print(text)
        rows = reply.get("reply_markup", {}).get("inline_keyboard", [])
        for button in (button for row in rows for button in row if "callback_data" in button):
            buttons.append((number, button))
            print(f"  [{len(buttons)}] {button['text']}")
        print()
        shown[number] = text
    return buttons
