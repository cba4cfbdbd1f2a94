"""`minsheng sandbox --terminal`: a chat in the terminal with the real bot, over a Telegram server on this machine."""

import asyncio
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.broadcasts.messages import format_head_count_request
from bot.cli.sandbox_bot import SandboxBot, bot_settings, copy_knowledge, rights, share_caches
from bot.cli.sandbox_subscribers import SandboxSubscribers, add_subscribers
from bot.i18n.catalog import translator_in
from bot.i18n.language_list import any_language
from bot.i18n.languages import LANGUAGES
from bot.sandbox import Sandbox

#: Seconds to wait for an answer.
_ANSWER = 30.0
#: Seconds to wait for the first call after a confirmation.
_REACTION = 2.0
#: Seconds without a call that end an answer.
_QUIET = 0.1
#: The number of the newest buttons that can be pressed.
_MAX_BUTTONS = 40

_INTRODUCTION = """The bot is running against a Telegram server on this machine; nothing you write leaves it.
Write as a citizen would, in {languages}, or send a command such as /help or /projects.
A number presses a button (`say 1` sends the number as a message); an empty line ends the chat.
You are also an admin: try /edit, or /knowledge, which sends you the knowledge file. Edit it; `send PATH` sends it
back. All of this changes a copy that is deleted when you leave. Commands in another terminal reach this bot with
DATA_DIR={folder} minsheng broadcast list"""
_SUBSCRIBERS = """{counts} Try /broadcast; `photo PATH some words` sends a picture with a caption.
`subscribers` shows what they received; `switch` makes you a second admin, and back.
The bot's process is {process}: kill -9 it, and it is started again."""


async def run_sandbox(knowledge: Path, data_dir: Path, subscribers: int = 0) -> int:
    """Start the server and the bot with a copy of the knowledge, and chat until an empty line; return the exit code."""
    print("Starting the bot and a Telegram server for it ...", flush=True)
    async with Sandbox() as sandbox:
        you, colleague = sandbox.person("You", language="en"), sandbox.person("Colleague", language="en")
        with tempfile.TemporaryDirectory(prefix="minsheng-sandbox-") as name:
            folder = Path(name)
            share_caches(folder, data_dir)
            copy_knowledge(knowledge, folder / "projects.yaml")
            settings = bot_settings(sandbox, folder, folder / "projects.yaml") | rights((you, colleague), ())
            bot = SandboxBot(settings | {"STAFF_CHAT_ID": str(you)})
            await bot.start()
            try:
                if not await bot.is_up(sandbox):
                    return bot.exit_code
                print(_INTRODUCTION.format(folder=name, languages=any_language(translator_in("en"))))
                sandbox.start(you)  # Telegram allows messages to a bot only after that
                await sandbox.wait_until_confirmed(within=_ANSWER)
                people = await add_subscribers(sandbox, subscribers) if subscribers else SandboxSubscribers()
                if subscribers:
                    print(_SUBSCRIBERS.format(counts=people.format_counts(sandbox), process=bot.pid))
                return await _Chat(sandbox, [you, colleague], folder, bot, people).run()
            finally:
                await bot.stop()


@dataclass
class _Chat:
    """The person at the terminal, what they have seen, and the buttons that they can press."""

    sandbox: Sandbox
    admins: list[int]  #: the first one types
    folder: Path  #: for received files
    bot: SandboxBot
    people: SandboxSubscribers
    shown: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)
    is_waiting: bool = False  #: whether the main loop prints new messages
    buttons: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def you(self) -> int:
        """The person who is typing."""
        return self.admins[0]

    async def run(self) -> int:
        """Chat until an empty line, or until the bot exits by itself; return the exit code."""
        watching = [asyncio.create_task(self._watch(admin)) for admin in self.admins]
        living = asyncio.create_task(self.bot.keep_alive(lambda sentence: print(f"\n({sentence})", flush=True)))
        lines = _typed_lines()
        print()
        self._show_news()
        _prompt()
        try:
            while True:
                typing = asyncio.create_task(lines.get())
                await asyncio.wait((typing, living), return_when=asyncio.FIRST_COMPLETED)
                if living.done():
                    typing.cancel()
                    return living.result()
                typed = typing.result()
                if not typed:
                    return 0
                await self._handle(typed)
                _prompt()
        finally:
            for task in (*watching, living):
                task.cancel()

    async def _handle(self, typed: str) -> None:
        """Handle a typed line, and wait for the bot's answer."""
        command, _, rest = typed.partition(" ")
        start = len(self.sandbox.calls())
        if typed.isdecimal() and 0 < int(typed) <= len(self.buttons) and not self._is_requested(int(typed)):
            message, button = self.buttons[int(typed) - 1]
            self.sandbox.press(self.you, message, data=button["callback_data"])
        elif command in ("send", "photo") and rest:
            self._send_file("photo" if command == "photo" else "document", rest.strip())
        elif typed == "switch":
            self._switch()
        elif typed == "subscribers":
            print(self.people.format_counts(self.sandbox))
            return
        else:
            self.sandbox.write(self.you, rest.strip() if command == "say" and rest else typed)
        try:
            self.is_waiting = True
            await self.sandbox.wait_until_confirmed(within=_ANSWER)
            await self._wait_for_reaction(start)
        except TimeoutError:
            print("(The bot has not answered within half a minute.)")
        finally:
            self.is_waiting = False
        self._show_news()

    async def _wait_for_reaction(self, start: int) -> None:
        """Return when the bot has reacted with its calls; an update may be confirmed before that."""
        end = time.monotonic() + _REACTION
        while time.monotonic() < end:
            if any(call.method != "getUpdates" for call in self.sandbox.calls(start=start)):
                await self.sandbox.wait_until_quiet(_QUIET, within=_ANSWER)
                return
            await asyncio.sleep(0.05)

    def _is_requested(self, number: int) -> bool:
        """Whether the bot has just asked to send this number: a head count that may also be a button's number."""
        latest = [_text(reply) for reply in self.sandbox.replies(self.you)[-2:]]
        requests = [format_head_count_request(number, translator_in(language)) for language in LANGUAGES]
        return any(request in text for text in latest for request in requests)

    def _switch(self) -> None:
        """Switch to the other admin; on their first turn they press Start."""
        self.admins.reverse()
        self.buttons = []
        print(f"(You are now {'the second' if self.you > self.admins[1] else 'the first'} admin.)")
        if not self.sandbox.replies(self.you):
            self.sandbox.start(self.you)

    async def _watch(self, admin: int) -> None:
        """Print messages that the bot sends to an admin by itself, while that admin is typing."""
        where = self.sandbox.state.chat(admin)
        while True:
            await where.notifier.next()
            await asyncio.sleep(0.2)  # print messages that belong together at once
            if admin == self.you and not self.is_waiting and self._show_news(behind_prompt=True):
                _prompt()

    def _send_file(self, kind: str, words: str) -> None:
        path, _, caption = words.partition(" ")
        try:
            content = Path(path).expanduser().read_bytes()
        except (OSError, RuntimeError):
            print("(There is no such file.)")
            return
        self.sandbox.attach(self.you, kind, caption=caption.strip(), content=content, name=Path(path).name)

    def _show_news(self, *, behind_prompt: bool = False) -> bool:
        """Print new and edited messages and number their buttons; return whether there were any."""
        news = [reply for reply in self.sandbox.replies(self.you) if self.shown.get(_key(reply)) != _seen(reply)]
        fresh: list[tuple[int, dict[str, Any]]] = []
        if news and behind_prompt:
            print()
        for reply in news:
            self._save_file(reply)
            self.shown[_key(reply)] = _seen(reply)
            print(_text(reply))
            rows = reply.get("reply_markup", {}).get("inline_keyboard", [])
            for button in (button for row in rows for button in row):
                if "callback_data" in button:
                    fresh.append((_number(reply), button))
                    print(f"  [{len(fresh)}] {button['text']}")
                else:
                    print(f"  [↗] {button['text']}: {button.get('url', '')}")
            print()
        self.buttons = fresh[:_MAX_BUTTONS] or self.buttons
        return bool(news)

    def _save_file(self, reply: dict[str, Any]) -> None:
        if _key(reply) in self.shown:
            return
        if "document" in reply:
            file = self.folder / reply["document"]["file_name"]
            file.write_bytes(self.sandbox.content(reply))
            print(f"[file] {file}")
        elif "photo" in reply:
            print("[photo]")


def _number(reply: dict[str, Any]) -> int:
    return int(reply["message_id"])


def _key(reply: dict[str, Any]) -> tuple[int, int]:
    return int(reply["chat"]["id"]), _number(reply)


def _text(reply: dict[str, Any]) -> str:
    return str(reply.get("text", reply.get("caption", "")))


def _seen(reply: dict[str, Any]) -> tuple[str, int]:
    """The parts of a message that an edit can change."""
    return _text(reply), int(reply.get("edit_date", 0))


def _prompt() -> None:
    print("> ", end="", flush=True)


def _typed_lines() -> asyncio.Queue[str]:
    """The typed lines, and an empty one at the end of the input.

    A daemon thread reads, so that Ctrl-C ends the program at once instead of at the next line.
    """
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    return lines
