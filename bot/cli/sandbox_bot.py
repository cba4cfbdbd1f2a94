"""The bot of a trial: the real process, with a copy of the knowledge, started again when it dies."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import EXIT_SETTINGS
from bot.sandbox import Sandbox
from bot.settings import environment_with

#: Seconds that the bot may take to start, and to leave.
_START, _LEAVE = 60.0, 12.0
_KNOWLEDGE = "projects.yaml"


@dataclass
class SandboxBot:
    """The process that runs at the moment, and what it is started with."""

    folder: Path
    environment: dict[str, str]
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """Let it leave in order, if it still runs."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _LEAVE)
        except TimeoutError:
            self.process.kill()

    async def keep_alive(self) -> int:
        """Start it again each time that it was killed; the exit code as soon as it ended by itself."""
        while True:
            code = await self.process.wait()
            if code >= 0:
                return code
            print(f"\n(The bot was killed by signal {-code}; it is started again.)", flush=True)
            self.process = await _start(self.environment)

    async def is_up(self, sandbox: Sandbox) -> bool:
        """Whether it has called Telegram; what kept it from that, it has said itself."""
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
        """What it left with; that of a faulty setting when it has not left."""
        return EXIT_SETTINGS if self.process.returncode is None else self.process.returncode


async def _start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, stdin=asyncio.subprocess.DEVNULL
    )


@asynccontextmanager
async def trial_bot(sandbox: Sandbox, admin: int, folder: Path, knowledge: Path) -> AsyncIterator[SandboxBot]:
    """The bot as it is in production, but for its Telegram, a copy of its knowledge, and who is its admin."""
    with suppress(OSError):  # without a file the bot itself says what is missing
        shutil.copyfile(knowledge, folder / _KNOWLEDGE)
    environment = environment_with(
        TELEGRAM_BOT_TOKEN=sandbox.token, TELEGRAM_API_BASE_URL=sandbox.url, TELEGRAM_PROXY="",
        DATA_DIR=str(folder), DATABASE_URL="", WEBHOOK_URL="", WEBHOOK_SECRET="", LOG_LEVEL="WARNING",
        ADMIN_IDS=str(admin), STAFF_IDS="", STAFF_CHAT_ID=str(admin), KNOWLEDGE_PATH=str(folder / _KNOWLEDGE),
    )  # fmt: skip
    bot = SandboxBot(folder, environment, await _start(environment))
    try:
        yield bot
    finally:
        await bot.stop()
