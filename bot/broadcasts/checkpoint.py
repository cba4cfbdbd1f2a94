"""Times of broadcast activity, in a file beside the database. A database with older times is an older copy."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from bot.atomic_file import replace_file
from bot.broadcasts.model import Broadcast
from bot.broadcasts.ports import Activity
from bot.errors import FileError

#: An identifier of the running system, and seconds since its start including sleep; None without such a clock.
Uptime: TypeAlias = tuple[str, float] | None
#: The most broadcasts in the file; the one with the oldest activity is removed first.
_REMEMBERED = 50
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

log = structlog.get_logger()


def system_uptime() -> Uptime:
    """The uptime of a Linux system; None elsewhere."""
    try:
        return _BOOT_ID.read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):
        return None


class CheckpointFile:
    """A JSON file: number and creation time of a broadcast -> time and uptime of its last activity.

    It holds no personal data. A file that cannot be read counts as empty.
    """

    def __init__(self, path: Path, uptime: Callable[[], Uptime] = system_uptime) -> None:
        self._path = path
        self._uptime = uptime

    async def last(self, broadcast: Broadcast) -> Activity | None:
        entry = (await asyncio.to_thread(self._read)).get(_key(broadcast))
        return None if entry is None else self._activity(entry)

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        entry: dict[str, Any] = {"at": at.isoformat()}
        if uptime := self._uptime():
            entry |= {"boot": uptime[0], "uptime": round(uptime[1], 3)}
        await asyncio.to_thread(self._update, {_key(broadcast): entry})

    async def is_missing(self) -> bool:
        return not await asyncio.to_thread(self._path.exists)

    async def create(self) -> None:
        await asyncio.to_thread(self._update, {})

    def _activity(self, entry: Mapping[str, Any]) -> Activity:
        """The activity, with its age if the system was not restarted since; the system clock may have been changed."""
        uptime = self._uptime()
        age = None
        if uptime and entry.get("boot") == uptime[0]:
            age = timedelta(seconds=max(0.0, uptime[1] - entry["uptime"]))
        return Activity(datetime.fromisoformat(entry["at"]), age)

    def _update(self, changes: dict[str, Mapping[str, Any]]) -> None:
        entries = self._read() | changes
        latest = sorted(entries.items(), key=lambda entry: str(entry[1]["at"]))[-_REMEMBERED:]
        with suppress(OSError):  # an earlier version made it readable for all accounts
            self._path.chmod(0o600)
        try:
            replace_file(self._path, json.dumps(dict(latest), indent=1).encode(), mode=0o600)
        except FileError as error:
            log.warning("checkpoint_not_written", problem=str(error.why))

    def _read(self) -> dict[str, Mapping[str, Any]]:
        """The valid entries. An earlier version of the program wrote only the time."""
        try:
            content = json.loads(self._path.read_bytes())
            found = {str(key): {"at": one} if isinstance(one, str) else one for key, one in content.items()}
        except (OSError, ValueError, AttributeError):
            return {}
        return {key: entry for key, entry in found.items() if _is_usable(entry)}


def _is_usable(entry: Any) -> bool:
    try:
        return datetime.fromisoformat(entry["at"]).tzinfo is not None and float(entry.get("uptime", 0)) >= 0
    except (TypeError, ValueError, KeyError, AttributeError):
        return False


def _key(broadcast: Broadcast) -> str:
    """The key of a broadcast. Its id is not enough, since another database uses the same ids."""
    return f"{broadcast.number} {broadcast.created_at.isoformat()}"
