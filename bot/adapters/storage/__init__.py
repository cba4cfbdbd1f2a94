"""What the bot keeps, in a database."""

from bot.adapters.storage.store import Store, open_store

__all__ = ["Store", "open_store"]
