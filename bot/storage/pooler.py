"""Detects a connection pooler between the bot and PostgreSQL that mixes sessions.

The bot's sessions hold locks and settings. PgBouncer in session mode keeps a session on one server connection, which is
fine. In transaction mode each transaction may run on another connection, so a lock might be taken twice or never end.

A pooler reveals itself by the server's process id, for which it reports its own number. Its mode is revealed by a
setting that one connection changes and another one then sees.
"""

import secrets

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_PROCESS = text("SELECT pg_backend_pid()")
_LEAVE = text("SELECT set_config('minsheng.probe', :value, false)")
_FIND = text("SELECT current_setting('minsheng.probe', true)")
#: The number of transactions that look for the setting; usually the idle connection that was used last is used next.
_TRIES = 5


async def mixes_sessions(engine: AsyncEngine) -> bool:
    """Whether there is a pooler in transaction mode. `engine` must not pool. Raises DBAPIError."""
    async with engine.connect() as connection:
        if not await _is_pooled(connection):
            return False
        value = secrets.token_hex(8)
        await connection.execute(_LEAVE, {"value": value})
        await connection.commit()
        for _ in range(_TRIES):
            async with engine.connect() as other:
                if await other.scalar(_FIND) == value or await connection.scalar(_FIND) != value:
                    return True
            await connection.commit()
        return False


async def _is_pooled(connection: AsyncConnection) -> bool:
    raw = await connection.get_raw_connection()
    reported = raw.driver_connection.info.backend_pid  # type: ignore[union-attr]
    return bool(await connection.scalar(_PROCESS) != reported)
