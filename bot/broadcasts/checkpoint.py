"""How far broadcasts had come, in a file beside the database, by which an older copy of the database is found out."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import structlog

from bot.atomic_file import replace_file
from bot.broadcasts.model import Broadcast
from bot.errors import FileError

#: Broadcasts that are remembered; the one that was worked on longest ago leaves first.
_REMEMBERED = 50

log = structlog.get_logger()


class CheckpointFile:
    """A small JSON file (a `Checkpoint`): a broadcast's number and time of making -> when it last was worked on.

    It holds nothing of any person. A file that cannot be read counts as empty: then only the time that passed tells
    that a database is an older copy.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def last(self, broadcast: Broadcast) -> datetime | None:
        """When it last was worked on; None when nothing is known of it."""
        return (await asyncio.to_thread(self._read)).get(_key(broadcast))

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        """It was worked on; what cannot be written is logged."""
        await asyncio.to_thread(self._note, _key(broadcast), at)

    def _note(self, key: str, at: datetime) -> None:
        entries = sorted((self._read() | {key: at}).items(), key=lambda entry: entry[1])[-_REMEMBERED:]
        content = json.dumps({name: moment.isoformat() for name, moment in entries}, indent=1)
        try:
            replace_file(self._path, content.encode())
        except FileError as error:
            log.warning("logbook_not_written", problem=str(error.why))

    def _read(self) -> dict[str, datetime]:
        try:
            entries = json.loads(self._path.read_bytes())
            return {str(name): datetime.fromisoformat(moment) for name, moment in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _key(broadcast: Broadcast) -> str:
    """Not the id: another database begins with the same ones."""
    return f"{broadcast.number} {broadcast.created_at.isoformat()}"
