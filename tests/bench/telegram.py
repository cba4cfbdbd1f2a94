"""How many citizens the bot serves at once, how fast, and at what cost: `python -m tests.bench.telegram`.

A sandbox in this process, with 50 ms for every call, serves as Telegram; the bot is the real process. It is compared
with standard python-telegram-bot with concurrent updates and the same search.
"""

import asyncio
import os
import random
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.answers.service import Conversations, answer_question
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from bot.sandbox import Sandbox
from tests.bench.machine import cpu_of
from tests.console import EMBEDDINGS, shipped_embedder

ROOT = Path(__file__).parents[2]
KNOWLEDGE = ROOT / "knowledge" / "projects.yaml"
TOKEN = "1000000001:bench-token-that-opens-nothing-at-all"
API_TIME = 0.05
CHATS, ROUNDS = 100, 15
RATE, SECONDS = 25, 20
#: The most messages a second that Telegram takes of a bot.
TELEGRAMS_RATE = 30
QUESTIONS = (
    "new childcare center?",
    "When will the Sixth Hospital be ready?",
    "heating",
    "Когда готова шестая больница?",
    "что с отоплением в старых домах",
    "六院什么时候建好",
    "供暖改造",
    "医保",
)
OURS = "import sys; from bot.app import run; from bot.settings import load; sys.exit(run(load(None)))"
THEIRS = "from tests.bench.telegram import baseline; baseline()"


@dataclass(frozen=True, slots=True)
class Rush:
    """The result of a hundred chats that each ask again as soon as they have their answer."""

    replies_per_second: float
    cpu_per_thousand: float  #: seconds of the bot's processor, search included; 0 where that cannot be read


@dataclass(frozen=True, slots=True)
class Steady:
    """Milliseconds from the question's arrival at Telegram to the answer's, with a question every 40 ms."""

    p50: float
    p99: float


def main() -> None:
    """Measure and print the table."""
    search = search_cpu()
    theirs = asyncio.run(_measure_rush(THEIRS))
    print(
        f"python-telegram-bot, polling   {theirs.replies_per_second:6.0f} replies/s"
        f"   {theirs.cpu_per_thousand:5.2f} s CPU per 1,000"
    )
    for way in ("polling", "webhook"):
        rush = asyncio.run(_measure_rush(OURS, webhook=way == "webhook"))
        steady = asyncio.run(_measure_steady(webhook=way == "webhook"))
        factor = rush.replies_per_second / theirs.replies_per_second
        print(
            f"Minsheng, {way:8}             {rush.replies_per_second:6.0f} replies/s ({factor:.1f}x)"
            f"   {rush.cpu_per_thousand:5.2f} s CPU per 1,000"
            f" ({rush.cpu_per_thousand / theirs.cpu_per_thousand:.2f}x), without the search"
            f" {rush.cpu_per_thousand - search:5.2f}, {TELEGRAMS_RATE * rush.cpu_per_thousand / 10:.0f} %"
            f" of a processor at {TELEGRAMS_RATE}/s"
            f"   {RATE}/s: p50 {steady.p50:.0f} ms, p99 {steady.p99:.0f} ms"
        )
    print(f"the search alone: {search:.2f} s CPU per 1,000")


def search_cpu() -> float:
    """Seconds of processor for a thousand answers without any Telegram."""
    snapshot, conversations = snapshot_and_conversations()
    for timed in (False, True):
        start = time.process_time()
        for number in range(1000 if timed else 50):
            answer_of(QUESTIONS[number % len(QUESTIONS)], number % CHATS, snapshot, conversations)
    return time.process_time() - start


def snapshot_and_conversations() -> tuple[Snapshot, Conversations]:
    """What a search needs: the shipped knowledge, and what chats were last told of."""
    loaded = load(KNOWLEDGE)
    assert loaded.knowledge, "the knowledge file is broken"
    return prepare(loaded.knowledge, loaded.digest, embedder=shipped_embedder()), Conversations()


def answer_of(text: str, chat: int, snapshot: Snapshot, conversations: Conversations) -> str:
    """The search alone."""
    return answer_question(
        text,
        chat=chat,
        now=datetime.now(UTC),
        snapshot=snapshot,
        conversations=conversations,
        translator_in=translator_in,
    ).reply.text


async def _measure_rush(program: str, *, webhook: bool = False) -> Rush:
    async with bot_process(program, webhook=webhook) as (sandbox, process):
        people = [sandbox.person(f"P{number}") for number in range(CHATS)]
        await asyncio.gather(*(_ask(sandbox, person, 1) for person in people))
        cpu, start = cpu_of(process.pid), time.monotonic()
        await asyncio.gather(*(_ask(sandbox, person, ROUNDS) for person in people))
        seconds, used = time.monotonic() - start, cpu_of(process.pid) - cpu
    replies = CHATS * ROUNDS
    return Rush(replies / seconds, used * 1000 / replies)


async def _ask(sandbox: Sandbox, person: int, rounds: int) -> None:
    for number in range(rounds):
        last = sandbox.write(person, QUESTIONS[(person + number) % len(QUESTIONS)])
        await sandbox.wait_for_replies(person, after=last, within=60)


async def _measure_steady(*, webhook: bool) -> Steady:
    async with bot_process(OURS, webhook=webhook) as (sandbox, _):
        asked: dict[int, float] = {}
        start = time.monotonic() + 0.5
        for number in range(RATE * SECONDS):
            await asyncio.sleep(start + number / RATE - time.monotonic())
            person = sandbox.person(f"P{number}")
            asked[person] = time.monotonic()
            sandbox.write(person, random.choice(QUESTIONS))
        await asyncio.gather(*(sandbox.wait_for_replies(person, within=60) for person in asked))
        times = [
            (call.at - asked[call.chat_id]) * 1000
            for call in sandbox.calls(method="sendMessage")
            if call.chat_id in asked and call.status == 200
        ]
    cuts = statistics.quantiles(times, n=100)
    return Steady(cuts[49], cuts[98])


@asynccontextmanager
async def bot_process(
    program: str, *, webhook: bool, settings: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Sandbox, asyncio.subprocess.Process]]:
    with tempfile.TemporaryDirectory() as folder:
        if EMBEDDINGS.exists():  # each start would encode the same texts again
            shutil.copy(EMBEDDINGS, folder)
        async with Sandbox(TOKEN, latency=API_TIME) as sandbox:
            environment = _environment(sandbox, folder, webhook=webhook) | dict(settings or {})
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", program, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                warm = sandbox.person("W")
                sandbox.write(warm, "heating")
                await sandbox.wait_for_replies(warm, within=120)
                await sandbox.wait_until_quiet(1.0)
                yield sandbox, process
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()


def _environment(sandbox: Sandbox, folder: str, *, webhook: bool) -> dict[str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": sandbox.url,
        "DATA_DIR": folder,
        "LOG_LEVEL": "WARNING",
    }
    if webhook:
        with socket.create_server(("127.0.0.1", 0)) as free:
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        environment |= {"LISTEN": listen, "WEBHOOK_URL": f"http://{listen}/bench", "WEBHOOK_SECRET": "bench"}
    return environment


def baseline() -> None:
    """python-telegram-bot as its documentation sets it up for concurrency, around our search."""
    import logging  # noqa: PLC0415 - these are the other program's

    from telegram import Update  # noqa: PLC0415
    from telegram.ext import Application, ContextTypes, MessageHandler, filters  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    snapshot, conversations = snapshot_and_conversations()

    async def on_text(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message and message.text:
            await message.reply_text(answer_of(message.text, message.chat.id, snapshot, conversations))

    root = os.environ["TELEGRAM_API_BASE_URL"]
    application = Application.builder().token(TOKEN).base_url(f"{root}/bot").concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.TEXT, on_text))
    application.run_polling()


if __name__ == "__main__":
    main()
