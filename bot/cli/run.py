"""Commands that serve citizens: run, in Telegram; sandbox, against a Telegram on this machine."""

import asyncio
from typing import Annotated

import typer

from bot.cli.options import known_settings
from bot.cli.sandbox import try_out


def run(
    or_sandbox: Annotated[
        bool, typer.Option("--or-sandbox", help="Without a token, start the sandbox instead of refusing.")
    ] = False,
) -> None:
    """Serve citizens in Telegram until SIGTERM or Ctrl-C; exit 78 when a setting has to be mended."""
    from bot.app import run as serve  # noqa: PLC0415 - other commands need not wait for Telegram's libraries

    settings = known_settings()
    if settings.telegram_bot_token is None and or_sandbox:
        print("No TELEGRAM_BOT_TOKEN is set, so here is a Telegram on this machine to try the bot in.")
        sandbox(0)
    raise typer.Exit(serve(settings))


def sandbox(
    subscribers: Annotated[
        int, typer.Option(min=0, max=100_000, help="So many people press start first, to try a broadcast on.")
    ] = 0,
) -> None:
    """Try the bot in the terminal: the real bot process against a Telegram on this machine."""
    settings = known_settings()
    try:
        code = asyncio.run(try_out(settings.knowledge_path, subscribers))
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)
