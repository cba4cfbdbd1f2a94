"""The command line."""

import io
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot import __version__

#: Command -> its module in this package, and its name there. A module is imported only when its command is used,
#: because importing all of them takes more than a second.
_COMMANDS = {
    "run": ("run", "run"),
    "sandbox": ("run", "sandbox"),
    "ask": ("ask", "ask"),
    "chat": ("ask", "chat"),
    "check": ("knowledge", "check"),
    "stale": ("knowledge", "stale"),
    "schema": ("knowledge", "schema"),
    "evaluate": ("evaluate", "evaluate"),
    "tune": ("evaluate", "tune"),
    "match": ("match", "match"),
    "subscribers": ("broadcast", "subscribers"),
    "report": ("report", "report"),
    "inbox": ("inbox", "inbox"),
    "teach": ("inbox", "teach"),
    "backup": ("backup", "backup"),
    "restore": ("backup", "restore"),
    "doctor": ("doctor", "doctor"),
    "list": ("knowledge", "list_projects"),
    "migrate-knowledge": ("knowledge", "migrate_knowledge"),
    "export": ("spreadsheet", "export_sheet"),
    "import": ("spreadsheet", "import_sheet"),
    "broadcast": ("broadcast", "broadcast"),
    "db": ("doctor", "database"),
}
#: Commands without the option --sandbox, because they serve Telegram or read no settings.
_WITHOUT_SANDBOX = {"run", "sandbox", "schema", "match", "restore"}


class _Commands(TyperGroup):
    """Imports the module of a command only when that command is run."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
        """The command, or None for an unknown name; typer then suggests one of the loaded commands."""
        for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:
            if name not in self.commands:
                self.commands[name] = _load(name)
        return self.commands.get(cmd_name)


def _load(command: str) -> Any:
    module, name = _COMMANDS[command]
    found = getattr(import_module(f"bot.cli.{module}"), name)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=command)
    else:
        alone.command(command)(found)
    loaded = typer.main.get_group(alone).commands[command]
    if command not in _WITHOUT_SANDBOX:
        _add_sandbox_option(loaded)
    return loaded


def _add_sandbox_option(command: Any) -> None:
    """Add the option --sandbox to a command, or to each command of a group: use the settings of the running sandbox."""
    for each in getattr(command, "commands", {}).values():
        _add_sandbox_option(each)
    if not hasattr(command, "commands"):
        command.params.append(_sandbox_option())


def _use_sandbox(wanted: bool) -> None:
    if wanted:
        import_module("bot.cli.sandbox_folder").use_running_sandbox()


def _sandbox_option() -> Any:
    """The option --sandbox, which changes the settings before a command reads them."""

    def command(
        _: Annotated[
            bool,
            typer.Option(
                "--sandbox",
                callback=_use_sandbox,
                is_eager=True,
                expose_value=False,
                help="Use the sandbox that runs here: its bot, its database and its knowledge files.",
            ),
        ] = False,
    ) -> None: ...

    alone = typer.Typer(add_completion=False)
    alone.command()(command)
    return typer.main.get_command(alone).params[0]


app = typer.Typer(
    cls=_Commands,
    help="Minsheng: a city answers its citizens in Telegram from reviewed files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
        # Without this, a terminal without UTF-8 would end a reply with a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()
