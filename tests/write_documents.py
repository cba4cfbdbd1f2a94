"""Writes into the documents what follows from the code; `make generate` runs it."""

import re
import tempfile
from functools import partial
from pathlib import Path

from docs import diagram
from tests.documents import (
    COMMAND_ROW,
    ROLES,
    TELEGRAM,
    VARIABLE,
    blocks,
    command_rows,
    make_room,
    replayed,
    run,
    text,
)


def refresh_commands() -> None:
    """Write the menu texts into the tables of commands in Telegram; the details stay."""
    details = {name: rest.strip() for name, _, rest in COMMAND_ROW.findall(text(TELEGRAM))}
    fresh = text(TELEGRAM)
    for section, role in ROLES.items():
        before, below = fresh.split(f"## {section}\n")
        rows = "".join(f"| `/{name}` | {menu} | {details.get(name, '')} |\n" for name, menu in command_rows(role))
        head, _, rest = re.split(r"(?<=\|---\|---\|---\|\n)((?:\| `/.*\n)*)", below, maxsplit=1)
        fresh = f"{before}## {section}\n{head}{rows}{rest}"
    TELEGRAM.write_text(fresh, encoding="utf-8")


def refresh() -> None:
    """Write the present replies of the bot into the transcripts of all documents."""
    with tempfile.TemporaryDirectory() as folder:
        room = make_room(Path(folder))
        for path, transcript in blocks("console"):
            fresh = replayed(partial(run, room), transcript)
            if VARIABLE.sub("0", fresh) != VARIABLE.sub("0", transcript):
                path.write_text(text(path).replace(transcript, fresh), encoding="utf-8")


if __name__ == "__main__":
    refresh_commands()
    diagram.FILE.write_text(diagram.svg(diagram.imports()), encoding="utf-8")
    refresh()
