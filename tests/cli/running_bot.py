"""A bot with a control socket, for the commands that reach the running one."""

import asyncio
import json
import os
import pty
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from typer.testing import CliRunner

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Attachment, Broadcast, Edition, Progress
from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.cli import app
from bot.control.broadcasts import BroadcastActions
from bot.control.server import ControlServer
from bot.control.socket import NAME
from bot.people.roles import RoleService
from tests.factories import make_knowledge
from tests.process import preloaded
from tests.telegram_ui.memory_stores import MemoryBroadcasts, MemoryRecords

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADMIN, CLERK = 21, 22


@dataclass
class Ran:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """The rows that the command printed with --json."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Posts:
    """A transport and an uploader that record calls and return a given outcome."""

    posted: list[tuple[int, Edition, str]] = field(default_factory=list)
    uploaded: list[tuple[int, str, str, bytes]] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)  #: by a word of the text
    upload_outcome: Refused | NotSent | Unknown | None = None

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        self.posted.append((chat, edition, text))
        return next((outcome for word, outcome in self.outcomes.items() if word in text), Sent(1))

    async def is_reachable(self) -> bool:
        return True

    async def upload(
        self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        self.uploaded.append((chat, kind, name, content))
        return self.upload_outcome or Attachment(kind, f"id of {name}")


@dataclass
class RunningBot:
    """A running bot as commands see it: its socket, real actions and a real scheduler, in its own folder."""

    folder: Path
    broadcasts: MemoryBroadcasts = field(default_factory=lambda: MemoryBroadcasts(MemoryRecords()))
    posts: Posts = field(default_factory=Posts)
    live: Progress | None = None
    reported: list[tuple[str, str]] = field(default_factory=list)  #: what the observer of broadcasts was given
    environment: dict[str, str] = field(default_factory=dict)

    def broadcast_changed(self, progress: Progress) -> None:
        self.reported.append((progress.broadcast.number, progress.broadcast.state))

    def control(self) -> ControlServer:
        """The bot's side of the socket."""
        city = make_knowledge().city
        roles = RoleService(MemoryRecords(), admins={ADMIN}, staff={CLERK})

        async def testers() -> list[int]:
            return [member.person for member in await roles.members()]

        broadcasting = BroadcastService(
            store=self.broadcasts,
            testers=testers,
            city=lambda: city,
            policy=BroadcastPolicy(30, 100),
            wake=lambda: None,
            live=lambda: self.live,
            now=lambda: NOON,
        )
        acts = BroadcastActions(
            broadcasting=broadcasting,
            transport=self.posts,
            uploader=self.posts,
            roles=roles,
            city=lambda: city,
            observer=self,
            now=lambda: NOON,
        )
        return ControlServer(self.folder / "data" / NAME, acts.table())

    async def minsheng(self, *words: str) -> Ran:
        """Run a command in another thread of this process; a process of its own takes a second."""
        result = await asyncio.to_thread(CliRunner().invoke, app, words, env=self.environment)
        return Ran(result.exit_code, result.stdout, result.stderr)

    async def process(self, *words: str, typed: str | None = None) -> Ran:
        """Run a command in a process of its own; with `typed`, at a terminal where this is typed."""
        typing, terminal = pty.openpty()
        os.write(typing, f"{typed}\n".encode())
        ran = await preloaded.run(
            preloaded.command(*words),
            folder=self.folder,
            environment=dict(os.environ),
            typed=Path(os.devnull if typed is None else os.ttyname(terminal)),
        )
        os.close(typing)
        os.close(terminal)
        return Ran(*ran)

    async def watched(self, *words: str) -> str:
        """Run a command at a terminal; return everything that it wrote, including what was overwritten."""
        terminal, own_side = pty.openpty()
        side = Path(os.ttyname(own_side))
        process = preloaded.start(
            preloaded.command(*words),
            folder=self.folder,
            environment={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
            output=side,
            typed=side,
        )
        showing = asyncio.create_task(asyncio.to_thread(all_of, terminal))
        await asyncio.to_thread(process.join)
        os.close(own_side)
        shown = await showing
        assert process.exitcode == 0, shown
        return shown

    async def drafted(self, *words: str) -> str:
        """Draft a broadcast and preview it; return its number."""
        ran = await self.minsheng("broadcast", "new", "--text-en", "Water!", "--to", f"{ADMIN}", "--json", *words)
        assert (ran.code, ran.err) == (0, "")
        return str(ran.rows[0]["number"])


def all_of(terminal: int) -> str:
    """Read the output to a terminal until nobody has it open, which Linux reports as an error."""
    shown = b""
    with suppress(OSError):
        while piece := os.read(terminal, 4096):
            shown += piece
    os.close(terminal)
    return shown.decode()


def only(running: RunningBot) -> Broadcast:
    (stored,) = running.broadcasts.stored.values()
    return stored
