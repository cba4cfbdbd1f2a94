"""`minsheng broadcast new | preview | start | status ...` and `minsheng subscribers`, through the running bot.

With `--json` each prints one object per line. The fields of a broadcast are listed in `bot.control.broadcast_json`:
`number`, `state`, `class`, `audience`, `head_count` ...; `new` and `preview` add `takes_seconds` and
`needs_second_admin`, `status` adds `recipients`, `sent`, `refused`, `unknown`, `rest`, `per_second`, `seconds_left` ...
`subscribers` prints `language` and `subscribers`. Exit codes: 0 done, 1 refused, or no bot runs, 2 wrong usage,
78 a setting is wrong.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.broadcasts.content import parse_number
from bot.broadcasts.model import FINAL
from bot.cli.broadcast_options import AudienceOption, prompt, read_attachment, read_text_option, with_language_options
from bot.cli.broadcast_output import format_draft, format_figures, format_progress, format_row, format_started
from bot.cli.control_client import Row, call_action, terminal_translator
from bot.cli.json_lines import print_json
from bot.cli.terminal import is_yes, stop
from bot.i18n.languages import Language, language_name
from bot.i18n.message import Translator

broadcast = typer.Typer(
    help="Write to all subscribers through the running bot: draft, preview, confirm, follow.",
    no_args_is_help=True,
)


class Kind(StrEnum):
    """The class of a broadcast."""

    ALERT = "alert"
    NOTICE = "notice"
    ONCE = "once"


NumberArgument = Annotated[str, typer.Argument(help="Its number, such as 2026-014.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@broadcast.command()
@with_language_options
def new(
    *,
    texts: dict[Language, str],
    links: dict[Language, list[str]],
    kind: Annotated[
        Kind,
        typer.Option(
            "--class",
            help="alert: at any hour; notice: not in quiet hours; once: never sent twice, also when"
            " it is uncertain whether it arrived.",
        ),
    ] = Kind.NOTICE,
    audience: AudienceOption = "everybody",
    at: Annotated[
        str | None,
        typer.Option(help="When, by the city's clocks: 2026-03-05 18:30, or 18:30.", show_default="at once"),
    ] = None,
    photo: Annotated[Path | None, typer.Option(help="A photo to attach.", show_default=False)] = None,
    document: Annotated[Path | None, typer.Option(help="A file to attach.", show_default=False)] = None,
    link: Annotated[
        list[str] | None, typer.Option(help="A button: “Schedule https://...”; may be repeated.", show_default=False)
    ] = None,
    to: Annotated[
        int | None, typer.Option(help="The admin who sees the preview in Telegram.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a broadcast, in place of the last draft made here; with --to, show it in the chat of an admin."""
    rows = call_action(
        "new",
        texts={language: read_text_option(text) for language, text in texts.items()},
        links=links,
        links_of_all=link or [],
        file=read_attachment(photo, document),
        kind=kind,
        audience=audience,
        at=at,
        to=to,
    )
    _show(rows, format_draft, as_json=as_json)


@broadcast.command()
def preview(
    number: NumberArgument,
    *,
    to: Annotated[int, typer.Option(help="The admin who sees it in Telegram.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Show a draft in the chat of an admin as recipients will see it; without a preview it cannot be sent."""
    _show(call_action("preview", number=number, to=to), format_draft, as_json=as_json)


@broadcast.command()
def start(
    number: NumberArgument,
    *,
    confirm: Annotated[
        int | None, typer.Option(help="The number of recipients that the preview showed.", show_default="asks")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send a draft that was previewed. It starts after a minute; until then it can be recalled."""
    head_count = _typed_head_count(number) if confirm is None else confirm
    _show(call_action("start", number=number, head_count=head_count), format_started, as_json=as_json)


@broadcast.command()
def status(
    number: Annotated[
        str | None, typer.Argument(help="Its number, such as 2026-014.", show_default="all that have not ended")
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Show it until it ends.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the progress of broadcasts."""
    rows = list(call_action("status", number=number))
    if not rows and not as_json:
        print(terminal_translator().gettext("No broadcast is under way."))
    elif follow and rows:
        _follow(rows[0]["number"], as_json=as_json)
    else:
        _show(rows, format_progress, as_json=as_json)


@broadcast.command()
def pause(number: NumberArgument, *, as_json: JsonOption = False) -> None:
    """Pause a broadcast until it is resumed."""
    _show(call_action("pause", number=number), format_row, as_json=as_json)


@broadcast.command()
def resume(number: NumberArgument, *, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Resume a paused broadcast; one that was paused automatically only after a question."""
    row = next(call_action("status", number=number))
    if not yes and row["paused_for"] not in (None, "admin"):
        print(format_row(row, terminal_translator()), file=sys.stderr)
        _agree(terminal_translator().gettext("It stopped by itself. Resume {number}? [y/N]", number=number))
    _show(call_action("resume", number=number), format_row, as_json=as_json)


@broadcast.command()
def cancel(number: NumberArgument, *, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Cancel a broadcast; messages that were sent stay."""
    if not yes:
        _agree(terminal_translator().gettext("{number} cannot go on afterwards. Cancel it? [y/N]", number=number))
    _show(call_action("cancel", number=number), format_row, as_json=as_json)


@broadcast.command("list")
def list_all(*, as_json: JsonOption = False) -> None:
    """List the last fifty broadcasts, newest first."""
    _show(call_action("list"), format_row, as_json=as_json)


def subscribers(*, as_json: JsonOption = False) -> None:
    """Count the subscribers by the language in which they get broadcasts."""
    rows = list(call_action("subscribers"))
    _show(rows, lambda row, _: f"{language_name(row['language'])}: {row['subscribers']}", as_json=as_json)
    if not as_json:
        print(terminal_translator().gettext("Together: {number}", number=sum(row["subscribers"] for row in rows)))


def _agree(question: str) -> None:
    """Ask for a yes; otherwise end the process."""
    if not is_yes(prompt(question, terminal_translator().gettext("Add --yes to do it without being asked."))):
        stop(terminal_translator().gettext("Nothing was done."), 1)


def _typed_head_count(number: str) -> int:
    """The head count of a draft, as typed; 0 without asking if it cannot be sent yet."""
    row = next(call_action("status", number=number))
    if row["state"] != "draft" or not row["previewed"]:
        return 0  # the bot says why
    question = terminal_translator().gettext(
        "{number} ({kind}) goes to {count} chats ({audience}). Type {count} to send it:",
        number=number,
        kind=row["class"],
        audience=row["audience"],
        count=row["head_count"],
    )
    answer = prompt(
        question, terminal_translator().gettext("Give the number of recipients from the preview with --confirm.")
    )
    head_count = parse_number(answer)
    if head_count is None:
        stop(terminal_translator().gettext("That is not the number. Nothing was sent."), 1)
    return head_count


# --- What is shown --------------------------------------------------------------------------------------------------


def _show(rows: Iterable[Row], formatter: Callable[[Row, Translator], str], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            print_json(row)
        else:
            print(formatter(row, terminal_translator()))


def _follow(number: str, *, as_json: bool) -> None:
    """Show a broadcast until it ends: as a bar on a terminal, otherwise as one line for each change."""
    console = Console()
    if as_json or not console.is_terminal:
        _show(_changes(_course_of(number)), format_progress, as_json=as_json)
        return
    last: Row = {}
    with Live(console=console, transient=True, auto_refresh=False) as live:
        for last in _course_of(number):
            live.update(_picture(last), refresh=True)
    print(format_progress(last, terminal_translator()))


def _picture(row: Row) -> Table:
    """The progress of a broadcast in three lines."""
    picture, whole = Table.grid(), max(row["recipients"], row["head_count"] or 0)
    picture.add_row(Text(format_row(row, terminal_translator())))
    picture.add_row(ProgressBar(total=whole, completed=row["recipients"] - row["rest"], width=60))
    picture.add_row(Text(format_figures(row, terminal_translator())))
    return picture


def _course_of(number: str) -> Iterator[Row]:
    """The rows of a broadcast from now until it ends; for a draft, one row."""
    while True:
        began = time.monotonic()
        row = next(call_action("status", number=number))
        yield row
        if row["state"] in FINAL or row["state"] == "draft":
            return
        # For a paused broadcast the database counts each time, which may be slow.
        time.sleep(max(1.0, 20 * (time.monotonic() - began)))


def _changes(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that differ from the previous one."""
    last: Row | None = None
    for row in rows:
        if row != last:
            yield row
        last = row
