"""`minsheng doctor` and `minsheng db`: checks for operators, before a start and after a failure."""

import asyncio

import typer

from bot.cli.options import read_settings
from bot.cli.terminal import stop
from bot.errors import EXIT_SETTINGS, OperatorError
from bot.settings import Settings

database = typer.Typer(help="Look at the database, or migrate it.", no_args_is_help=True)


def doctor() -> None:
    """Examine settings, folders, knowledge, encoder, database, token, network and clock.

    Exits with 78 if there is an error. Nothing is changed; the bot may run meanwhile.
    """
    from bot.runtime.system_checks import check_system  # noqa: PLC0415 - other commands start without Telegram's libraries

    async def print_findings(settings: Settings) -> bool:
        is_well = True
        async for finding in check_system(settings):
            print(f"{finding.state:8} {finding.about:10} {finding.sentence}", flush=True)
            is_well = is_well and finding.state != "error"
        return is_well

    if not asyncio.run(print_findings(read_settings())):
        raise typer.Exit(EXIT_SETTINGS)


@database.command()
def status() -> None:
    """Say whether the schema is current. Exits with 78 if the database cannot be read. The bot may run meanwhile."""
    from bot.storage.offline import schema_state  # noqa: PLC0415 - other commands start without SQLAlchemy

    try:
        state = schema_state(read_settings().database.get_secret_value())
    except OperatorError as error:
        stop(str(error), EXIT_SETTINGS)
    print(f"The database can be read; {state}.")


@database.command()
def upgrade() -> None:
    """Migrate the database to this version, all or nothing; each start of the bot does the same."""

    from bot.storage import UnreachableError, open_store  # noqa: PLC0415 - other commands start without SQLAlchemy
    from bot.storage.offline import schema_state  # noqa: PLC0415

    async def migrate(address: str) -> str | None:
        async with open_store(address) as store:
            return store.failure

    address = read_settings().database.get_secret_value()
    try:
        failure = asyncio.run(migrate(address))
    except (OperatorError, UnreachableError) as error:
        failure = str(error)
    if failure is not None:
        stop(failure, EXIT_SETTINGS)
    print(f"The database can be read; {schema_state(address)}.")
