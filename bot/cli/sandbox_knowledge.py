"""The sandbox's knowledge for its page: files to edit, checks, and the version that the bot answers from."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from bot.cli.control_client import SocketConnection
from bot.control.socket import NAME
from bot.errors import FileError
from bot.knowledge import Diagnostic
from bot.knowledge.json_schema import asking_schema, knowledge_schema
from bot.publishing.files.folder import MAIN, pack, stamps_of, unpack, write_content
from bot.publishing.files.load import load_content
from bot.publishing.files.repository import read_saved
from bot.publishing.live import digest_of
from bot.sandbox.page.ports import Json, Refusal
from bot.settings import environment_with

#: Seconds within which the bot must respond, because the sandbox cannot end while it waits.
_PATIENCE = 10.0
_CHECK = ("check", "--format", "json", "--lang", "en")
_BOT_IS_DOWN = "The bot cannot be asked at the moment; it starts, or is down."


class RunningBot:
    """The bot's control socket; an `Explainer`."""

    def __init__(self, data_dir: Path) -> None:
        self._socket = data_dir / NAME

    async def explain(self, text: str, language: str) -> Json:
        """Explain the bot's answer to a text. Raises Refusal while the bot is down."""
        return await asyncio.to_thread(self._call, "explain", {"text": text, "language": language})

    async def version(self) -> str:
        """The digest of the files that it answers from. Raises Refusal while the bot is down."""
        return str((await asyncio.to_thread(self._call, "version", {}))["digest"])

    def _call(self, action: str, given: Mapping[str, Any]) -> Json:
        connection = SocketConnection(self._socket)
        with closing(connection):
            try:
                connection.connect()
                connection.sock.settimeout(_PATIENCE)
                connection.request("POST", f"/{action}", json.dumps(given), {"Content-Type": "application/json"})
                answer = json.loads(connection.getresponse().read())
            except (OSError, ValueError, HTTPException):
                raise Refusal(_BOT_IS_DOWN, "bot_down") from None
        if "error" in answer:
            raise Refusal(answer["error"])
        return dict(answer["rows"][0])


class SandboxKnowledge:
    """The copy of the knowledge files that the sandbox's bot serves."""

    def __init__(self, path: Path, data_dir: Path, bot: RunningBot) -> None:
        self._path, self._data_dir, self._bot = path, data_dir, bot
        self._stamp: tuple[object, ...] = ()
        self._digest = ""
        self._checking: asyncio.subprocess.Process | None = None

    async def read(self, name: str) -> Json:
        """The names of the files, and the text and schema of one; raises Refusal if there is no such file."""
        files = await asyncio.to_thread(self._files)
        name = name or MAIN
        if name not in files:
            raise Refusal("There is no such knowledge file.")
        schema = knowledge_schema() if name == MAIN else asking_schema()
        return {"files": list(files), "name": name, "text": files[name].decode(errors="replace"), "schema": schema}

    async def check(self, name: str, text: str, *, full: bool) -> list[Json]:
        """The errors of all files with this text in one of them; with `full`, also what `minsheng check` finds."""
        content = await asyncio.to_thread(self._changed, name or MAIN, text)
        faults = await asyncio.to_thread(_load_faults, content)
        return faults if not full or _has_error(faults) else await self._check_fully(content) or faults

    async def save(self, name: str, text: str) -> list[Json]:
        """Replace the file unless there is an error; return the errors."""
        content = await asyncio.to_thread(self._changed, name or MAIN, text)
        faults = await asyncio.to_thread(_load_faults, content)
        if not _has_error(faults):
            try:
                await asyncio.to_thread(write_content, self._path, content)
            except FileError as refusal:
                raise Refusal(str(refusal.why)) from None
        return faults

    async def digest(self) -> str:
        """The digest of the saved files; empty if they cannot be read."""
        stamp = await asyncio.to_thread(stamps_of, self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            with suppress(FileError):
                self._digest = digest_of(await asyncio.to_thread(read_saved, self._path))
        return self._digest

    async def served_digest(self) -> str:
        """The digest of the version that the bot answers from; empty if it cannot be asked."""
        try:
            return await self._bot.version()
        except Refusal:
            return ""

    def _files(self) -> dict[str, bytes]:
        try:
            return unpack(read_saved(self._path))
        except FileError as refusal:
            raise Refusal(str(refusal.why)) from None

    def _changed(self, name: str, text: str) -> bytes:
        files = self._files()
        if name not in files:
            raise Refusal("There is no such knowledge file.")
        try:
            return pack({**files, name: text.encode()})
        except FileError as refusal:
            raise Refusal(str(refusal.why)) from None

    async def _check_fully(self, content: bytes) -> list[Json]:
        """The result of `minsheng check`, which runs for seconds in a separate process; ends an earlier check."""
        if self._checking and self._checking.returncode is None:
            self._checking.kill()
        with tempfile.TemporaryDirectory(prefix="minsheng-check-") as folder:
            path = Path(folder, MAIN)
            await asyncio.to_thread(write_content, path, content)
            settings = {"DATA_DIR": str(self._data_dir), "TELEGRAM_BOT_TOKEN": ""}
            self._checking = checking = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *_CHECK, str(path)),
                env=environment_with(**settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            output, _ = await checking.communicate()
        with suppress(ValueError):
            return [_fault_of_row(row, folder) for row in json.loads(output)]
        return []


def _load_faults(content: bytes) -> list[Json]:
    return _by_file(load_content(content).diagnostics)


def _by_file(diagnostics: Sequence[Diagnostic]) -> list[Json]:
    return [_fault_of_row(each.as_json(""), "") for each in diagnostics]


def _fault_of_row(row: Mapping[str, Any], folder: str) -> Json:
    """An error for the page, from a row of `minsheng check --format json`."""
    file = str(row["path"]).removeprefix(folder).lstrip("./") or MAIN
    message = f"{row['sentence']} ({row['suggestion']})" if row["suggestion"] else str(row["sentence"])
    return {"file": file, "message": message} | {name: row[name] for name in ("line", "column", "severity")}


def _has_error(faults: Sequence[Json]) -> bool:
    return any(fault["severity"] == "error" for fault in faults)
