"""The bot's side of the socket in `DATA_DIR`, through which commands on the server reach the running bot.

A line in is one JSON object: `{"act": "pause", "lang": "en", "with": {"number": "2026-014"}}`. Lines out are any number
of `{"row": {...}}` and, at the end, `{"end": true}`, or `{"error": "a sentence in that language"}`.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import structlog
from pydantic import ValidationError

from bot.control.socket import LARGEST_LINE, listening
from bot.errors import StorageError
from bot.i18n.catalog import phrases
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.log_config import error_location
from bot.telegram_api.startup import cancel_on_stop

Row: TypeAlias = Mapping[str, Any]
#: Something that can be asked for: from what the caller gives to the rows of the answer. RejectedError when it is not
#: done; pydantic's ValidationError, before anything is done, when it cannot be with what was given.
Act: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Sequence[Row]]]

#: Seconds in which acts may still end when the program does.
LAST_SECONDS = 3.0

_TOO_LONG = lazy_gettext("The line is longer than {most} bytes.", most=LARGEST_LINE)

log = structlog.get_logger()


class RejectedError(Exception):
    """It was not done, or not to its end: the sentence that tells people why, and the rows there are all the same."""

    def __init__(self, why: LazyMessage, *rows: Row) -> None:
        super().__init__(str(why))
        self.why = why
        self.rows = rows


@dataclass(frozen=True, slots=True)
class _Call:
    """A line that was understood."""

    act: Act
    name: str
    language: Language
    given: Mapping[str, Any]


class Control:
    """Takes calls at the socket, any number at a time; whatever goes wrong in one, the bot goes on."""

    def __init__(self, path: Path, acts: Mapping[str, Act]) -> None:
        self._path = path
        self._acts = acts
        self._guests: set[asyncio.Task[None]] = set()

    async def serve(self, stopping: asyncio.Event) -> None:
        """Take calls until it is time to stop, and let those end that have begun.

        Where there can be no socket, the bot goes on without one.
        """
        try:
            with listening(self._path) as taking:
                await self._serve(taking, stopping)
        except OSError as error:
            log.warning("no_control", error=error.strerror or str(error))

    async def _serve(self, taking: socket.socket, stopping: asyncio.Event) -> None:
        async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guest = asyncio.create_task(self._converse(reader, writer, stopping))
            self._guests.add(guest)
            guest.add_done_callback(self._guests.discard)

        server = await asyncio.start_unix_server(welcome, sock=taking, limit=LARGEST_LINE)
        try:
            await stopping.wait()
        finally:
            server.close()
            await self._see_off()

    async def _see_off(self) -> None:
        if self._guests:
            _, late = await asyncio.wait(set(self._guests), timeout=LAST_SECONDS)
            for guest in late:
                guest.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stopping: asyncio.Event
    ) -> None:
        """Answer one caller, line by line, until either leaves."""
        try:
            while line := await cancel_on_stop(stopping, reader.readline()):
                await _write(writer, await self._answer(line))
        except ValueError:  # asyncio's word for a line that is too long: nobody knows where the next one begins
            await _write(writer, [_error(_TOO_LONG, "en")])
        except ConnectionError:
            log.debug("control_hung_up")
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> list[Row]:
        """What is answered to a line; an act that has begun is brought to its end, whether or not somebody waits."""
        call = self._understand(line)
        if isinstance(call, LazyMessage):
            return [_error(call, "en")]
        try:
            return [*_rows(await call.act(call.given)), {"end": True}]
        except RejectedError as refusal:
            return [*_rows(refusal.rows), _error(refusal.why, call.language)]
        except ValidationError as error:
            place = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
            why = lazy_gettext("“{act}” cannot be done with what is given as “{place}”.", act=call.name, place=place)
        except StorageError:
            why = lazy_gettext("The database can be neither read nor written at the moment. The bot's log says why.")
        except Exception as error:  # noqa: BLE001 - whatever it is, the bot goes on
            log.warning("act_failed", act=call.name, error=type(error).__name__, place=error_location(error))
            why = lazy_gettext("The bot failed at this. Its log says where.")
        return [_error(why, call.language)]

    def _understand(self, line: bytes) -> _Call | LazyMessage:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not isinstance(given := said.get("with", {}), dict):
            return lazy_gettext(
                "The line is no call: write one JSON object with “act”, and “with” where it needs something."
            )
        name = str(said.get("act"))
        if name not in self._acts:
            return lazy_gettext("There is no such act. There are: {acts}", acts=", ".join(sorted(self._acts)))
        language: Language = next((code for code in LANGUAGES if code == said.get("lang")), "en")
        return _Call(self._acts[name], name, language, given)


def _rows(rows: Sequence[Row]) -> list[Row]:
    return [{"row": row} for row in rows]


def _error(why: LazyMessage, language: Language) -> Row:
    return {"error": why.render(phrases(language))}


async def _write(writer: asyncio.StreamWriter, lines: Sequence[Row]) -> None:
    for line in lines:
        writer.write(json.dumps(line).encode() + b"\n")
    await writer.drain()
