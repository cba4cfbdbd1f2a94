"""How commands reach the running bot: at the socket in `DATA_DIR`, a line there and some lines back."""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from bot.cli.options import read_settings, stop
from bot.control.socket import LARGEST_LINE, NAME, reachable
from bot.i18n.catalog import phrases
from bot.i18n.message import Translator
from bot.settings import terminal_language

Row: TypeAlias = dict[str, Any]


def spoken() -> Translator:
    """The language of the terminal."""
    return phrases(terminal_language())


def called(act: str, **given: Any) -> Iterator[Row]:
    """The rows of the running bot's answer; what is given as None is left out.

    Ends the process with the bot's sentence, behind the rows that there are all the same, when it refuses; and with
    another one when no bot runs here, or it ends meanwhile.
    """
    needed = {name: value for name, value in given.items() if value is not None}
    for line in _exchanged({"act": act, "lang": terminal_language(), "with": needed}):
        if "row" in line:
            yield line["row"]
        elif "error" in line:
            stop(line["error"], 1)


def _exchanged(call: Mapping[str, Any]) -> list[Row]:
    path, line = read_settings().data_dir / NAME, json.dumps(call).encode() + b"\n"
    if len(line) > LARGEST_LINE:
        stop(spoken().gettext("That is more than a bot takes at once."), 2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bot:
        try:
            with reachable(path) as address:
                bot.connect(address)
        except PermissionError:
            stop(
                spoken().gettext(
                    "The bot runs under another account, and only that one can call it: {file}.", file=path
                ),
                1,
            )
        except OSError:
            _stop_for_nobody(path)
        try:
            bot.sendall(line)
            bot.shutdown(socket.SHUT_WR)
            with bot.makefile("rb") as answer:
                lines: list[Row] = [json.loads(part) for part in answer]
        except (OSError, ValueError):
            lines = []
    if not lines or not lines[-1].keys() & {"end", "error"}:
        stop(
            spoken().gettext("The bot ended before it answered. `minsheng broadcast list` tells whether it was done."),
            1,
        )
    return lines


def _stop_for_nobody(path: Path) -> NoReturn:
    sentence = spoken().gettext(
        "No bot runs with the data in {folder}. Start it with `minsheng run`; if one runs, call this in the same folder"
        " and with the same settings.",
        folder=path.parent,
    )
    stop(sentence, 1)
