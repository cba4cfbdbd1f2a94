"""Where the bot touches Telegram."""
