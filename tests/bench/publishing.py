"""How soon a changed knowledge file is used in answers, and what citizens notice meanwhile: real bot, city's file."""

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.publishing.files.folder import read_content, write_content
from bot.publishing.files.watcher import SETTLED_AFTER
from bot.sandbox import Sandbox
from tests.console import PROJECT

TOKEN = "1000000007:bench-token-for-publishing-0123456789"
_PROGRAM = "import sys; from bot.app import run; from bot.settings import load; sys.exit(run(load(None)))"
_SIXTH = "sixth hospital"
#: Questions a second that citizens ask while the file is trained again, and without that.
RATE = 20


def main() -> None:
    """Print both."""
    asyncio.run(_measure())


async def _measure() -> None:
    async with _bot() as (sandbox, path, process):
        clerk = sandbox.person("Clerk", number=21)
        idle = await _latencies(sandbox, lambda seconds: seconds > 5)
        by_button = await _by_button(sandbox, clerk)
        status = await _saved(sandbox, path, "planned", ("status: delayed", "status: planned"))
        await asyncio.sleep(5)  # the last version is still being proofread
        learning = (("status: planned", "status: delayed"), ("- winter heating\n", "- winter heating in town\n"))
        used = _processor(process)
        alone = await _saved(sandbox, path, "delayed", *learning)
        used = _processor(process) - used
        await asyncio.sleep(5)
        learning = (
            ("status: delayed", "status: completed"),
            ("- winter heating in town\n", "- winter heating of ours\n"),
        )
        wording = asyncio.create_task(_saved(sandbox, path, "completed", *learning))
        busy = await _latencies(sandbox, lambda _: wording.done())
        print(f"yes to a status with buttons, until it answers       {by_button:5.2f} s")
        print(f"a saved file with another status, until it answers   {status:5.2f} s")
        beyond = (alone - SETTLED_AFTER) / used
        print(f"a saved file with another phrasing, until it answers {alone:5.2f} s", end="")
        print(f"; processor {used:.2f} s, {beyond:.2f} times that beyond the second that the file stays the same")
        print(f"the same while citizens ask                          {await wording:5.2f} s")
        for name, times in (("idle", idle), ("while it learns", busy)):
            cuts = statistics.quantiles(times, n=100)
            print(f"answers {name:16} p50 {cuts[49]:4.0f} ms   p99 {cuts[98]:4.0f} ms   longest {max(times):4.0f} ms")
        ratio = statistics.median(busy) / statistics.median(idle)
        print(f"the half of the answers takes {ratio:.1f} times as long while it learns")


def _processor(process: asyncio.subprocess.Process) -> float:
    """Seconds of processor time of the bot and of the readers that it has started, so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


async def _by_button(sandbox: Sandbox, clerk: int) -> float:
    """Seconds from the press of Publish until a citizen is told the new status."""
    sandbox.write(clerk, f"/edit {_SIXTH}")
    for label in ("Status", "delayed", "✓ Publish"):
        message = await _offered(sandbox, clerk, label)
        pressed = time.monotonic()
        sandbox.press(clerk, message, label)
    await _reads_status(sandbox, "delayed")
    return time.monotonic() - pressed


async def _offered(sandbox: Sandbox, person: int, label: str) -> int:
    """The newest message with this button, as soon as there is one."""
    while True:
        for reply in reversed(sandbox.replies(person)):
            rows = reply.get("reply_markup", {}).get("inline_keyboard", [])
            if any(button["text"] == label for row in rows for button in row):
                return int(reply["message_id"])
        await asyncio.sleep(0.02)


async def _saved(sandbox: Sandbox, path: Path, status: str, *changes: tuple[str, str]) -> float:
    """Seconds from a save with these changes until a citizen is told the new status."""
    for change in changes:
        _save(path.parent, *change)
    saved = time.monotonic()
    await _reads_status(sandbox, status)
    return time.monotonic() - saved


def _save(folder: Path, old: str, new: str) -> None:
    """Replace a piece in the first file that holds it."""
    files = (folder / "projects.yaml", *sorted((folder / "asking").iterdir()))
    file = next(file for file in files if old in file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


async def _reads_status(sandbox: Sandbox, status: str) -> None:
    while True:
        asker = sandbox.person("Asker")
        sandbox.write(asker, _SIXTH)
        replies = await sandbox.wait_for_replies(asker, within=30)
        if f"· {status}" in str(replies[-1].get("text")):
            return
        await asyncio.sleep(0.1)


async def _latencies(sandbox: Sandbox, is_over: Callable[[float], bool]) -> list[float]:
    """Milliseconds from question to answer, of citizens who each ask once."""
    asked: dict[int, float] = {}
    start = time.monotonic()
    while not is_over(time.monotonic() - start):
        person = sandbox.person("P")
        asked[person] = time.monotonic()
        sandbox.write(person, "new childcare center?")
        await asyncio.sleep(max(0.0, start + len(asked) / RATE - time.monotonic()))
    await asyncio.gather(*(sandbox.wait_for_replies(person, within=60) for person in asked))
    return [
        (call.at - asked[call.chat_id]) * 1000
        for call in sandbox.calls(method="sendMessage")
        if call.chat_id in asked and call.status == 200
    ]


@asynccontextmanager
async def _bot() -> AsyncIterator[tuple[Sandbox, Path, asyncio.subprocess.Process]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "projects.yaml")
        write_content(path, read_content(PROJECT / "knowledge"))
        async with Sandbox(TOKEN) as sandbox:
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(PROJECT),
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_BASE_URL": sandbox.url,
                "DATA_DIR": folder,
                "KNOWLEDGE_PATH": str(path),
                "ADMIN_IDS": "21",
                "LOG_LEVEL": "WARNING",
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _PROGRAM, env=environment, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                warm = sandbox.person("W")
                sandbox.write(warm, "heating")
                await sandbox.wait_for_replies(warm, within=60)
                await sandbox.wait_until_quiet(1.0)
                yield sandbox, path, process
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()


if __name__ == "__main__":
    main()
