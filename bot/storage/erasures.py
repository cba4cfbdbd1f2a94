"""The erasure ledger: who asked to be forgotten, so that a restored backup forgets them again.

It is stored next to the database in `DATA_DIR`, and a restore reads it. A line contains the time and a keyed hash of
the chat id, never the id. The key is in a separate file and in each backup, so the ledger alone reveals nothing.

Adding a line removes lines older than `KEEP_ERASURES`; older backups must not be kept.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.atomic_file import replace_file
from bot.errors import FileError, StorageError

#: The names of the files.
LEDGER, KEY = "erasures.jsonl", "erasures.key"
#: How long a line stays in the ledger; an older backup would restore chats that were erased.
KEEP_ERASURES = timedelta(days=400)


class ErasureLedger:
    """The ledger: the files `LEDGER` and `KEY` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def add(self, chat: int) -> None:
        """Record the erasure of a chat on disk; raises StorageError, with nothing recorded, on failure."""
        try:
            await asyncio.to_thread(self._add, chat)
        except (FileError, OSError) as error:
            raise StorageError(f"The ledger of erasures cannot be written: {error}") from error

    def key(self) -> bytes:
        """The key of this ledger, created if it is missing."""
        path = self._folder / KEY
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(path, secrets.token_bytes(32), mode=0o600)
        return path.read_bytes()

    def erased(self, chats: Iterable[int], *, since: datetime, key: bytes) -> list[int]:
        """The chats whose erasure was recorded with this key at `since` or later."""
        hashes = {noted for at, noted in self._lines() if at >= since}
        return [chat for chat in chats if _hash(key, chat) in hashes] if hashes else []

    def _add(self, chat: int) -> None:
        now = datetime.now(UTC)
        lines = [(at, noted) for at, noted in self._lines() if at > now - KEEP_ERASURES]
        lines.append((now, _hash(self.key(), chat)))
        rows = (json.dumps({"at": at.isoformat(), "chat": noted}) + "\n" for at, noted in lines)
        replace_file(self._folder / LEDGER, "".join(rows).encode(), mode=0o600)

    def _lines(self) -> Iterator[tuple[datetime, str]]:
        path = self._folder / LEDGER
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                yield datetime.fromisoformat(row["at"]), row["chat"]


def _hash(key: bytes, chat: int) -> str:
    return hmac.digest(key, str(chat).encode(), hashlib.sha256).hex()
