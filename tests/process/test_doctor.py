"""`minsheng doctor` while a bot is running."""

from pathlib import Path

from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation


async def test_a_running_bot_is_found_well_and_is_not_disturbed(tmp_path: Path) -> None:
    async with Sandbox(TOKEN) as city:
        installation = Installation(city, tmp_path)
        async with installation.serving() as process:
            examined = await installation.minsheng("doctor")
            told = examined.output
            assert (examined.code, "error" in told) == (0, False), told
            assert "its schema is current" in told
            assert TOKEN not in told
            ann = city.person("Ann")
            city.write(ann, "hospital")
            await city.wait_for_replies(ann)
            assert await process.leaves() == 0
