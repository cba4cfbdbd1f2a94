"""Times of activity of broadcasts, in a file beside the database: it shows that the database is an older copy."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import structlog

from bot.atomic_file import replace_file
from bot.broadcasts.model import Broadcast
from bot.errors import FileError

#: Broadcasts in the file; the one with the oldest activity is removed first.
_REMEMBERED = 50

log = structlog.get_logger()


class CheckpointFile:
    """A JSON file: number and creation time of a broadcast -> its last activity.

    It holds no personal data. A file that cannot be read counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def last(self, broadcast: Broadcast) -> datetime | None:
        return (await asyncio.to_thread(self._read)).get(_key(broadcast))

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        await asyncio.to_thread(self._note, _key(broadcast), at)

    def _note(self, key: str, at: datetime) -> None:
        entries = sorted((self._read() | {key: at}).items(), key=lambda entry: entry[1])[-_REMEMBERED:]
        content = json.dumps({name: moment.isoformat() for name, moment in entries}, indent=1)
        try:
            replace_file(self._path, content.encode())
        except FileError as error:
            log.warning("checkpoint_not_written", problem=str(error.why))

    def _read(self) -> dict[str, datetime]:
        try:
            entries = json.loads(self._path.read_bytes())
            return {str(name): datetime.fromisoformat(moment) for name, moment in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _key(broadcast: Broadcast) -> str:
    """Not the id: another database begins with the same ids."""
    return f"{broadcast.number} {broadcast.created_at.isoformat()}"
