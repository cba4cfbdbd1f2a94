"""`minsheng run` serves Telegram; `minsheng sandbox` tries the bot against a Telegram server on this machine."""

import asyncio
import os
import stat
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn

import typer

from bot.cli.options import read_settings
from bot.cli.sandbox_page import PageOptions, run_page
from bot.cli.sandbox_terminal import run_sandbox
from bot.cli.terminal import stop
from bot.errors import EXIT_SETTINGS
from bot.sandbox.page.inputs import MAX_SUBSCRIBERS

_TOKEN_IS_SET = (
    "The sandbox does not start while TELEGRAM_BOT_TOKEN is set, so that it is not mistaken for the real bot. "  # noqa: S105
    "Start it with `TELEGRAM_BOT_TOKEN= minsheng sandbox`, or in another folder."
)


def run(
    or_sandbox: Annotated[bool, typer.Option("--or-sandbox", help="If no token is set, start the sandbox.")] = False,
) -> None:
    """Serve citizens in Telegram until SIGTERM or Ctrl-C. Exits with 78 if a setting or the database must be fixed."""
    from bot.app import run as serve  # noqa: PLC0415 - other commands start without Telegram's libraries

    settings = read_settings()
    if settings.telegram_bot_token is None and or_sandbox:
        print("TELEGRAM_BOT_TOKEN is not set, so the bot starts in the sandbox.")
        sandbox()
    raise typer.Exit(serve(settings))


def sandbox(
    subscribers: Annotated[
        int, typer.Option(min=0, max=100_000, help="Add this many subscribers on whom to try a broadcast.")
    ] = 0,
    *,
    terminal: Annotated[
        bool | None,
        typer.Option(
            "--terminal/--page",
            help="A chat in the terminal, of which nothing is kept, or the page in the browser.",
            show_default="the page; the terminal if input comes from a pipe or a file",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The port of the page.", show_default="8021, or the next free one"),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    reset: Annotated[bool, typer.Option("--reset", help="Erase what the page kept, and begin again.")] = False,
) -> None:
    """Try the bot without Telegram: the real process with simulated people, in the browser or the terminal."""
    settings = read_settings()
    if terminal or (terminal is None and _has_piped_input() and port is None and not reset):
        _run_and_exit(run_sandbox(settings.knowledge_path, settings.data_dir, subscribers))
    if settings.telegram_bot_token:
        stop(_TOKEN_IS_SET, EXIT_SETTINGS)
    options = PageOptions(
        knowledge=settings.knowledge_path,
        data_dir=settings.data_dir,
        port=port,
        subscribers=min(subscribers, MAX_SUBSCRIBERS),
        opens_browser=browser,
    )
    _run_and_exit(run_page(options, reset=reset))


def _run_and_exit(work: Coroutine[Any, Any, int]) -> NoReturn:
    """Run until the work ends or Ctrl-C; exit with its code."""
    try:
        code = asyncio.run(work)
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)


def _has_piped_input() -> bool:
    """Whether standard input is a pipe or a file; then its lines are typed into the chat in the terminal."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # there is no standard input
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
