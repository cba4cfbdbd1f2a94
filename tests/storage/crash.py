"""A program that is killed at each statement of an action in turn, and prints what remains each time.

It forks for each kill, so that Python starts once. For each kill it prints a line with the number of the statement and
the contents of the database. The last line, `done`, follows when the action was completed.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from bot.storage import open_store

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_PERSON, _BROADCAST = 11, 1
#: The exit code of a kill.
KILLED = 137


async def _migrate(address: str) -> None:
    async with open_store(address):
        pass


async def _forget(address: str) -> None:
    async with open_store(address) as store:
        await store.forget(_PERSON)


async def _gather(address: str) -> None:
    async with open_store(address) as store:
        epoch = (await store.take_over(_BROADCAST, _NOON)).broadcast.epoch
        while await store.gather(_BROADCAST, epoch, testers=(), default="zh", now=_NOON):
            pass


def exit_before(left: int, words: tuple[str, ...] = ("CREATE", "INSERT", "UPDATE", "DELETE")) -> None:
    """Exit before the statement of this number that begins with one of the words, or before its commit."""

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(KILLED)

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in words:
            step()

    event.listen(Engine, "commit", step)


def _left(connection: Connection) -> str:
    tables = sorted(inspect(connection).get_table_names())
    rows = [f"{table}:{connection.scalar(text(f'SELECT count(*) FROM {table}'))}" for table in tables]
    version = connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else ""
    return f"{version} {' '.join(rows)}".strip()


def _say(what: str, address: str) -> None:
    engine = create_engine(address.replace("+aiosqlite", ""), poolclass=NullPool)
    with engine.connect() as connection:
        found = _left(connection)
    sys.stdout.write(f"{what} {found}\n")
    sys.stdout.flush()


def main(address: str, act: str, step: int) -> None:
    """Kill, check and continue until the action ends before it can be killed; `step`: kill at every n-th statement."""
    for number in range(1, 100, step):
        child = os.fork()
        if not child:
            exit_before(number)
            asyncio.run({"migrate": _migrate, "forget": _forget, "gather": _gather}[act](address))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != KILLED:
            _say("done" if code == 0 else f"failed-with-{code}", address)
            return
        _say(str(number), address)
