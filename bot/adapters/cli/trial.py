"""A chat in the terminal with the real bot process, over a Telegram on this machine."""

import asyncio
import shutil
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.sandbox import Sandbox
from bot.settings import environment_with

#: Seconds that the bot may take to start, to answer, and to leave.
_START, _ANSWER, _LEAVE = 60.0, 30.0, 12.0

_KNOWLEDGE = "projects.yaml"
_SEND = "send "

_WELCOME = """The bot is running against a Telegram on this machine; nothing that you write leaves it.
Write as a citizen would, in English, Chinese or Russian, or send a command such as /help or /projects.
A number presses a button; an empty line ends.
You are an admin here as well: try /edit, or /knowledge, which gives you the knowledge file; edit it, and
`send` and its path sends it back. All of that is about a copy, which is gone when you leave."""


async def try_out(knowledge: Path) -> int:
    """Start both, with a copy of the knowledge file; talk until the person has had enough; the exit code."""
    print("Starting the bot and a Telegram for it ...", flush=True)
    async with Sandbox() as sandbox:
        you = sandbox.person("You", language="en")
        with tempfile.TemporaryDirectory(prefix="minsheng-sandbox-") as name:
            folder = Path(name)
            with suppress(OSError):  # without a file the bot itself says what is missing
                shutil.copyfile(knowledge, folder / _KNOWLEDGE)
            async with _bot(sandbox, you, folder) as bot:
                if not await _is_up(sandbox, bot):
                    return bot.returncode or 1
                print(_WELCOME)
                await _talk(sandbox, you, bot, folder)
                return 0


@asynccontextmanager
async def _bot(sandbox: Sandbox, you: int, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as it is in production, but for its Telegram, a copy of its knowledge, and who is its admin."""
    environment = environment_with(
        TELEGRAM_BOT_TOKEN=sandbox.token, TELEGRAM_API_BASE_URL=sandbox.url, TELEGRAM_PROXY="",
        DATA_DIR=str(folder), DATABASE_URL="", WEBHOOK_URL="", WEBHOOK_SECRET="", LOG_LEVEL="WARNING",
        ADMIN_IDS=str(you), STAFF_IDS="", STAFF_CHAT_ID=str(you), KNOWLEDGE_PATH=str(folder / _KNOWLEDGE),
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


async def _talk(sandbox: Sandbox, you: int, bot: asyncio.subprocess.Process, folder: Path) -> None:
    shown: dict[int, str] = {}
    buttons: list[tuple[int, dict[str, Any]]] = []
    lines = _typed_lines()
    print("> ", end="", flush=True)
    while bot.returncode is None and (typed := await lines.get()):
        if typed.isdecimal() and 0 < int(typed) <= len(buttons):
            message, button = buttons[int(typed) - 1]
            sandbox.press(you, message, data=button["callback_data"])
        elif typed.startswith(_SEND):
            _send_file(sandbox, you, Path(typed.removeprefix(_SEND).strip()))
        else:
            sandbox.write(you, typed)
        try:
            await sandbox.wait_until_confirmed(within=_ANSWER)
        except TimeoutError:
            print("(The bot has not answered within half a minute.)")
        buttons = _show_news(sandbox, you, shown, folder) or buttons
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


def _send_file(sandbox: Sandbox, you: int, path: Path) -> None:
    try:
        content = path.expanduser().read_bytes()
    except (OSError, RuntimeError):
        print("(There is no such file.)")
        return
    sandbox.attach(you, "document", content=content, name=path.name)


def _show_news(sandbox: Sandbox, you: int, shown: dict[int, str], folder: Path) -> list[tuple[int, dict[str, Any]]]:
    """Print messages that are new or were edited; the buttons below them, in the order of their numbers."""
    buttons: list[tuple[int, dict[str, Any]]] = []
    for reply in sandbox.replies(you):
        text, number = str(reply.get("text", reply.get("caption", ""))), int(reply["message_id"])
        if "document" in reply and number not in shown:
            file = folder / reply["document"]["file_name"]
            file.write_bytes(sandbox.content(reply))
            print(f"[file] {file}")
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
