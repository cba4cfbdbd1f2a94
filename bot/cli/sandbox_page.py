"""`minsheng sandbox`: the sandbox page, the Telegram behind it and the real bot process, until Ctrl-C."""

import asyncio
import errno
import signal
import socket
import threading
import time
import webbrowser
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from bot import __version__
from bot.cli.sandbox_bot import SandboxBot, bot_settings, copy_knowledge, rights, share_caches
from bot.cli.sandbox_folder import AlreadyRunningError, SandboxFolder
from bot.cli.sandbox_knowledge import RunningBot, SandboxKnowledge
from bot.cli.terminal import stop
from bot.i18n.languages import LANGUAGES
from bot.sandbox import Limits, Sandbox
from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Ports
from bot.sandbox.page.saving import Saver, load
from bot.sandbox.page.server import HOST, PageServer, listen, page_address
from bot.settings import has_display

#: The default port of the page; if it is taken, one of the next ports is used.
DEFAULT_PORT, _TRIED_PORTS = 8021, 20
_BOT_ID = 1_000_000_001
#: Seconds that the first start may take, which encodes all texts of the knowledge.
_FIRST_START = 1800.0
#: More recipients need a second admin; low, so that it can be tried with simulated subscribers.
_TWO_ADMINS_ABOVE = 100
#: Seconds before a confirmed broadcast starts: long enough to see that it can be recalled.
_RECALL = 5
_HOW_TO_OPEN = """{reason}Open this address in a browser on this machine;
from another machine, first run `ssh -L {port}:{host}:{port} THIS_MACHINE` there.
`minsheng sandbox --terminal` is a chat in the terminal instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """The options of the command, and the folders of the settings."""

    knowledge: Path
    data_dir: Path
    port: int | None = None
    subscribers: int = 0
    opens_browser: bool = True


async def run_page(options: PageOptions, *, reset: bool) -> int:
    """Serve the page until SIGINT or SIGTERM; return the exit code. The state is kept in DATA_DIR/sandbox."""
    folder, stopping = SandboxFolder(options.data_dir), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with ExitStack() as stack:
        _lock(stack, folder)
        if reset:
            folder.clear()
        listener = _listen(options.port)
        port = listener.getsockname()[1]
        _show(page_address(port, folder.secret("page-token")), port, opens_browser=options.opens_browser)
        while True:
            code = await _serve(options, folder, listener, stopping)
            if code is not None:
                return code
            folder.clear()
            print("The sandbox begins again from nothing.", flush=True)
            listener = _listen(port)


def _lock(stack: ExitStack, folder: SandboxFolder) -> None:
    try:
        stack.enter_context(folder.locked())
    except AlreadyRunningError:
        running = folder.running()
        stop(f"A sandbox runs already{f': {running[0]}' if running else '.'}", 1)
    except OSError as error:
        stop(f"The sandbox cannot use its folder {folder.path}: {error.strerror}.", 1)


def _listen(port: int | None) -> socket.socket:
    """A socket at this port, or else at the first free port from the default on."""
    if port is not None:
        try:
            return listen(port)
        except OSError as error:
            stop(_port_error(port, error), 1)
    for tried in range(DEFAULT_PORT, DEFAULT_PORT + _TRIED_PORTS):
        with suppress(OSError):
            return listen(tried)
    return listen(0)


def _port_error(port: int, error: OSError) -> str:
    reason = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror
    return f"Port {port} cannot be used: {reason}. Choose another one with --port."


def _show(address: str, port: int, *, opens_browser: bool) -> None:
    """Print the address and open it; if that fails, say so and how to open it."""
    print(f"The sandbox is at {address}", flush=True)
    how = partial(_HOW_TO_OPEN.format, host=HOST, port=port)
    if not opens_browser:
        print(how(reason=""), flush=True)
    elif not has_display():
        print(how(reason="No browser was opened, because this machine has no display. "), flush=True)
    else:
        # A thread that nobody waits for: some browsers return only when they are closed.
        threading.Thread(
            target=_open_browser, args=[address, how(reason="No browser was found. ")], daemon=True
        ).start()


def _open_browser(address: str, otherwise: str) -> None:
    is_open = False
    with suppress(webbrowser.Error, OSError):
        is_open = webbrowser.open(address)
    if not is_open:
        print(otherwise, flush=True)


async def _serve(
    options: PageOptions, folder: SandboxFolder, listener: socket.socket, stopping: asyncio.Event
) -> int | None:
    """Run the sandbox until it is stopped; return the exit code, or None if the page asked for a reset."""
    token = f"{_BOT_ID}:{folder.secret('bot-token')}"
    async with Sandbox(token, limits=Limits(), control=False) as sandbox:
        bot, page = _build(options, folder, sandbox)
        server = PageServer(page, listener, folder.secret("page-token"))
        folder.publish(page_address(server.port, folder.secret("page-token")), bot.settings)
        await bot.start()
        ending, saver = asyncio.Event(), Saver(page)
        living = asyncio.create_task(bot.keep_alive(lambda sentence: print(sentence, flush=True)))
        serving = asyncio.create_task(server.serve(ending))
        works = [asyncio.create_task(work) for work in (page.run(), saver.run(), _await_bot(page, options, folder))]
        ends = [asyncio.create_task(event.wait()) for event in (stopping, page.reset)]
        try:
            await _first_of(living, serving, *works[:2], *ends)
        finally:
            for task in (living, *works, *ends):
                task.cancel()
            ending.set()
            if page.reset.is_set():  # its data will be erased anyway
                bot.kill()
            await bot.stop()
            await asyncio.gather(serving, *works, return_exceptions=True)
            _save(saver)
        return None if page.reset.is_set() else living.result() if _is_complete(living) else 0


def _save(saver: Saver) -> None:
    try:
        saver.save()
    except OSError as error:
        print(f"What happened last is not kept: {error}", flush=True)


def _build(options: PageOptions, folder: SandboxFolder, sandbox: Sandbox) -> tuple[SandboxBot, Page]:
    """The bot, not started yet, and the page with the people and chats of the last run."""
    port = _free_port()
    bot = SandboxBot(
        bot_settings(sandbox, folder.data_dir, folder.knowledge)
        | {"LISTEN": f"{HOST}:{port}", "TWO_ADMINS_ABOVE": str(_TWO_ADMINS_ABOVE), "RECALL_SECONDS": str(_RECALL)}
    )
    running = RunningBot(folder.data_dir)
    page = Page(
        sandbox,
        Ports(
            bot=bot,
            knowledge=SandboxKnowledge(folder.knowledge, folder.data_dir, running),
            explainer=running,
            store=folder,
            health_url=f"http://{HOST}:{port}",
            languages=LANGUAGES,
            version=__version__,
        ),
    )
    if not load(page):
        folder.clear()  # a bot that remembers another Telegram would ignore the updates of this one
        page.people.create()
    share_caches(folder.data_dir, options.data_dir)
    copy_knowledge(options.knowledge, folder.knowledge)
    people = page.people
    bot.settings |= rights(people.with_role("admin"), people.with_role("staff")) | {"STAFF_CHAT_ID": str(people.group)}
    return bot, page


async def _await_bot(page: Page, options: PageOptions, folder: SandboxFolder) -> None:
    """Report when the bot answers, then add the missing subscribers."""
    began = time.monotonic()
    with _progress("Starting the bot, which takes longer the first time ..."):
        await page.bot.until_up(_FIRST_START)
        print(f"The bot answers, after {time.monotonic() - began:.0f} s.", flush=True)
        print(f"Ctrl-C ends the sandbox; {folder.path} keeps what you did, --reset erases it.", flush=True)
    if (missing := options.subscribers - len(page.subscribers.people)) > 0:
        await page.subscribers.add(missing)


def _progress(sentence: str) -> AbstractContextManager[object]:
    """Show a message while the body runs: animated in a terminal, otherwise as a line."""
    console = Console()
    if console.is_terminal:
        return console.status(sentence)
    print(sentence, flush=True)
    return nullcontext()


async def _first_of(*tasks: "asyncio.Task[object]") -> None:
    """Return when one of the tasks ends; raise its error."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _is_complete(task: "asyncio.Task[int]") -> bool:
    return task.done() and not task.cancelled()


def _free_port() -> int:
    with listen(0) as listener:
        port: int = listener.getsockname()[1]
        return port
