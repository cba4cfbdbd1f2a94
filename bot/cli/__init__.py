"""The command line."""

import io
import sys
from typing import Annotated

import typer

from bot import __version__
from bot.cli.ask import ask, chat
from bot.cli.backup import backup, restore
from bot.cli.broadcast import broadcast, subscribers
from bot.cli.check import check, list_projects, migrate_knowledge, schema, stale
from bot.cli.doctor import database, doctor
from bot.cli.evaluate import evaluate, tune
from bot.cli.match import match
from bot.cli.report import report
from bot.cli.run import run, sandbox
from bot.cli.spreadsheet import export_sheet, import_sheet

app = typer.Typer(
    help="Minsheng: a city answers its citizens in Telegram from reviewed files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    run,
    sandbox,
    ask,
    chat,
    check,
    stale,
    schema,
    evaluate,
    tune,
    match,
    subscribers,
    report,
    backup,
    restore,
    doctor,
):
    app.command()(command)
app.command("list")(list_projects)
app.command("migrate-knowledge")(migrate_knowledge)
app.command("export")(export_sheet)
app.command("import")(import_sheet)
app.add_typer(broadcast, name="broadcast")
app.add_typer(database, name="db")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"minsheng {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before the command."""


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without UTF-8 must not end a reply in a traceback
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()
