"""`minsheng run` serves Telegram; `minsheng sandbox` tries the bot against a Telegram server on this machine."""

import asyncio
from typing import Annotated

import typer

from bot.cli.options import read_settings
from bot.cli.sandbox import run_sandbox


def run(
    or_sandbox: Annotated[bool, typer.Option("--or-sandbox", help="If no token is set, start the sandbox.")] = False,
) -> None:
    """Serve citizens in Telegram until SIGTERM or Ctrl-C. Exits with 78 if the operator must fix something first."""
    from bot.app import run as serve  # noqa: PLC0415 - other commands start without Telegram's libraries

    settings = read_settings()
    if settings.telegram_bot_token is None and or_sandbox:
        print("TELEGRAM_BOT_TOKEN is not set, so the bot starts in the sandbox.")
        sandbox(0)
    raise typer.Exit(serve(settings))


def sandbox(
    subscribers: Annotated[
        int, typer.Option(min=0, max=100_000, help="Add this many subscribers on whom to try a broadcast.")
    ] = 0,
) -> None:
    """Try the bot in the terminal: the real process against a Telegram server on this machine."""
    settings = read_settings()
    try:
        code = asyncio.run(run_sandbox(settings.knowledge_path, settings.data_dir, subscribers))
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)
