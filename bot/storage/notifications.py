"""Notifies all replicas of new work (LISTEN and NOTIFY); polls find it if a notification is lost."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

#: Seconds before a lost connection is reopened, and before a silent one is checked.
_RECONNECT, _CHECK = 1.0, 3.0
_CHANNEL = "minsheng"
_NOTIFY = text(f"NOTIFY {_CHANNEL}")


async def notify(connection: AsyncConnection) -> None:
    """Notify all replicas when this transaction commits."""
    await connection.execute(_NOTIFY)


async def listen(engine: AsyncEngine, on_notification: Callable[[], None]) -> None:
    """Call `on_notification` for each transaction that notified, until cancelled.

    It is also called when listening begins or begins again: earlier notifications are lost.
    """
    import psycopg  # noqa: PLC0415 - only with PostgreSQL

    while True:
        with suppress(SQLAlchemyError, psycopg.Error, OSError):
            async with engine.connect() as connection:
                try:
                    await _listen(connection, on_notification)
                finally:
                    await connection.invalidate()  # a failure to close it would replace a cancellation
        await asyncio.sleep(_RECONNECT)


async def _listen(connection: AsyncConnection, on_notification: Callable[[], None]) -> None:
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    await connection.execute(text(f"LISTEN {_CHANNEL}"))
    on_notification()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    while True:
        async for _ in raw.notifies(timeout=_CHECK):
            on_notification()
        await connection.execute(text("SELECT 1"))
