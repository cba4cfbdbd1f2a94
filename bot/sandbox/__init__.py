"""A Telegram on this machine: the Bot API on loopback, and simulated people who talk to the bot."""

from bot.sandbox.call_log import Call
from bot.sandbox.faults import Fault, Kind
from bot.sandbox.limits import Limits
from bot.sandbox.server import TOKEN, Sandbox, serve

__all__ = ["TOKEN", "Call", "Fault", "Kind", "Limits", "Sandbox", "serve"]
