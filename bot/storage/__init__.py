"""The database: one repository per subject, on SQLite or PostgreSQL from one code."""

from bot.storage.database import UnreachableError
from bot.storage.erasures import ErasureLedger
from bot.storage.opening import open_store
from bot.storage.store import Store

__all__ = ["ErasureLedger", "Store", "UnreachableError", "open_store"]
