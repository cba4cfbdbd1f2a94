"""The client of the control server: how commands reach the running bot."""

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from bot.cli.options import read_settings
from bot.cli.terminal import stop
from bot.control.socket import MAX_BODY, NAME, short_path
from bot.i18n.catalog import translator_in
from bot.i18n.message import Translator
from bot.settings import terminal_language

Row: TypeAlias = dict[str, Any]


def terminal_translator() -> Translator:
    """The language of the terminal."""
    return translator_in(terminal_language())


def call_action(action: str, **given: Any) -> Iterator[Row]:
    """Run an action of the running bot and yield its rows; values that are None are left out.

    If the bot refuses, prints its message after the rows and ends the process; also if no bot runs here, or it ends
    meanwhile.
    """
    answer = _request(action, {name: value for name, value in given.items() if value is not None})
    yield from answer["rows"]
    if "error" in answer:
        stop(answer["error"], 1)


class SocketConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_path(self._path) as address:
            self.sock.connect(address)


def _request(action: str, given: Mapping[str, Any]) -> Row:
    path, body = read_settings().data_dir / NAME, json.dumps(given).encode()
    if len(body) > MAX_BODY:
        stop(terminal_translator().gettext("That is more than a bot takes at once."), 2)
    connection = SocketConnection(path)
    with closing(connection):
        _connect(connection, path)
        answer = _exchange(connection, f"/{action}?lang={terminal_language()}", body)
    if answer is None:
        sentence = terminal_translator().gettext(
            "The bot ended before it answered. Check whether it was done before you repeat it."
        )
        stop(sentence, 1)
    return answer


def _connect(connection: SocketConnection, path: Path) -> None:
    try:
        connection.connect()
    except PermissionError:
        sentence = terminal_translator().gettext(
            "The bot runs under another account, and only that one can call it: {file}.", file=path
        )
        stop(sentence, 1)
    except OSError:
        _stop_without_bot(path)


def _exchange(connection: SocketConnection, target: str, body: bytes) -> Row | None:
    """The response; None if the bot ended before it was complete."""
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        answer: Any = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        answer = None
    return answer if isinstance(answer, dict) and "rows" in answer else None


def _stop_without_bot(path: Path) -> NoReturn:
    sentence = terminal_translator().gettext(
        "No bot runs with the data in {folder}. Start it with `minsheng run`; if one runs, call this in the same folder"
        " and with the same settings.",
        folder=path.parent,
    )
    stop(sentence, 1)
