"""The methods of the Bot API, by the name that Telegram gives them."""
