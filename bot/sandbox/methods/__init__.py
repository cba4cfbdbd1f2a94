"""The methods of the Bot API, under Telegram's names."""
