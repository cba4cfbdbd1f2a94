"""A page in the browser that looks like Telegram, over the sandbox."""
