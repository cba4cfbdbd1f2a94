"""The folder of the sandbox page: its contents, and how other commands find the running sandbox.

DATA_DIR/sandbox/
    knowledge/      a copy of the knowledge files, which the sandbox's bot serves and its staff change
    bot/            the DATA_DIR of that bot: its database and its control socket
    telegram/       people, chats and files
    running.json    the settings of the bot, while the sandbox runs; only this account may read it
    lock            locked while the sandbox runs
"""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.atomic_file import replace_file
from bot.cli.options import read_settings
from bot.cli.terminal import stop
from bot.errors import FileError
from bot.settings import use_environment

_PRIVATE = 0o600


class AlreadyRunningError(Exception):
    """Another process has locked the folder."""


class SandboxFolder:
    """The folder, which is also a `Store` for the state of its Telegram."""

    def __init__(self, data_dir: Path) -> None:
        self.path = (data_dir / "sandbox").resolve()
        self.knowledge = self.path / "knowledge" / "projects.yaml"
        self.data_dir = self.path / "bot"
        self._telegram = self.path / "telegram"
        self._running = self.path / "running.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder; raises AlreadyRunningError if another process has it, OSError if it cannot be created."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError from None
            try:
                yield
            finally:
                self._running.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete everything except the secrets, so that an open page stays connected."""
        for folder in (self.knowledge.parent, self.data_dir, self._telegram):
            shutil.rmtree(folder, ignore_errors=True)

    def secret(self, name: str) -> str:
        """A random text that stays the same across starts."""
        path = self.path / name
        with suppress(OSError):
            if found := path.read_text(encoding="ascii").strip():
                return found
        made = secrets.token_urlsafe(24)
        replace_file(path, made.encode(), mode=_PRIVATE)
        return made

    def publish(self, address: str, settings: Mapping[str, str]) -> None:
        """Let other commands find the sandbox until it ends."""
        content = json.dumps({"address": address, "settings": dict(settings)}).encode()
        replace_file(self._running, content, mode=_PRIVATE)

    def running(self) -> tuple[str, dict[str, str]] | None:
        """The address of the page and the settings of the bot; None if no sandbox runs here."""
        with suppress(OSError, ValueError, KeyError), (self.path / "lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found = json.loads(self._running.read_bytes())
                return found["address"], found["settings"]
        return None

    def names(self) -> list[str]:
        return [path.name for path in self._telegram.iterdir()] if self._telegram.is_dir() else []

    def read(self, name: str) -> bytes | None:
        with suppress(OSError):
            return (self._telegram / name).read_bytes()
        return None

    def write(self, name: str, content: bytes) -> None:
        self._telegram.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            replace_file(self._telegram / name, content, mode=_PRIVATE)
        except FileError as error:
            raise OSError(str(error.why)) from None

    def remove(self, name: str) -> None:
        (self._telegram / name).unlink(missing_ok=True)


def use_running_sandbox() -> None:
    """Use the settings of the sandbox that runs in DATA_DIR; exits with 1 if none runs."""
    folder = SandboxFolder(read_settings().data_dir)
    found = folder.running()
    if found is None:
        stop(f"No sandbox runs in {folder.path}. Start one with `minsheng sandbox`.", 1)
    use_environment(found[1])
