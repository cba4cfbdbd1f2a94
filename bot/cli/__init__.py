"""The command line."""

import io
import sys

import typer

from bot.cli.ask import ask, chat
from bot.cli.broadcast import broadcast, subscribers
from bot.cli.check import check, schema, stale
from bot.cli.evaluate import evaluate, tune
from bot.cli.match import match
from bot.cli.run import run, sandbox
from bot.cli.spreadsheet import export_sheet, import_sheet

app = typer.Typer(
    help="Minsheng answers citizens from one reviewed file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (run, sandbox, ask, chat, check, stale, schema, evaluate, tune, match, subscribers):
    app.command()(command)
app.command("export")(export_sheet)
app.command("import")(import_sheet)
app.add_typer(broadcast, name="broadcast")


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the terminal is set to, no reply may end in a traceback
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()
