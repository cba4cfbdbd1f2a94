"""The bot in the sandbox: the real process with a copy of the knowledge, restarted after a kill."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.cli.terminal import stop
from bot.errors import EXIT_SETTINGS, FileError
from bot.publishing.files.folder import write_content
from bot.publishing.files.repository import read_saved
from bot.sandbox import Sandbox
from bot.settings import environment_with

#: Seconds that the bot may take to start, and to stop.
_START, _STOP = 60.0, 12.0
#: Caches in a bot's DATA_DIR that speed up its next start, and that sandboxes share.
_CACHES = ("embeddings.bin", "encoder.bin", "engine.bin", "emergencies.bin")
_REMEDY = "Run the command in the folder of this path, or set KNOWLEDGE_PATH to the path of your file."


class SandboxBot:
    """The bot as in production, except for its settings."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        self.starts = 0
        self.on_change: Callable[[], None] = lambda: None
        self._process: asyncio.subprocess.Process | None = None
        self._is_restarting = False

    @property
    def pid(self) -> int | None:
        """The process id; None if it is not running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def exit_code(self) -> int:
        """Its exit code; that of an invalid setting if it has not exited."""
        code = self._process.returncode if self._process else None
        return EXIT_SETTINGS if code is None else code

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment_with(**self.settings), stdin=asyncio.subprocess.DEVNULL
        )
        self.starts += 1
        self.on_change()

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def restart(self, admins: Sequence[int], staff: Sequence[int]) -> None:
        """Stop it, and start it with these people as its first admins and staff."""
        self.settings |= rights(admins, staff)
        self._is_restarting = True
        await self.stop()

    async def stop(self) -> None:
        """Send SIGTERM if it is running; kill it if it does not exit in time."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP)
        except TimeoutError:
            self._process.kill()

    async def keep_alive(self, report: Callable[[str], None]) -> int:
        """Restart it after each kill or restart request; return the exit code when it exits by itself.

        `report` is called with a sentence about each signal.
        """
        while self._process:
            code = await self._process.wait()
            self.on_change()
            if code < 0:
                report(f"The bot was killed by signal {-code}; it is started again.")
            elif not self._is_restarting:
                return code
            self._is_restarting = False
            await self.start()
        return EXIT_SETTINGS

    async def is_up(self, sandbox: Sandbox) -> bool:
        """Wait for its first call; return False if it exits before that, after printing the reason itself."""
        if self._process is None:
            return False
        asked = asyncio.create_task(sandbox.wait_for_calls("getMe", within=_START))
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if asked.done():
            return asked.exception() is None
        asked.cancel()
        return False


def bot_settings(sandbox: Sandbox, data_dir: Path, knowledge: Path) -> dict[str, str]:
    """The settings of a bot that calls the sandbox; for roles see `rights`."""
    return {
        "TELEGRAM_BOT_TOKEN": sandbox.token,
        "TELEGRAM_API_BASE_URL": sandbox.url,
        "TELEGRAM_PROXY": "",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
        "WEBHOOK_URL": "",
        "WEBHOOK_SECRET": "",
        "LOG_LEVEL": "WARNING",
        "KNOWLEDGE_PATH": str(knowledge),
    }


def rights(admins: Sequence[int], staff: Sequence[int]) -> dict[str, str]:
    """The settings that name the first admins and staff."""
    return {"ADMIN_IDS": ",".join(map(str, admins)), "STAFF_IDS": ",".join(map(str, staff))}


def copy_knowledge(source: Path, target: Path) -> None:
    """Copy the knowledge, unless there is a copy; exits with what to do if it cannot be read."""
    if target.exists():
        return
    try:
        content = read_saved(source)
    except FileError as error:
        stop(f"{source}: {error} {_REMEDY}", EXIT_SETTINGS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileError):  # the bot itself reports it
        write_content(target, content)


def share_caches(folder: Path, data_dir: Path) -> None:
    """Let the bot use the caches in `data_dir`, so that only the first start computes their contents."""
    with suppress(OSError):  # without them the bot computes the contents
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        data_dir.mkdir(parents=True, exist_ok=True)
        for name in _CACHES:
            with suppress(FileExistsError):
                (folder / name).symlink_to(data_dir.resolve() / name)
