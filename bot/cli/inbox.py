"""`minsheng inbox` and `minsheng teach`, through the running bot.

Exit codes: 0 done, 1 refused, not confirmed, or no bot runs, 2 wrong usage, 78 a setting is wrong.
"""

import csv
import sys
from typing import Annotated, Any

import typer

from bot.cli.control_client import call_action
from bot.cli.json_lines import print_json
from bot.cli.terminal import agrees, stop
from bot.csv_cell import csv_cell
from bot.settings import terminal_language

_COLUMNS = ("group", "count", "newest", "languages", "outcomes", "near", "examples")


def inbox(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per group.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a CSV table without formulas.")] = False,
) -> None:
    """List the groups of questions that the bot could not answer, the largest first."""
    rows = call_action("inbox")
    if as_json:
        for row in rows:
            print_json(row)
    elif as_csv:
        table = csv.writer(sys.stdout)
        table.writerow(_COLUMNS)
        table.writerows([_cell(row[name]) for name in _COLUMNS] for row in rows)
    else:
        for row in rows:
            print(f"#{row['group']}  {row['count']}x  {', '.join(row['languages'])}")
            for example in row["examples"]:
                print(f"    {example}")


def teach(
    group: Annotated[int, typer.Argument(help="The number of a group, as `minsheng inbox` shows it.")],
    *,
    project: Annotated[str | None, typer.Option(help="The id of a project.", show_default=False)] = None,
    fact: Annotated[
        str | None, typer.Option(help="A fact, as the id of its project or area, / and its own.", show_default=False)
    ] = None,
    area: Annotated[str | None, typer.Option(help="The id of the area it asks about.", show_default=False)] = None,
    topic: Annotated[str | None, typer.Option(help="The id of a topic elsewhere.", show_default=False)] = None,
    smalltalk: Annotated[str | None, typer.Option(help="The kind of small talk: thanks.", show_default=False)] = None,
    ignore: Annotated[bool, typer.Option("--ignore", help="Ignore the group for good.")] = False,
    later: Annotated[bool, typer.Option("--later", help="Show the group again in a week.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Publish without asking.")] = False,
) -> None:
    """Attach a group to what it asks about: show what would change, and publish it."""
    targets = {"project": project, "fact": fact, "area": area, "topic": topic, "smalltalk": smalltalk}
    chosen = [(kind, name) for kind, name in targets.items() if name is not None]
    if len(chosen) + ignore + later != 1:
        stop("Name one of --project, --fact, --area, --topic, --smalltalk, --ignore and --later.", 2)
    if chosen:
        _attach(group, *chosen[0], yes=yes)
    else:
        for row in call_action("decide", group=group, state="ignored" if ignore else "later"):
            print(f"#{row['group']}: {row['state']}")


def _attach(group: int, kind: str, name: str, *, yes: bool) -> None:
    """Show the effects of attaching a group, then publish or discard it."""
    (proposal,) = call_action("teach", group=group, kind=kind, id=name, language=terminal_language())
    print(proposal["text"])
    publish = yes or agrees("Publish?")
    for row in call_action("publish-teaching", draft=proposal["draft"], publish=publish):
        print(f"published: {row['version'][:12]}")
    if not publish:
        print("Nothing was published.")
        raise typer.Exit(1)


def _cell(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    text = "\n".join(each["id"] if isinstance(each, dict) else str(each) for each in parts)
    return csv_cell(text)
