"""A web page that looks like Telegram, for the sandbox."""
