"""`minsheng doctor` beside a running bot."""

import asyncio
import os
import sys
from pathlib import Path

from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation


async def test_a_running_bot_is_found_well_and_is_not_disturbed(tmp_path: Path) -> None:
    async with Sandbox(TOKEN) as city:
        installation = Installation(city, tmp_path)
        async with installation.serving() as process:
            environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
            examined = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "doctor",
                stdout=asyncio.subprocess.PIPE,
                cwd=tmp_path,
                env=environment | installation.settings,
            )
            output, _ = await examined.communicate()
            told = output.decode()
            assert (examined.returncode, "error" in told) == (0, False), told
            assert "its schema is current" in told
            assert TOKEN not in told
            ann = city.person("Ann")
            city.write(ann, "hospital")
            await city.wait_for_replies(ann)
            assert await process.leaves() == 0
