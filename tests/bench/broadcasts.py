"""How fast a broadcast is, what it costs, and how long citizens wait meanwhile: `python -m tests.bench broadcasts`.

A sandbox in this process serves as Telegram; the bot is the real process, which stores each message durably before it
is sent. It is compared with python-telegram-bot and a loop over the chats, which stores nothing: plain, and with
`AIORateLimiter` around all chats at once, if aiolimiter is installed. Both programs answer citizens with the same
search.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.sandbox import Sandbox
from bot.sandbox.call_log import Call
from bot.sandbox.limits import Limits
from tests import postgres
from tests.bench.machine import cpu_of, load
from tests.bench.telegram import OURS, QUESTIONS, ROOT, TOKEN, answer_of, snapshot_and_conversations
from tests.broadcasts.controls import asked, paused_by_operator
from tests.broadcasts.subscribers import opened
from tests.storage.broadcast_factories import insert_subscribers
from tests.storage.databases import Place, file_place, server_place

#: Messages a second that Telegram takes, and citizens' questions a second, at random moments.
LIMIT, QUESTIONS_A_SECOND, SEED = 30, 4, 20260301
#: Recipients, and seconds of each call, with the limit and without one.
PACED_RECIPIENTS, PACED_TIME = 900, 0.05
FAST_RECIPIENTS, FAST_TIME = 5_000, 0.0
#: More a second than any program here sends.
UNLIMITED = 1_000
NOTICE = "There will be no water tomorrow from 9:00 to 17:00."
#: A broadcast that takes longer than this many seconds is measured as far as it came.
_MAX_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A program that sends one broadcast."""

    name: str
    program: str  #: Python that is run
    recipients: int
    api_time: float  #: seconds of each call
    burst: int | None = None  #: messages that Telegram takes at once, at 30 a second; None: no limit
    place: Place | None = None  #: where our bot keeps its data; None: python-telegram-bot, which keeps none


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a run, as Telegram saw it."""

    scenario: Scenario
    seconds: float  #: from the first to the last message of the broadcast
    messages: int  #: of the broadcast
    answers: int  #: in the same time
    refusals: int  #: 429
    waits: Sequence[float]  #: milliseconds from a question to its answer
    unanswered: int
    cpu: float  #: seconds of the bot's processor, from the word to go
    stall: float  #: milliseconds that Telegram itself was held up at most, for the machine was busy
    load: str

    @property
    def share(self) -> float:
        """Of what the limit allows in this time, without what Telegram takes at once."""
        return (self.messages + self.answers - (self.scenario.burst or 0)) / LIMIT / self.seconds

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """Seconds of processor for a thousand messages."""
        return self.cpu * 1000 / self.messages


def main() -> None:
    """Measure and print both tables."""
    console = Console(highlight=False, width=120)
    with tempfile.TemporaryDirectory() as folder:
        paced = [asyncio.run(_measure(scenario)) for scenario in _paced(Path(folder))]
        console.print(_paced_table(paced))
        with postgres.server(durable=True) as server:
            fast = [asyncio.run(_measure(scenario)) for scenario in _fast(Path(folder), server_place(server))]
        console.print(_fast_table(fast))


def _paced(folder: Path) -> Iterator[Scenario]:
    """Under Telegram's limit."""
    ours = Scenario(name="Minsheng", program=OURS, recipients=PACED_RECIPIENTS, api_time=PACED_TIME)
    for burst in (30, 5):
        yield replace(ours, burst=burst, place=file_place(folder / f"paced-{burst}" / "minsheng.db"))
    theirs = replace(ours, name="PTB, a loop", program=_theirs(PACED_RECIPIENTS), burst=30)
    yield theirs
    if find_spec("aiolimiter"):
        yield replace(theirs, name="PTB, AIORateLimiter", program=_theirs(PACED_RECIPIENTS, limited=True))


def _fast(folder: Path, server: Place) -> Iterator[Scenario]:
    """As fast as it goes."""
    theirs = Scenario(
        name="PTB, a loop", program=_theirs(FAST_RECIPIENTS), recipients=FAST_RECIPIENTS, api_time=FAST_TIME
    )
    yield theirs
    yield replace(theirs, name="Minsheng, SQLite", program=OURS, place=file_place(folder / "fast" / "minsheng.db"))
    yield replace(theirs, name="Minsheng, PostgreSQL", program=OURS, place=server)


def _theirs(recipients: int, *, limited: bool = False) -> str:
    return f"from tests.bench.broadcasts import baseline; baseline({recipients}, limited={limited})"


def _paced_table(rows: Sequence[Figures]) -> Table:
    table = Table(
        title=f"{PACED_RECIPIENTS} recipients, {1000 * PACED_TIME:.0f} ms a call, {LIMIT} messages a second, "
        f"{QUESTIONS_A_SECOND} questions a second meanwhile"
    )
    columns = ("burst", "seconds", "share", "429", "answers", "p50 ms", "p99 ms", "lost", "CPU %", "stall ms", "load")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        median, slow = np.percentile(row.waits, (50, 99))
        table.add_row(
            row.scenario.name,
            str(row.scenario.burst),
            f"{row.seconds:.1f}",
            f"{row.share:.3f}",
            str(row.refusals),
            str(len(row.waits)),
            f"{median:.0f}",
            f"{slow:,.0f}",
            str(row.unanswered),
            f"{100 * row.cpu / row.seconds:.0f}",
            f"{row.stall:.0f}",
            row.load,
        )
    return table


def _fast_table(rows: Sequence[Figures]) -> Table:
    table = Table(title=f"{FAST_RECIPIENTS:,} recipients, {1000 * FAST_TIME:.0f} ms a call, no limit, no questions")
    table.add_column("", no_wrap=True)
    for column in ("messages/s", "ratio", "CPU s per 1,000", "ratio", "load"):
        table.add_column(column, justify="right")
    plain = rows[0]
    for row in rows:
        table.add_row(
            row.scenario.name,
            f"{row.rate:.0f}",
            f"{row.rate / plain.rate:.2f}",
            f"{row.cpu_per_thousand:.2f}",
            f"{row.cpu_per_thousand / plain.cpu_per_thousand:.2f}",
            row.load,
        )
    return table


async def _measure(scenario: Scenario) -> Figures:
    limits = None if scenario.burst is None else Limits(per_second=LIMIT, burst=scenario.burst)
    async with Sandbox(TOKEN, limits=limits, latency=scenario.api_time) as sandbox:
        for person in range(1, scenario.recipients + 1):
            sandbox.person(number=person, language="")
            sandbox.state.people[person].seen = sandbox.state.people[person].started = True
        number = NOTICE
        if scenario.place is not None:
            async with opened(scenario.place):
                pass  # it has its tables now
            insert_subscribers(scenario.place, scenario.recipients)
            number = (await paused_by_operator(scenario.place, kind="alert")).number
        async with _program(scenario, sandbox) as (process, data):
            return await _watched(scenario, sandbox, process.pid, data, number)


async def _watched(scenario: Scenario, sandbox: Sandbox, process: int, data: Path, number: str) -> Figures:
    """The figures of a broadcast that is let go now; in each of its messages stands this number."""
    citizens: dict[int, float] = {}
    cpu, start = cpu_of(process), len(sandbox.record.calls)
    stalls = [0.0]
    measuring = asyncio.create_task(_measure_stalls(stalls))
    questions = asyncio.create_task(_ask(sandbox, citizens)) if scenario.burst else None
    if scenario.place is None:
        sandbox.write(sandbox.person("Admin"), "/broadcast")
    else:
        await asked(data, "resume", number=number)
    with suppress(TimeoutError):
        await sandbox.record.grown.until(
            lambda: (
                len(sandbox.record.calls) - start >= scenario.recipients
                and len(_taken(sandbox, number)) >= scenario.recipients
            ),
            _MAX_SECONDS,
            "the whole broadcast",
        )
    cpu = cpu_of(process) - cpu
    measuring.cancel()
    if questions is not None:
        questions.cancel()
        with suppress(TimeoutError):
            await asyncio.gather(*(sandbox.wait_for_replies(person, within=10) for person in citizens))
    figures = _figures(scenario, sandbox, number, citizens)
    return replace(figures, cpu=cpu, stall=1000 * max(stalls))


async def _measure_stalls(stalls: list[float]) -> None:
    """How late this process is woken, again and again."""
    while True:
        due = time.monotonic() + 0.005
        await asyncio.sleep(0.005)
        stalls.append(time.monotonic() - due)


def _figures(scenario: Scenario, sandbox: Sandbox, number: str, citizens: dict[int, float]) -> Figures:
    """What Telegram's record says; of what a citizen was answered, the first message counts."""
    taken, sends = _taken(sandbox, number), sandbox.record.sends()
    first, last = taken[0].at, taken[-1].at
    answers = {call.chat_id: call.at for call in reversed(sends) if call.chat_id in citizens}
    return Figures(
        scenario=scenario,
        seconds=last - first,
        messages=len(taken),
        answers=sum(call.chat_id in citizens and first <= call.at <= last for call in sends),
        refusals=sum(call.status == 429 for call in sandbox.record.calls),
        waits=[1000 * (answers[person] - at) for person, at in citizens.items() if person in answers],
        unanswered=len(citizens.keys() - answers.keys()),
        cpu=0.0,
        stall=0.0,
        load=load(),
    )


def _taken(sandbox: Sandbox, number: str) -> list[Call]:
    """The messages of the broadcast that Telegram took."""
    return [call for call in sandbox.record.sends() if number in call.text]


async def _ask(sandbox: Sandbox, citizens: dict[int, float]) -> None:
    """Citizens who ask once each, at the moments of a Poisson process; when each of them asked."""
    chance = random.Random(SEED)
    moment = time.monotonic()
    while True:
        moment += chance.expovariate(QUESTIONS_A_SECOND)
        await asyncio.sleep(moment - time.monotonic())
        person = sandbox.person("Citizen")
        citizens[person] = time.monotonic()
        sandbox.write(person, chance.choice(QUESTIONS))


@asynccontextmanager
async def _program(scenario: Scenario, sandbox: Sandbox) -> AsyncIterator[tuple[asyncio.subprocess.Process, Path]]:
    """The program, which has answered a question; and its DATA_DIR."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE_URL": sandbox.url,
            "DATA_DIR": folder,
            "LOG_LEVEL": "WARNING",
            "MESSAGES_PER_SECOND": str(LIMIT if scenario.burst else UNLIMITED),
        } | ({"DATABASE_URL": scenario.place.address} if scenario.place else {})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", scenario.program, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            warm = sandbox.person("W")
            sandbox.write(warm, "heating")
            await sandbox.wait_for_replies(warm, within=60)
            await sandbox.wait_until_quiet(1.0)
            yield process, Path(folder)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def baseline(recipients: int, *, limited: bool) -> None:
    """python-telegram-bot as its documentation sets it up, around our search; `/broadcast` begins."""
    import logging  # noqa: PLC0415 - these are the other program's

    from telegram import Update  # noqa: PLC0415
    from telegram.ext import (  # noqa: PLC0415
        AIORateLimiter,
        Application,
        CommandHandler,
        ContextTypes,
        MessageHandler,
        filters,
    )

    logging.disable(logging.CRITICAL)
    snapshot, conversations = snapshot_and_conversations()

    async def on_text(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message and message.text:
            await message.reply_text(answer_of(message.text, message.chat.id, snapshot, conversations))

    async def on_broadcast(_: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chats = range(1, recipients + 1)
        if limited:
            await asyncio.gather(*(context.bot.send_message(chat, NOTICE) for chat in chats))
            return
        for chat in chats:
            await context.bot.send_message(chat, NOTICE)

    root = os.environ["TELEGRAM_API_BASE_URL"]
    builder = Application.builder().token(TOKEN).base_url(f"{root}/bot").concurrent_updates(True)
    if limited:
        builder = builder.rate_limiter(cast("Any", AIORateLimiter(max_retries=10)))
    application = builder.build()
    application.add_handler(CommandHandler("broadcast", on_broadcast))
    application.add_handler(MessageHandler(filters.TEXT, on_text))
    application.run_polling()


if __name__ == "__main__":
    main()
