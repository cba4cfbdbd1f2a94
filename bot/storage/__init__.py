"""What the bot keeps, in a database."""

from bot.storage.opening import open_store
from bot.storage.store import Store

__all__ = ["Store", "open_store"]
