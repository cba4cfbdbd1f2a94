"""What the bot keeps, in a database."""

from bot.adapters.storage.opening import open_store
from bot.adapters.storage.store import Store

__all__ = ["Store", "open_store"]
