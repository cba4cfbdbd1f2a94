"""`minsheng report`, through the running bot.

With `--json` it prints one object; `bot.inbox.report.model.report_row` lists its fields. Exit codes: 0 done, 1 refused,
or no bot runs, 2 wrong usage, 78 a setting is wrong.
"""

from typing import Annotated

import typer

from bot.cli.control_client import call_action
from bot.cli.json_lines import print_json
from bot.cli.terminal import stop
from bot.i18n.dates import parse_date
from bot.settings import terminal_language


def report(
    *,
    since: Annotated[
        str | None, typer.Option(help="The first day, such as 2026-03-01; without it, 28 days ago.", show_default=False)
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print a page with charts that needs no other file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what citizens asked, how it was answered, and what staff and teaching did."""
    form = "row" if as_json else "page" if html else "text"
    first = None if since is None else _iso_day(since)
    for row in call_action("report", form=form, language=terminal_language(), since=first):
        if as_json:
            print_json(row)
        else:
            print(str(row[form]).rstrip())


def _iso_day(text: str) -> str:
    day = parse_date(text)
    if day is None:
        stop(f"“{text}” is not a day; write it as 2026-03-01.", 2)
    return day.isoformat()
