"""The bot in the sandbox: the real process with a copy of the knowledge, restarted when it is killed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import EXIT_SETTINGS, FileError
from bot.publishing.embedding_file import NAME as EMBEDDINGS
from bot.publishing.files import write_content
from bot.publishing.repository import read_saved
from bot.sandbox import Sandbox
from bot.settings import environment_with

#: Seconds that the bot may take to start and to stop.
_START, _STOP = 60.0, 12.0
_KNOWLEDGE = "projects.yaml"


@dataclass
class SandboxBot:
    """The present process, and the environment and data folder it is started with."""

    folder: Path
    environment: dict[str, str]
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """Send SIGTERM if it still runs; kill it if it does not exit in time."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP)
        except TimeoutError:
            self.process.kill()

    async def keep_alive(self) -> int:
        """Restart it each time it is killed by a signal; returns the exit code when it exits by itself."""
        while True:
            code = await self.process.wait()
            if code >= 0:
                return code
            print(f"\n(The bot was killed by signal {-code}; it is started again.)", flush=True)
            self.process = await _start(self.environment)

    async def is_up(self, sandbox: Sandbox) -> bool:
        """Wait for its first call; False if it exits before that, after printing the reason itself."""
        asked = asyncio.create_task(sandbox.wait_for_calls("getMe", within=_START))
        ended = asyncio.create_task(self.process.wait())
        await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if asked.done():
            return asked.exception() is None
        asked.cancel()
        return False

    @property
    def exit_code(self) -> int:
        """Its exit code; that of an invalid setting if it has not exited."""
        return EXIT_SETTINGS if self.process.returncode is None else self.process.returncode


async def _start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, stdin=asyncio.subprocess.DEVNULL
    )


@asynccontextmanager
async def running_bot(
    sandbox: Sandbox, admins: Sequence[int], folder: Path, knowledge: Path, data_dir: Path
) -> AsyncIterator[SandboxBot]:
    """The bot as in production, except for the server it calls, a copy of the knowledge, and its admins.

    It shares the file of embeddings in `data_dir`, so that only the first start encodes all texts.
    """
    _share_embeddings(folder, data_dir)
    with suppress(FileError):  # if the file is missing, the bot itself says so
        write_content(folder / _KNOWLEDGE, read_saved(knowledge))
    environment = environment_with(
        TELEGRAM_BOT_TOKEN=sandbox.token,
        TELEGRAM_API_BASE_URL=sandbox.url,
        TELEGRAM_PROXY="",
        DATA_DIR=str(folder),
        DATABASE_URL="",
        WEBHOOK_URL="",
        WEBHOOK_SECRET="",
        LOG_LEVEL="WARNING",
        ADMIN_IDS=",".join(map(str, admins)),
        STAFF_IDS="",
        STAFF_CHAT_ID=str(admins[0]),
        KNOWLEDGE_PATH=str(folder / _KNOWLEDGE),
    )
    bot = SandboxBot(folder, environment, await _start(environment))
    try:
        yield bot
    finally:
        await bot.stop()


def _share_embeddings(folder: Path, data_dir: Path) -> None:
    with suppress(OSError):  # without the file the bot encodes
        data_dir.mkdir(parents=True, exist_ok=True)
        (folder / EMBEDDINGS).symlink_to(data_dir.resolve() / EMBEDDINGS)
