"""The user interface in Telegram: handlers by role, buttons, texts."""
