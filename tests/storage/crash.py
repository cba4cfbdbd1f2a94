"""A program that is killed at each statement of an act in turn, and says what was left each time.

Arguments: the address, and the act. It forks for each kill, so that Python starts once. For each kill it prints a line:
the statement, and what is in the database then; at last `done`, when the act was let alone.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage import open_store

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_PERSON, _BROADCAST = 11, 1
_KILLED = 137


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


def _count_down(left: int) -> None:
    """Die before the statement of this number that changes something, or before its transaction is committed."""

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_KILLED)

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in ("CREATE", "INSERT", "UPDATE", "DELETE"):
            step()

    event.listen(Engine, "commit", step)


def _left(connection: Connection) -> str:
    tables = sorted(inspect(connection).get_table_names())
    rows = [f"{table}:{connection.scalar(text(f'SELECT count(*) FROM {table}'))}" for table in tables]
    version = connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else ""
    return f"{version} {' '.join(rows)}".strip()


async def _look(address: str) -> str:
    engine = create_async_engine(address)
    async with engine.connect() as connection:
        found = await connection.run_sync(_left)
    await engine.dispose()
    return found


def _say(what: str, address: str) -> None:
    sys.stdout.write(f"{what} {asyncio.run(_look(address))}\n")
    sys.stdout.flush()


def main(address: str, act: str) -> None:
    """Kill, look, and go on, until the act ends before it is its turn."""
    for number in range(1, 100):
        child = os.fork()
        if not child:
            _count_down(number)
            asyncio.run({"migrate": _migrate, "forget": _forget, "gather": _gather}[act](address))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != _KILLED:
            _say("done" if code == 0 else f"failed-with-{code}", address)
            return
        _say(str(number), address)


if __name__ == "__main__":
    main(*sys.argv[1:])
