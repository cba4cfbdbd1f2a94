"""Minsheng: a city answers its citizens in Telegram from one reviewed file."""

__version__ = "0.1.0"
